-- The circle as one area: sums of what its cities have, and ratios of such sums. Only where every city has a value; else those missing.
-- A rate, or any other figure that is no amount, has no sum.
with cities as (

    select
        indicator_values.indicator,
        indicator_values.ref_area,
        indicator_values.freq,
        indicator_values.time_period,
        indicator_values.period_basis,
        indicator_values.value,
        indicator_values.numerator_value,
        indicator_values.denominator_value,
        indicator_values.obs_status,
        indicators.denominator is not null as is_ratio,
        indicators.scale,
        indicators.unit
    from {{ ref('int_indicators__values') }} as indicator_values
    inner join {{ ref('int_cities') }} as circle
        on indicator_values.ref_area = circle.ref_area
    inner join {{ ref('int_indicators') }} as indicators
        on indicator_values.indicator = indicators.indicator
    inner join {{ source('declared', 'series') }} as series
        on indicators.numerator = series.series
    where series.kind in ('flow', 'stock')

),

whole as (

    select count(*) as n_cities from {{ ref('int_cities') }}

),

-- Every city of every period that any city has.
grid as (

    select
        periods.indicator,
        periods.freq,
        periods.time_period,
        periods.period_basis,
        circle.ref_area
    from (
        select distinct indicator, freq, time_period, period_basis from cities where value is not null
    ) as periods
    cross join {{ ref('int_cities') }} as circle

),

totals as (

    select
        grid.indicator,
        grid.freq,
        grid.time_period,
        grid.period_basis,
        count(cities.value) as n,
        {{ text_list('case when cities.value is null then grid.ref_area end') }} as missing,
        {{ order_free_sum('case when cities.is_ratio then cities.numerator_value else cities.value end') }} as total,
        {{ order_free_sum('cities.denominator_value') }} as denominator_total,
        max(cities.scale) as scale,
        max(case when cities.is_ratio then 1 else 0 end) = 1 as is_ratio,
        -- The weakest figure decides: estimated before provisional before normal.
        case
            when max(case when cities.obs_status = 'E' then 1 else 0 end) = 1 then 'E'
            when max(case when cities.obs_status = 'P' then 1 else 0 end) = 1 then 'P'
            else 'A'
        end as obs_status
    from grid
    left join cities
        on
            grid.indicator = cities.indicator
            and grid.freq = cities.freq
            and grid.time_period = cities.time_period
            and grid.period_basis = cities.period_basis
            and grid.ref_area = cities.ref_area
    group by grid.indicator, grid.freq, grid.time_period, grid.period_basis

)

select
    totals.indicator,
    'WHMA' as ref_area,
    totals.freq,
    totals.time_period,
    totals.period_basis,
    case
        when totals.n < whole.n_cities then null
        when totals.is_ratio then totals.scale * (totals.total / nullif(totals.denominator_total, 0))
        else totals.total
    end as value,
    case when totals.is_ratio then 'ratio_of_sums' else 'sum_of_cities' end as derivation,
    case when totals.n < whole.n_cities then 'O' else totals.obs_status end as obs_status,
    case when totals.n < whole.n_cities then 'missing' end as reason,
    cast(totals.n as int) as n_cities,
    nullif(totals.missing, '') as missing_cities,
    breaks.indicator is not null as is_break
from totals
cross join whole
left join (
    select distinct found.indicator, found.time_period
    from {{ ref('int_indicators__breaks') }} as found
    inner join {{ ref('int_cities') }} as circle
        on found.ref_area = circle.ref_area
) as breaks
    on totals.indicator = breaks.indicator and totals.time_period = breaks.time_period
