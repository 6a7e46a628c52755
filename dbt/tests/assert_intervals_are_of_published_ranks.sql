-- An interval is that of a published rank and stands beside it, the nominal draw is that rank, and its ends are in order.
select scores.framework, scores.ref_area, scores.time_period, scores.code, scores.rank, intervals.nominal
from {{ ref('index_scores') }} as scores
full join {{ ref('rank_intervals') }} as intervals
    on
        scores.framework = intervals.framework
        and scores.ref_area = intervals.ref_area
        and scores.time_period = intervals.time_period
        and scores.code = intervals.code
where
    (intervals.nominal is not null and scores.rank is distinct from intervals.nominal)
    or scores.rank_q05 is distinct from intervals.q05
    or scores.rank_q95 is distinct from intervals.q95
    or intervals.q05 > intervals.median
    or intervals.median > intervals.q95
