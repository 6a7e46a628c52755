-- Every published value leads to at least one cell.
with published as (

    select 'indicator_values' as table_name, cast(null as {{ dbt.type_string() }}) as framework, ref_area, time_period, indicator as code
    from {{ ref('indicator_values') }}
    where value is not null

    union all

    select 'indicator_scores' as table_name, framework, ref_area, time_period, code
    from {{ ref('indicator_scores') }}
    where score is not null

    union all

    select 'index_scores' as table_name, framework, ref_area, time_period, code
    from {{ ref('index_scores') }}
    where score is not null

)

select published.*
from published
left join {{ ref('lineage') }} as lineage
    on
        published.table_name = lineage.table_name
        and coalesce(published.framework, '') = coalesce(lineage.framework, '')
        and published.ref_area = lineage.ref_area
        and published.time_period = lineage.time_period
        and published.code = lineage.code
where lineage.code is null
