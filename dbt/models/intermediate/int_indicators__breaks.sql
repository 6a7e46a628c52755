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
        and grid.time_period = breaks.time_period
