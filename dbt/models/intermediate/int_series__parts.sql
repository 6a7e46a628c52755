-- Which observations make the value of a series for an area and period, by source: the figure itself, the December cumulative
-- for the year, the facility that stands for its city, or the two flows that make a total. One row for each part.
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
        value_published_basis as published_basis
    from {{ ref('int_observations__converted') }}
    -- A part by partner, product or owner is not the series itself.
    where counterpart is null

),

published as (

    select *, 'published' as derivation from observations

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

of_city as (

    select
        own.source_id,
        own.series,
        own.kind,
        facilities.city as ref_area,
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
        'facility' as derivation
    from own
    inner join {{ source('declared', 'facilities') }} as facilities
        on own.ref_area = facilities.facility
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

select *, 1 as parts_needed, 1 as priority from published
union all
select *, 1 as parts_needed, 2 as priority from december
union all
select *, 1 as parts_needed, 3 as priority from of_city
union all
select *, 2 as parts_needed, 4 as priority from flows
