-- Obstacle degree 障碍度: the share of each indicator in what keeps an area from the full score, by effective weight. Only where every
-- score lies on a bounded scale. A published index is held back only by what enters it.
with cells as (

    select
        roots.node_id as root_id,
        cells.node_id,
        cells.area_id,
        cells.period_id,
        weights.effective_weight,
        nodes.normalisation in ('minmax', 'goalposts', 'percentile', 'target_distance', 'ratio_to_max', 'ratio_to_reference')
            as is_bounded,
        case
            when cells.value is not null and (not settings.like_with_like or amounts.item_id is not null)
                then 1 - greatest(0, least(1, (cells.value - nodes.range_low) / (nodes.range_high - nodes.range_low)))
        end as lack
    from {{ ref('int_index__normalised') }} as cells
    inner join {{ ref('int_index__nodes') }} as nodes
        on cells.node_id = nodes.node_id
    inner join {{ ref('int_index__nodes') }} as roots
        on nodes.framework = roots.framework and roots.type = 'index'
    inner join {{ ref('int_index__frameworks') }} as settings
        on nodes.framework = settings.framework
    inner join {{ ref('int_index__weights') }} as weights
        on cells.node_id = weights.node_id and cells.reference_id = weights.reference_id
    left join {{ ref('int_index__amounts') }} as amounts
        on
            settings.like_with_like
            and roots.node_id = amounts.node_id
            and cells.node_id = amounts.item_id
            and cells.area_id = amounts.area_id
            and cells.period_id = amounts.period_id

),

totals as (

    select
        root_id,
        area_id,
        period_id,
        min(case when is_bounded or lack is null then 1 else 0 end) = 1 as is_bounded,
        {{ order_free_sum('effective_weight * lack') }} as lack
    from cells
    group by root_id, area_id, period_id

),

shared as (

    select
        cells.root_id,
        cells.node_id,
        cells.area_id,
        cells.period_id,
        case when totals.is_bounded and totals.lack > 0 then cells.effective_weight * cells.lack / nullif(totals.lack, 0) end as degree
    from cells
    inner join totals
        on cells.root_id = totals.root_id and cells.area_id = totals.area_id and cells.period_id = totals.period_id

)

select
    root_id,
    node_id,
    area_id,
    period_id,
    degree,
    case
        when degree is not null
            then cast(rank() over (partition by root_id, area_id, period_id order by round(degree, 12) desc nulls last) as int)
    end as place
from shared
