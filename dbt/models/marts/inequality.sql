-- How far apart the cities are in each indicator and each score of a framework, among those that have one. Only where enough have one,
-- the whole core of the circle among them: without its largest cities a spread would be that of the others. No shares of a sum, for
-- scores and ratios have none.
with figures as (

    select node_id, area_id, period_id from {{ ref('int_index__imputed') }} where value is not null
    union all
    select node_id, area_id, period_id from {{ ref('int_index__scores') }} where value is not null

),

with_core as (

    select figures.node_id, figures.period_id
    from figures
    inner join {{ ref('int_index__nodes') }} as nodes
        on figures.node_id = nodes.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and figures.area_id = areas.area_id
    inner join {{ source('declared', 'areas') }} as declared
        on areas.ref_area = declared.ref_area
    where declared.circle_part = 'core'
    group by figures.node_id, figures.period_id
    having count(*) = (select count(*) from {{ source('declared', 'areas') }} where circle_part = 'core')

),

breaks as (

    select distinct inputs.framework, inputs.time_period, inputs.code
    from {{ ref('int_index__inputs') }} as inputs
    inner join {{ ref('int_indicators__breaks') }} as breaks
        on
            inputs.indicator = breaks.indicator
            and inputs.ref_area = breaks.ref_area
            and inputs.time_period = breaks.time_period

)

select
    nodes.framework,
    nodes.code,
    periods.time_period,
    inequality.measure,
    inequality.value,
    cast(inequality.n as int) as n_cities,
    breaks.code is not null as is_break
from {{ ref('int_index__inequality') }} as inequality
inner join with_core
    on inequality.node_id = with_core.node_id and inequality.period_id = with_core.period_id
inner join {{ ref('int_index__nodes') }} as nodes
    on inequality.node_id = nodes.node_id
inner join {{ ref('int_index__frameworks') }} as settings
    on nodes.framework = settings.framework
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and inequality.period_id = periods.period_id
left join breaks
    on
        nodes.framework = breaks.framework
        and periods.time_period = breaks.time_period
        and nodes.code = breaks.code
where
    nodes.type <> 'denominator'
    and inequality.n >= settings.min_units
    and inequality.measure not in ('primacy', 'primacy_share', 'hhi', 'hhi_normalised')
