-- The score of each indicator of each framework, for the nine cities by year, and how far it keeps its city from the full index.
select
    nodes.framework,
    areas.ref_area,
    periods.time_period,
    nodes.code,
    nodes.parent,
    treated.treated as value,
    normalised.value as score,
    nodes.weight,
    weights.effective_weight,
    nodes.direction,
    case when nodes.transform = 'none' then bounds.bottom else nodes.goalpost_low end as goalpost_low,
    case when nodes.transform = 'none' then bounds.top else nodes.goalpost_high end as goalpost_high,
    coalesce(normalised.value < nodes.range_low or normalised.value > nodes.range_high or normalised.is_clipped, false)
        as is_beyond_goalposts,
    case
        when treated.is_imputed then 'I'
        when treated.treated is null and indicator_values.value is not null then 'O'
        else coalesce(indicator_values.obs_status, 'O')
    end as obs_status,
    normalised.reason,
    obstacles.degree as obstacle_degree,
    obstacles.place as obstacle_order
from {{ ref('int_index__normalised') }} as normalised
inner join {{ ref('int_index__nodes') }} as nodes
    on normalised.node_id = nodes.node_id
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework and normalised.area_id = areas.area_id
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and normalised.period_id = periods.period_id
inner join {{ ref('int_index__treated') }} as treated
    on
        normalised.node_id = treated.node_id
        and normalised.area_id = treated.area_id
        and normalised.period_id = treated.period_id
inner join {{ ref('int_index__bounds') }} as bounds
    on normalised.node_id = bounds.node_id and normalised.reference_id = bounds.reference_id
inner join {{ ref('int_index__weights') }} as weights
    on normalised.node_id = weights.node_id and normalised.reference_id = weights.reference_id
left join {{ ref('int_indicators__values') }} as indicator_values
    on
        nodes.code = indicator_values.indicator
        and areas.ref_area = indicator_values.ref_area
        and periods.time_period = indicator_values.time_period
        and indicator_values.freq = 'A'
left join {{ ref('int_index__obstacles') }} as obstacles
    on
        normalised.node_id = obstacles.node_id
        and normalised.area_id = obstacles.area_id
        and normalised.period_id = obstacles.period_id
