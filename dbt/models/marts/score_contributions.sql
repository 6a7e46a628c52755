-- How many points of an index or pillar each indicator below it makes up: effective weight times score. They add up to the score.
select
    nodes.framework,
    areas.ref_area,
    periods.time_period,
    nodes.code as node,
    items.code,
    amounts.amount,
    amounts.amount / nullif(scores.value, 0) as share
from {{ ref('int_index__amounts') }} as amounts
inner join {{ ref('int_index__nodes') }} as nodes
    on amounts.node_id = nodes.node_id
inner join {{ ref('int_index__nodes') }} as items
    on amounts.item_id = items.node_id
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework and amounts.area_id = areas.area_id
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and amounts.period_id = periods.period_id
inner join {{ ref('int_index__scores') }} as scores
    on
        amounts.node_id = scores.node_id
        and amounts.area_id = scores.area_id
        and amounts.period_id = scores.period_id
where amounts.is_additive
