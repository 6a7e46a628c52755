-- The latest vintage of every observation in the unit of its series, and money in yuan beside it, before anything is held back.
with latest as (

    select * from {{ ref('int_observations__vintages') }} where is_latest

),

rated as (

    select
        latest.*,
        series.unit_measure as series_unit,
        series.kind,
        rates.rate,
        rates.published_on as rate_published_on,
        rates.published_basis as rate_published_basis
    from latest
    inner join {{ source('declared', 'series') }} as series
        on latest.series = series.series
    left join {{ ref('int_exchange_rates') }} as rates
        on
            latest.freq = rates.freq
            and latest.time_period = rates.time_period
            and latest.period_basis = rates.period_basis

)

select
    *,
    case when base_unit <> series_unit then rate end as exchange_rate,
    case
        when base_unit = series_unit then base_value
        when base_unit = 'USD' and series_unit = 'CNY' then base_value * rate
        when base_unit = 'CNY' and series_unit = 'USD' then base_value / rate
    end as value,
    case
        when base_unit = 'CNY' then base_value
        when base_unit = 'USD' then base_value * rate
    end as value_cny
from rated
