-- A correction that names a file which is present must find its figure there.
select corrections.correction_id
from {{ source('declared', 'corrections') }} as corrections
inner join {{ source('landing', 'files') }} as files
    on corrections.source_id = files.source_id and corrections.source_file = files.source_file
left join {{ ref('stg_observations') }} as observations
    on corrections.correction_id = observations.correction_id
where observations.correction_id is null
