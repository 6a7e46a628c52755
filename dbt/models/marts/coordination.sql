-- Coupling coordination between the groups that a published score is made of.
with breaks as (

    select distinct inputs.framework, inputs.ref_area, inputs.time_period, inputs.code
    from {{ ref('int_index__inputs') }} as inputs
    inner join {{ ref('int_indicators__breaks') }} as breaks
        on
            inputs.indicator = breaks.indicator
            and inputs.ref_area = breaks.ref_area
            and inputs.time_period = breaks.time_period

)

select
    nodes.framework,
    areas.ref_area,
    periods.time_period,
    nodes.code,
    cast(coordination.k as int) as n_groups,
    coordination.c,
    coordination.t,
    coordination.d,
    coordination.grade,
    breaks.code is not null as is_break
from {{ ref('int_index__coordination') }} as coordination
inner join {{ ref('int_index__nodes') }} as nodes
    on coordination.node_id = nodes.node_id
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework and coordination.area_id = areas.area_id
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and coordination.period_id = periods.period_id
inner join {{ ref('index_scores') }} as published
    on
        nodes.framework = published.framework
        and areas.ref_area = published.ref_area
        and periods.time_period = published.time_period
        and nodes.code = published.code
left join breaks
    on
        nodes.framework = breaks.framework
        and areas.ref_area = breaks.ref_area
        and periods.time_period = breaks.time_period
        and nodes.code = breaks.code
where published.score is not null
