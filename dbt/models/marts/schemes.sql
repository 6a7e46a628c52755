-- How far whole rankings agree that differ in their settings, among the cities that all of them score.
select framework, time_period, scheme, other as other_scheme, n as n_cities, spearman, kendall, mean_abs_rank_shift
from {{ source('steps', 'schemes') }}
