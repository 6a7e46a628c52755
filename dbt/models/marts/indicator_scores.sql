-- The score of each indicator of each framework, for the nine cities by year.
select
    framework,
    ref_area,
    time_period,
    code,
    parent,
    value,
    score,
    weight,
    direction,
    goalpost_low,
    goalpost_high,
    coalesce(is_beyond_goalposts, false) as is_beyond_goalposts,
    obs_status,
    reason
from {{ ref('int_scores__indicators') }}
