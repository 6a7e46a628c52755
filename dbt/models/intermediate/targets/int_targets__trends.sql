-- The trend of the logarithm over the whole years since the last break, and where it leads in the target's year: the interval in
-- which eight of ten such years would lie (prediction interval of a straight line).
with points as (

    select
        figures.target_id,
        cast(figures.of_year as int) as x,
        ln(figures.value) as y,
        cast(targets.target_period as int) as x_target
    from {{ ref('int_targets__figures') }} as figures
    inner join {{ ref('int_targets') }} as targets
        on figures.target_id = targets.target_id
    where
        figures.freq = 'A'
        and figures.value > 0
        and targets.target_kind in ('level', 'ceiling', 'range')
        and not exists (
            select 1 from {{ source('declared', 'breaks') }} as breaks
            where
                breaks.series = targets.series
                and breaks.ref_area in ('*', targets.ref_area)
                and substr(breaks.time_period, 1, 4) > figures.of_year
                and substr(breaks.time_period, 1, 4) <= targets.target_period
        )

),

means as (

    select
        target_id,
        count(*) as n,
        max(x_target) as x_target,
        cast(sum(x) as double) / count(*) as mean_x,
        {{ exact_sum('y') }} / count(*) as mean_y
    from points
    group by target_id

),

slopes as (

    select
        means.target_id,
        {{ exact_sum('(points.x - means.mean_x) * (points.x - means.mean_x)') }} as s_xx,
        {{ exact_sum('(points.x - means.mean_x) * (points.y - means.mean_y)') }} as s_xy
    from points
    inner join means
        on points.target_id = means.target_id
    group by means.target_id

),

-- What the line leaves over, summed as it is: the difference of two sums would be noise where the line fits.
lines as (

    select
        means.target_id,
        means.mean_y + slopes.s_xy / slopes.s_xx * (means.x_target - means.mean_x) as y_target,
        {{ t_quantile_90('means.n - 2') }}
        * sqrt(
            {{ exact_sum('power(points.y - means.mean_y - slopes.s_xy / slopes.s_xx * (points.x - means.mean_x), 2)', 18) }}
            / (means.n - 2)
        )
        * sqrt(1 + cast(1 as double) / means.n + power(means.x_target - means.mean_x, 2) / slopes.s_xx) as half_width
    from points
    inner join means
        on points.target_id = means.target_id
    inner join slopes
        on means.target_id = slopes.target_id
    where means.n >= {{ threshold('min_trend_years') }}
    group by
        means.target_id, means.n, means.x_target, means.mean_x, means.mean_y, slopes.s_xx, slopes.s_xy

)

select
    means.target_id,
    means.n,
    exp(lines.y_target - lines.half_width) as forecast_low,
    exp(lines.y_target + lines.half_width) as forecast_high
from means
left join lines
    on means.target_id = lines.target_id
