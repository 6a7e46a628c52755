-- What moved an index or pillar since the year before, indicator by indicator, where both years can be compared: performance, and
-- structure where weights or coverage moved. The performance of a ratio comes of its numerator and of its denominator: both grow or
-- shrink, and the ratio moves by the difference of their logarithms.
with changes as (

    select
        nodes.framework,
        areas.ref_area,
        earlier.time_period as period_from,
        later.time_period as period_to,
        nodes.code as node,
        items.code,
        changes.performance,
        changes.structure,
        shapes.is_line and items.transform = 'none' and items.denominator is null as is_plain
    from {{ ref('int_index__changes') }} as changes
    inner join {{ ref('int_index__nodes') }} as nodes
        on changes.node_id = nodes.node_id
    inner join {{ ref('int_index__nodes') }} as items
        on changes.item_id = items.node_id
    left join (
        select node_id, min(case when shape = 'line' then 1 else 0 end) = 1 as is_line
        from {{ ref('int_index__bounds') }}
        group by node_id
    ) as shapes
        on changes.item_id = shapes.node_id
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

),

ratios as (

    select indicator, ref_area, time_period, value, numerator_value, denominator_value
    from {{ ref('int_indicators__values') }}
    where freq = 'A' and value > 0 and numerator_value > 0 and denominator_value > 0

),

-- The part of the move that is the numerator's; without a move there is none to share out.
split as (

    select
        changes.*,
        case
            when changes.is_plain and abs(ln(later.value / earlier.value)) > 1e-12
                then
                    changes.performance * ln(later.numerator_value / earlier.numerator_value)
                    / nullif(ln(later.value / earlier.value), 0)
        end as numerator_effect
    from changes
    left join ratios as earlier
        on
            changes.code = earlier.indicator
            and changes.ref_area = earlier.ref_area
            and changes.period_from = earlier.time_period
    left join ratios as later
        on
            changes.code = later.indicator
            and changes.ref_area = later.ref_area
            and changes.period_to = later.time_period

)

select
    framework,
    ref_area,
    period_from,
    period_to,
    node,
    code,
    performance,
    structure,
    numerator_effect,
    performance - numerator_effect as denominator_effect
from split
