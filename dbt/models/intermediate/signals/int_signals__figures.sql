-- The amounts that rules about growth look at, with their growth: whole years, and cumulatives from February on, because the days of
-- the Spring Festival move between January and February. Small amounts in yuan are left out: one contract turns them round.
select
    growth.series,
    growth.ref_area,
    growth.freq,
    growth.time_period,
    growth.period_basis,
    growth.source_id,
    growth.value,
    growth.unit,
    growth.base_value,
    growth.growth,
    growth.growth_on_first_base,
    growth.published_growth,
    growth.reason,
    areas.name_zh as area_zh,
    series.name_zh as series_zh,
    series.display_unit_zh,
    series.display_mult,
    sources.publisher_zh,
    {{ period_zh('growth.freq', 'growth.time_period', 'growth.period_basis') }} as period_zh
from {{ ref('growth') }} as growth
inner join {{ source('declared', 'series') }} as series
    on growth.series = series.series
inner join {{ ref('dim_area') }} as areas
    on growth.ref_area = areas.ref_area
inner join {{ source('declared', 'sources') }} as sources
    on growth.source_id = sources.source_id
where
    series.kind = 'flow'
    and series.domain in ('trade', 'investment', 'port', 'rail', 'aviation')
    and (
        (growth.freq = 'M' and growth.period_basis = 'ytd' and substr(growth.time_period, 6, 2) > '01')
        -- A year that is its December cumulative would be judged twice.
        or (growth.freq = 'A' and growth.derivation <> 'december_cumulative')
    )
    and (growth.unit <> 'CNY' or growth.value is null or growth.value >= {{ threshold('check_min_cny') }})
