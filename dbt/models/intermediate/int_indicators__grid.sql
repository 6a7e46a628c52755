-- Every indicator value there is or should be: what exists, and for the nine cities each period that a monitored indicator
-- reaches anywhere among them, so that a gap is a row.
with cities as (

    select ref_area from {{ ref('int_cities') }}

),

-- A ratio exists where both its parts are published for the area and period: trade by month has no gross product by month.
existing as (

    select
        inputs.indicator,
        inputs.ref_area,
        inputs.freq,
        inputs.time_period,
        inputs.period_basis
    from {{ ref('int_indicators__inputs') }} as inputs
    inner join {{ ref('int_indicators') }} as indicators
        on inputs.indicator = indicators.indicator
    group by
        inputs.indicator, inputs.ref_area, inputs.freq, inputs.time_period, inputs.period_basis, indicators.denominator
    having
        max(case when inputs.role = 'numerator' then 1 else 0 end) = 1
        and (indicators.denominator is null or max(case when inputs.role = 'denominator' then 1 else 0 end) = 1)

),

reached as (

    select distinct existing.indicator, existing.freq, existing.time_period, existing.period_basis
    from existing
    inner join cities
        on existing.ref_area = cities.ref_area
    inner join {{ ref('int_indicators') }} as indicators
        on existing.indicator = indicators.indicator
    where
        (existing.freq = 'A' and existing.time_period >= indicators.annual_since)
        or (existing.freq = 'M' and existing.time_period >= indicators.monthly_since)

)

select indicator, ref_area, freq, time_period, period_basis from existing
union
select reached.indicator, cities.ref_area, reached.freq, reached.time_period, reached.period_basis
from reached
cross join cities
