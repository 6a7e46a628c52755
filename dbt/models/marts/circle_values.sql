-- The circle as one area. Not the mean of its cities' scores, which is no figure of this table.
select indicator, ref_area, freq, time_period, period_basis, value, derivation, obs_status, reason, n_cities, missing_cities, is_break
from {{ ref('int_circle__values') }}
