-- The indicator values that begin on a new basis: a break in the numerator or in the denominator, for one area or for all (*).
select distinct
    grid.indicator,
    grid.ref_area,
    grid.time_period
from {{ ref('int_indicators__grid') }} as grid
inner join {{ ref('int_indicators') }} as indicators
    on grid.indicator = indicators.indicator
inner join {{ source('declared', 'breaks') }} as breaks
    on
        breaks.series in (indicators.numerator, indicators.denominator)
        and breaks.ref_area in ('*', grid.ref_area)
        and (
            grid.time_period = breaks.time_period
            -- A break within a year breaks the year; a break of a year breaks its first month.
            or (length(grid.time_period) = 4 and grid.time_period = substr(breaks.time_period, 1, 4))
            or (length(breaks.time_period) = 4 and grid.time_period = concat(breaks.time_period, '-01'))
        )
