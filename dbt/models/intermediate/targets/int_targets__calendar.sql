-- Where a target is in the middle of its own year: which share of a year the same months were in earlier years, and what the
-- rest of the year before was; all from the source that the months are taken from.
with running as (

    select actuals.target_id, targets.series, targets.ref_area, targets.target_period, actuals.source_id, actuals.actual_period
    from {{ ref('int_targets__actuals') }} as actuals
    inner join {{ ref('int_targets') }} as targets
        on actuals.target_id = targets.target_id
    where actuals.period_basis = 'ytd' and targets.series_kind = 'flow' and actuals.of_year = targets.target_period

),

known as (

    select * from {{ ref('int_series__known') }} where best_value is not null

),

years as (

    select
        running.target_id,
        running.target_period,
        whole.time_period as of_year,
        months.best_value as months_value,
        whole.best_value as year_value
    from running
    inner join known as months
        on
            running.series = months.series
            and running.ref_area = months.ref_area
            and running.source_id = months.source_id
            and months.freq = 'M'
            and months.period_basis = 'ytd'
            and substr(running.actual_period, 5) = substr(months.time_period, 5)
            and substr(months.time_period, 1, 4) < running.target_period
    inner join known as whole
        on
            months.series = whole.series
            and months.ref_area = whole.ref_area
            and months.source_id = whole.source_id
            and whole.freq = 'A'
            and whole.period_basis = 'period'
            and substr(months.time_period, 1, 4) = whole.time_period
    where whole.best_value > 0 and months.best_value >= 0
    -- A year on another scope has another calendar.
    and not exists (
        select 1 from {{ source('declared', 'breaks') }} as breaks
        where
            breaks.series = running.series
            and breaks.ref_area in ('*', running.ref_area)
            and substr(breaks.time_period, 1, 4) > whole.time_period
            and substr(breaks.time_period, 1, 4) <= running.target_period
    )

)

select
    target_id,
    count(*) as n_years,
    {{ exact_sum('months_value / year_value') }} / count(*) as mean_share,
    max(case when cast(of_year as int) + 1 = cast(target_period as int) then year_value end) as year_before,
    max(case when cast(of_year as int) + 1 = cast(target_period as int) then months_value end) as months_before
from years
group by target_id
