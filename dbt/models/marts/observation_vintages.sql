-- Every vintage of every observation, released and derived, with the days on which it was the newest known.
select
    observation_id,
    source_id,
    series,
    ref_area,
    counterpart,
    freq,
    time_period,
    period_basis,
    obs_value,
    unit_measure,
    unit_mult,
    published_status as obs_status,
    vintage,
    valid_from,
    valid_to,
    is_latest,
    is_best_known,
    published_basis,
    source_file,
    source_sha256,
    source_locator
from {{ ref('int_observations__known') }}
