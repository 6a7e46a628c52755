-- What is known of each target, in the terms of its kind: the level, the sum since its first year, the mean growth since its base
-- year, or the growth over the year before. `is_final`: it is of the whole of the target's own year.
with targets as (

    select * from {{ ref('int_targets') }}

),

figures as (

    select * from {{ ref('int_targets__figures') }}

),

-- A level: of its own year the whole before its months; else the newest whole year.
levels as (

    select
        figures.*,
        row_number() over (
            partition by figures.target_id
            order by
                case
                    when figures.freq = 'A' and figures.of_year = targets.target_period then 0
                    when figures.freq = 'M' then 1
                    else 2
                end,
                figures.time_period desc
        ) as place
    from figures
    inner join targets
        on figures.target_id = targets.target_id
    where
        targets.target_kind in ('level', 'ceiling', 'range')
        and (figures.freq = 'A' or figures.of_year = targets.target_period)

),

-- A sum: every year from the first one on, without a gap; then the months of the year after the last whole one.
numbered as (

    select
        figures.*,
        cast(targets.period_from as int) + row_number() over (partition by figures.target_id order by figures.of_year) - 1
        = cast(figures.of_year as int) as is_next
    from figures
    inner join targets
        on figures.target_id = targets.target_id
    where targets.target_kind = 'cumulative' and figures.freq = 'A' and figures.of_year >= targets.period_from

),

whole_years as (

    select
        targets.target_id,
        {{ exact_sum('case when numbered.is_next then numbered.value end', 2) }} as value,
        coalesce(max(case when numbered.is_next then numbered.of_year end), targets.start_period) as last_year,
        coalesce(max(case when not numbered.is_next then 1 else 0 end), 0) = 1 as has_gap,
        max(case when numbered.obs_status = 'E' then 'E' when numbered.obs_status = 'P' then 'B' else 'A' end) as weakest,
        {{ text_list('case when numbered.is_next then numbered.source_id end') }} as source_id,
        max(case when numbered.is_next then numbered.published_on end) as published_on
    from targets
    left join numbered
        on targets.target_id = numbered.target_id
    where targets.target_kind = 'cumulative'
    group by targets.target_id, targets.start_period

),

months_after as (

    select
        figures.*,
        row_number() over (partition by figures.target_id order by figures.time_period desc) as place
    from whole_years
    inner join figures
        on
            whole_years.target_id = figures.target_id
            and figures.freq = 'M'
            and cast(whole_years.last_year as int) + 1 = cast(figures.of_year as int)

),

sums as (

    select
        whole_years.target_id,
        coalesce(months_after.time_period, whole_years.last_year) as time_period,
        case when months_after.value is null then 'period' else 'ytd' end as period_basis,
        -- Nothing known yet is not a sum of nothing.
        case
            when whole_years.value is null then months_after.value else whole_years.value + coalesce(months_after.value, 0)
        end as value,
        case whole_years.weakest when 'E' then 'E' when 'B' then 'P' else 'A' end as obs_status,
        case
            when months_after.source_id is null or months_after.source_id = whole_years.source_id then whole_years.source_id
            when coalesce(whole_years.source_id, '') = '' then months_after.source_id
            else whole_years.source_id || '；' || months_after.source_id
        end as source_id,
        coalesce(months_after.published_on, whole_years.published_on) as published_on,
        whole_years.has_gap
    from whole_years
    left join months_after
        on whole_years.target_id = months_after.target_id and months_after.place = 1

),

-- Mean growth: the newest year whose own source also has the base year, so that both are counted alike.
averages as (

    select
        figures.*,
        base.best_value as base_value,
        cast(figures.of_year as int) - cast(targets.start_period as int) as years,
        row_number() over (partition by figures.target_id order by figures.of_year desc) as place
    from figures
    inner join targets
        on figures.target_id = targets.target_id
    inner join {{ ref('int_series__known') }} as base
        on
            targets.series = base.series
            and targets.ref_area = base.ref_area
            and figures.source_id = base.source_id
            and base.freq = 'A'
            and base.period_basis = 'period'
            and targets.start_period = base.time_period
    where
        targets.target_kind = 'average_growth'
        and figures.freq = 'A'
        and figures.of_year > targets.start_period
        and figures.value > 0
        and base.best_value > 0

),

-- Growth over the year before: as printed, since it stands on the base as its publisher revised it; else as computed.
grown as (

    select
        targets.target_id,
        growth.freq,
        growth.time_period,
        growth.period_basis,
        coalesce(
            growth.published_growth,
            case
                when not growth.is_broken and growth.base_value > 0
                    then 100 * (growth.value - growth.base_value) / growth.base_value
            end
        ) as value,
        growth.published_growth is null and growth.is_broken as is_broken,
        growth.obs_status,
        growth.source_id
    from targets
    inner join {{ ref('int_series__growth') }} as growth
        on
            targets.series = growth.series
            and targets.ref_area = growth.ref_area
            and targets.target_period = substr(growth.time_period, 1, 4)
    where
        targets.target_kind = 'growth'
        and growth.value is not null
        and (growth.freq = 'A' or (growth.freq = 'M' and growth.period_basis = 'ytd'))

),

paces as (

    select
        *,
        row_number() over (
            partition by target_id order by case when freq = 'A' then 0 else 1 end, time_period desc
        ) as place
    from grown
    where value is not null or is_broken

),

together as (

    select target_id, time_period, period_basis, value, obs_status, source_id, published_on,
        cast(null as double) as base_value, false as has_gap, false as is_growth_broken
    from levels
    where place = 1

    union all

    select target_id, time_period, period_basis, value, obs_status, source_id, published_on,
        cast(null as double) as base_value, has_gap, false as is_growth_broken
    from sums
    where value is not null

    union all

    select target_id, time_period, period_basis,
        100 * (power(value / base_value, cast(1 as double) / years) - 1) as value,
        obs_status, source_id, published_on, base_value, false as has_gap, false as is_growth_broken
    from averages
    where place = 1

    union all

    select paces.target_id, paces.time_period, paces.period_basis, paces.value, paces.obs_status, paces.source_id,
        figures.published_on, cast(null as double) as base_value, false as has_gap, paces.is_broken as is_growth_broken
    from paces
    left join figures
        on
            paces.target_id = figures.target_id
            and paces.freq = figures.freq
            and paces.time_period = figures.time_period
            and paces.period_basis = figures.period_basis
    where paces.place = 1

),

broken as (

    select
        targets.target_id,
        min(substr(breaks.time_period, 1, 4)) as break_year
    from targets
    inner join together
        on targets.target_id = together.target_id
    inner join {{ source('declared', 'breaks') }} as breaks
        on
            targets.series = breaks.series
            and breaks.ref_area in ('*', targets.ref_area)
            -- A sum may begin anew with its first year: nothing before that is in it.
            and substr(breaks.time_period, 1, 4)
            > case when targets.target_kind = 'cumulative' then targets.period_from else targets.start_period end
            and substr(breaks.time_period, 1, 4) <= substr(together.time_period, 1, 4)
    where targets.target_kind <> 'growth'
    group by targets.target_id

)

select
    together.target_id,
    together.time_period as actual_period,
    together.period_basis,
    substr(together.time_period, 1, 4) as of_year,
    case when length(together.time_period) = 4 then 12 else cast(substr(together.time_period, 6, 2) as int) end as months,
    together.value as actual,
    together.obs_status,
    together.source_id,
    together.published_on,
    together.base_value,
    together.has_gap,
    broken.break_year,
    together.is_growth_broken or broken.break_year is not null as is_broken,
    together.time_period = targets.target_period as is_final
from together
inner join targets
    on together.target_id = targets.target_id
left join broken
    on together.target_id = broken.target_id
