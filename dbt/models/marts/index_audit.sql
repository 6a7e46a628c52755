-- The audit of each framework on the published data: what a reader should know of its making.
select check_name, framework, code, of_what, value, threshold, verdict from {{ ref('int_index__audit') }}

union all

-- What hangs on each part. An area that is left out is what the row is of; its code is the index.
select
    found.check as check_name,
    found.framework,
    coalesce(nodes.code, roots.code) as code,
    case when nodes.code is null then found.subject end as of_what,
    found.value,
    found.threshold,
    found.verdict
from {{ source('steps', 'audit') }} as found
inner join {{ ref('int_index__nodes') }} as roots
    on found.framework = roots.framework and roots.type = 'index'
left join {{ ref('int_index__nodes') }} as nodes
    on found.framework = nodes.framework and found.subject = nodes.code
