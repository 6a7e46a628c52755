-- Yuan per US dollar, one rate for each period and basis: yearly and monthly averages as published; a cumulative from January
-- takes the mean of its months.
with published as (

    select freq, time_period, rate, published_on, published_basis from {{ ref('int_exchange_rates__published') }}

),

cumulative as (

    select
        months.freq,
        months.time_period,
        {{ exact_sum('earlier.rate') }} / count(*) as rate,
        max(earlier.published_on) as published_on,
        max(earlier.published_basis) as published_basis
    from published as months
    inner join published as earlier
        on
            earlier.freq = 'M'
            and substr(earlier.time_period, 1, 4) = substr(months.time_period, 1, 4)
            and earlier.time_period <= months.time_period
    where months.freq = 'M'
    group by months.freq, months.time_period
    -- A mean over fewer months than the period has would be another period's rate.
    having count(*) = cast(substr(months.time_period, 6, 2) as int)

)

select freq, time_period, 'period' as period_basis, rate, published_on, published_basis from published
union all
select freq, time_period, 'ytd' as period_basis, rate, published_on, published_basis from cumulative
