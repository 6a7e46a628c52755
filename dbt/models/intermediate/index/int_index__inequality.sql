-- Inequality between areas of every indicator and every score in a period: among the areas that have a value.
with figures as (

    select node_id, area_id, period_id, value from {{ ref('int_index__imputed') }} where value is not null
    union all
    select node_id, area_id, period_id, value from {{ ref('int_index__scores') }} where value is not null

),

units as (

    select
        figures.node_id as item,
        figures.area_id as area,
        figures.period_id as period,
        figures.value,
        areas.area_group,
        areas.population
    from figures
    inner join {{ ref('int_index__nodes') }} as nodes
        on figures.node_id = nodes.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and figures.area_id = areas.area_id

),

{{ inequality('units') }}

select
    item as node_id,
    period as period_id,
    n,
    measure,
    value
from named
where value is not null
