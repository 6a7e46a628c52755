-- What moved an index or pillar since the year before, indicator by indicator, where both years can be compared: performance, and
-- structure where weights or coverage moved.
select
    nodes.framework,
    areas.ref_area,
    earlier.time_period as period_from,
    later.time_period as period_to,
    nodes.code as node,
    items.code,
    changes.performance,
    changes.structure
from {{ ref('int_index__changes') }} as changes
inner join {{ ref('int_index__nodes') }} as nodes
    on changes.node_id = nodes.node_id
inner join {{ ref('int_index__nodes') }} as items
    on changes.item_id = items.node_id
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework and changes.area_id = areas.area_id
inner join {{ ref('int_index__periods') }} as earlier
    on nodes.framework = earlier.framework and changes.from_id = earlier.period_id
inner join {{ ref('int_index__periods') }} as later
    on nodes.framework = later.framework and changes.to_id = later.period_id
inner join {{ ref('index_scores') }} as scores
    on
        nodes.framework = scores.framework
        and nodes.code = scores.code
        and areas.ref_area = scores.ref_area
        and later.time_period = scores.time_period
        and earlier.time_period = scores.previous_period
where scores.change is not null
