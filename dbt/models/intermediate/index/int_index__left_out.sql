-- Like with like: the children of the root that some ranked area lacks, for every area that would be ranked. Ranked is who has
-- children of enough weight. Only frameworks that are published compare so; no others have rows here.
with children as (

    select
        cells.parent_id,
        cells.node_id,
        cells.area_id,
        cells.period_id,
        cells.value,
        weights.weight,
        roots.min_coverage,
        settings.coverage_by
    from (
        {{ index_children(0) }}
    ) as cells
    inner join {{ ref('int_index__weights_0') }} as weights
        on cells.node_id = weights.node_id and cells.reference_id = weights.reference_id
    inner join {{ ref('int_index__nodes') }} as roots
        on cells.parent_id = roots.node_id
    inner join {{ ref('int_index__frameworks') }} as settings
        on roots.framework = settings.framework
    where settings.like_with_like

),

ranked as (

    select parent_id, area_id, period_id
    from children
    group by parent_id, area_id, period_id
    having
        count(value) > 0
        and case max(coverage_by)
            when 'count' then cast(count(value) as double) / count(*)
            else {{ order_free_sum('case when value is not null then weight else 0 end') }}
        end >= max(min_coverage) - 1e-9

),

lacking as (

    select distinct children.node_id, children.period_id
    from children
    inner join ranked
        on
            children.parent_id = ranked.parent_id
            and children.area_id = ranked.area_id
            and children.period_id = ranked.period_id
    where children.value is null

)

select children.node_id, children.area_id, children.period_id
from children
inner join ranked
    on
        children.parent_id = ranked.parent_id
        and children.area_id = ranked.area_id
        and children.period_id = ranked.period_id
inner join lacking
    on children.node_id = lacking.node_id and children.period_id = lacking.period_id
