-- All vintages of every observation, each with the days on which it was the newest known.
select
    *,
    published_on as valid_from,
    lead(published_on) over (
        partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        order by published_on, source_file
    ) as valid_to,
    row_number() over (
        partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        order by published_on desc, source_file desc
    ) = 1 as is_latest
from {{ ref('stg_observations') }}
