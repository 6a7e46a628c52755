-- The amounts that rules look at, with their growth and the names that a sentence needs: flows of trade, investment and traffic.
select
    growth.series,
    growth.ref_area,
    growth.freq,
    growth.time_period,
    growth.period_basis,
    growth.source_id,
    growth.derivation,
    growth.value,
    growth.unit,
    growth.base_value,
    growth.growth,
    growth.growth_on_first_base,
    growth.published_growth,
    growth.trailing_twelve,
    growth.reason,
    areas.name_zh as area_zh,
    series.name_zh as series_zh,
    series.display_unit_zh,
    series.display_mult,
    sources.publisher_zh,
    cities.ref_area is not null as is_city,
    {{ period_zh('growth.freq', 'growth.time_period', 'growth.period_basis') }} as period_zh
from {{ ref('growth') }} as growth
inner join {{ source('declared', 'series') }} as series
    on growth.series = series.series
inner join {{ ref('dim_area') }} as areas
    on growth.ref_area = areas.ref_area
inner join {{ source('declared', 'sources') }} as sources
    on growth.source_id = sources.source_id
left join {{ ref('int_cities') }} as cities
    on growth.ref_area = cities.ref_area
where
    series.kind = 'flow'
    and series.domain in ('trade', 'investment', 'port', 'rail', 'aviation')
