-- Every indicator value there is or should be: what exists, and for the nine cities each period that a monitored indicator
-- reaches anywhere among them, so that a gap is a row.
with cities as (

    select ref_area from {{ ref('int_cities') }}

),

existing as (

    select distinct indicator, ref_area, freq, time_period, period_basis
    from {{ ref('int_indicators__inputs') }}
    where role = 'numerator'

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
