-- Which observations make the value of a series for an area and period, by source: the figure itself, the December cumulative
-- for the year, a month from the cumulatives around it, the facility that stands for its city, or the two flows that make a
-- total. One row for each part; `sign` says whether it is added or taken away.
{% set figure = "source_id, series, kind, ref_area, freq, time_period, period_basis, observation_id, value, value_cny, obs_status,
        is_held, published_on, published_basis" -%}
with observations as (

    select
        source_id,
        series,
        kind,
        ref_area,
        freq,
        time_period,
        period_basis,
        observation_id,
        value,
        value_cny,
        value_status as obs_status,
        is_held,
        value_published_on as published_on,
        value_published_basis as published_basis,
        base_unit,
        exchange_rate
    from {{ ref('int_observations__converted') }}
    -- A part by partner, product or owner is not the series itself.
    where counterpart is null

),

published as (

    select {{ figure }}, 'published' as derivation from observations

),

december as (

    select
        source_id,
        series,
        kind,
        ref_area,
        'A' as freq,
        substr(time_period, 1, 4) as time_period,
        'period' as period_basis,
        observation_id,
        value,
        value_cny,
        obs_status,
        is_held,
        published_on,
        published_basis,
        'december_cumulative' as derivation
    from observations
    where freq = 'M' and period_basis = 'ytd' and substr(time_period, 6, 2) = '12' and kind = 'flow'

),

-- Cumulatives of flows from which months can be taken, with the month they end in. Money that passed through the mean rate of
-- its months would carry the change of the rate into the month.
cumulated as (

    select *, cast(substr(time_period, 6, 2) as int) as month_number
    from observations
    where freq = 'M' and period_basis = 'ytd' and kind = 'flow' and exchange_rate is null

),

-- A month that is printed, even as missing, is as its publisher says.
unprinted as (

    select cumulated.*
    from cumulated
    left join observations as months
        on
            cumulated.source_id = months.source_id
            and cumulated.series = months.series
            and cumulated.ref_area = months.ref_area
            and cumulated.freq = months.freq
            and cumulated.time_period = months.time_period
            and months.period_basis = 'period'
    where months.observation_id is null

),

-- Where the first period of a year has two months, there is no January to take from it, and neither month is made.
both_ends as (

    select
        unprinted.source_id,
        unprinted.series,
        unprinted.ref_area,
        unprinted.freq,
        unprinted.time_period,
        unprinted.observation_id as end_id,
        earlier.observation_id as start_id
    from unprinted
    left join cumulated as earlier
        on
            unprinted.source_id = earlier.source_id
            and unprinted.series = earlier.series
            and unprinted.ref_area = earlier.ref_area
            and substr(unprinted.time_period, 1, 4) = substr(earlier.time_period, 1, 4)
            and unprinted.month_number = earlier.month_number + 1
    where unprinted.month_number = 1 or earlier.observation_id is not null

),

monthly as (

    select
        cumulated.source_id,
        cumulated.series,
        cumulated.kind,
        cumulated.ref_area,
        cumulated.freq,
        both_ends.time_period,
        'period' as period_basis,
        cumulated.observation_id,
        cumulated.value,
        case
            when cumulated.base_unit = 'CNY' then cumulated.value
            when cumulated.base_unit = 'USD' then cumulated.value * rates.rate
        end as value_cny,
        -- January alone is what it is; a difference carries the revisions of all months before it.
        case
            when both_ends.start_id is not null and cumulated.value is not null then 'E' else cumulated.obs_status
        end as obs_status,
        cumulated.is_held,
        cumulated.published_on,
        cumulated.published_basis,
        case when both_ends.start_id is null then 'january_cumulative' else 'difference' end as derivation,
        case when both_ends.start_id is null then 1 else 2 end as parts_needed,
        case when cumulated.observation_id = both_ends.start_id then -1 else 1 end as sign
    from both_ends
    inner join cumulated
        on cumulated.observation_id in (both_ends.end_id, both_ends.start_id)
    left join {{ ref('int_exchange_rates') }} as rates
        on
            both_ends.freq = rates.freq
            and both_ends.time_period = rates.time_period
            and rates.period_basis = 'period'

),

either as (

    select * from published
    union all
    select * from december

),

placed as (

    select
        *,
        row_number() over (
            partition by source_id, series, ref_area, freq, time_period, period_basis
            order by case when value is null then 1 else 0 end, case when derivation = 'published' then 0 else 1 end
        ) as place
    from either

),

-- A figure stands for its city, or as a flow of a total, once: as published, or else by its December cumulative.
own as (

    select * from placed where place = 1

),

of_facilities as (

    select {{ figure }}, 1 as parts_needed, 1 as sign from own
    union all
    select {{ figure }}, parts_needed, sign from monthly

),

of_city as (

    select
        figures.source_id,
        figures.series,
        figures.kind,
        facilities.city as ref_area,
        figures.freq,
        figures.time_period,
        figures.period_basis,
        figures.observation_id,
        figures.value,
        figures.value_cny,
        figures.obs_status,
        figures.is_held,
        figures.published_on,
        figures.published_basis,
        'facility' as derivation,
        figures.parts_needed,
        figures.sign
    from of_facilities as figures
    inner join {{ source('declared', 'facilities') }} as facilities
        on figures.ref_area = facilities.facility
    where facilities.counts_for_city = 1

),

flows as (

    select
        own.source_id,
        totals.series,
        own.kind,
        own.ref_area,
        own.freq,
        own.time_period,
        own.period_basis,
        own.observation_id,
        own.value,
        own.value_cny,
        own.obs_status,
        own.is_held,
        own.published_on,
        own.published_basis,
        'sum_of_flows' as derivation
    from own
    inner join {{ source('declared', 'series') }} as totals
        on own.series in (
            split_part(totals.sum_of, '+', 1), split_part(totals.sum_of, '+', 2)
        )

)

select *, 1 as parts_needed, 1 as sign, 1 as priority from published
union all
select *, 1 as parts_needed, 1 as sign, 2 as priority from december
union all
select *, 5 as priority from monthly
union all
select *, 3 as priority from of_city
union all
select *, 2 as parts_needed, 1 as sign, 4 as priority from flows
