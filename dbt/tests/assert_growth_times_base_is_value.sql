-- Growth and the sum of twelve months can be recomputed from what is published beside them.
select series, ref_area, freq, time_period, period_basis
from {{ ref('growth') }}
where
    (growth is not null and not coalesce(abs(base_value * (1 + growth / 100) - value) <= 1e-9 * abs(value), false))
    or (
        growth_on_first_base is not null
        and not coalesce(abs(first_base_value * (1 + growth_on_first_base / 100) - value) <= 1e-9 * abs(value), false)
    )
    or (gap_pp is not null and not coalesce(abs(published_growth - growth - gap_pp) <= 1e-9, false))
    or (
        trailing_twelve is not null
        and substr(time_period, 6, 2) <> '12'
        and not coalesce(
            abs(value + december_value - base_value - trailing_twelve) <= 1e-9 * abs(trailing_twelve), false
        )
    )
    or (
        trailing_twelve is not null
        and substr(time_period, 6, 2) = '12'
        and not coalesce(trailing_twelve = value, false)
    )
