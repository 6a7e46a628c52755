-- The early warnings of seeds/warning_series.csv, period by period: growth of a leading series, as printed or else computed, and the
-- level that its own figure asks for. Every city of a warning has a row for every period that any city of it has.
with wanted as (

    select
        warnings.warning,
        warnings.name_zh as warning_zh,
        warnings.series,
        warnings.basis,
        cities.ref_area,
        warnings.blue_below,
        warnings.yellow_below,
        warnings.orange_below,
        warnings.red_below,
        warnings.hold_periods
    from {{ source('declared', 'warning_series') }} as warnings
    inner join {{ ref('int_cities') }} as cities
        on warnings.ref_area in ('*', cities.ref_area)

),

figures as (

    select
        growth.series,
        growth.ref_area,
        growth.time_period,
        growth.period_basis,
        growth.source_id,
        case when growth.freq = 'A' then 'year' else 'ytd' end as basis,
        coalesce(growth.published_growth, growth.growth) as value,
        growth.published_growth is not null as is_printed,
        growth.reason
    from {{ ref('growth') }} as growth
    where growth.freq = 'A' or (growth.freq = 'M' and growth.period_basis = 'ytd' and substr(growth.time_period, 6, 2) > '01')

),

periods as (

    select distinct wanted.warning, figures.time_period, figures.period_basis
    from wanted
    inner join figures
        on wanted.series = figures.series and wanted.basis = figures.basis and wanted.ref_area = figures.ref_area
    where figures.value is not null

),

rated as (

    select
        wanted.warning,
        wanted.warning_zh,
        wanted.series,
        wanted.ref_area,
        wanted.hold_periods,
        periods.time_period,
        periods.period_basis,
        figures.source_id,
        figures.value,
        figures.is_printed,
        case when figures.value is null then coalesce(figures.reason, 'missing') end as reason,
        case
            when figures.value is null then null
            when round(figures.value, 9) < wanted.red_below then 4
            when round(figures.value, 9) < wanted.orange_below then 3
            when round(figures.value, 9) < wanted.yellow_below then 2
            when round(figures.value, 9) < wanted.blue_below then 1
            else 0
        end as raw_rank,
        wanted.blue_below,
        wanted.yellow_below,
        wanted.orange_below,
        wanted.red_below
    from wanted
    inner join periods
        on wanted.warning = periods.warning
    left join figures
        on
            wanted.series = figures.series
            and wanted.basis = figures.basis
            and wanted.ref_area = figures.ref_area
            and periods.time_period = figures.time_period
            and periods.period_basis = figures.period_basis

)

select
    *,
    -- Periods with data are counted by themselves: a gap neither lowers a level nor lets one lapse.
    case
        when raw_rank is not null
            then row_number() over (partition by warning, ref_area, case when raw_rank is null then 0 else 1 end order by time_period)
    end as place
from rated
