-- On which of the choices the ranking and each score of the latest ranked year depend.
select
    framework,
    time_period,
    output,
    factor,
    s,
    s_low,
    s_high,
    st,
    st_low,
    st_high,
    cast(runs as int) as runs,
    cast(seed as int) as seed
from {{ source('steps', 'sensitivity') }}
