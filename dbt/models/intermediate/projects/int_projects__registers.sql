-- The register that counts for a city and month: the one filled in last. It replaces an earlier one as a whole.
with registers as (

    select distinct
        ref_area,
        time_period,
        source_id,
        source_file,
        source_sha256,
        published_on
    from {{ ref('stg_projects') }}

),

ranked as (

    select
        *,
        row_number() over (partition by ref_area, time_period order by published_on desc, source_id, source_file) as place,
        max(time_period) over (partition by ref_area) as last_period
    from registers

),

held as (

    select
        source_id,
        source_file,
        count(*) as n_held
    from {{ source('landing', 'quarantine') }}
    where level = 'line'
    group by source_id, source_file

)

select
    ranked.ref_area,
    ranked.time_period,
    ranked.source_id,
    ranked.source_file,
    ranked.source_sha256,
    ranked.published_on,
    ranked.time_period = ranked.last_period as is_latest,
    cast(coalesce(held.n_held, 0) as int) as n_held
from ranked
left join held
    on ranked.source_id = held.source_id and ranked.source_file = held.source_file
where ranked.place = 1
