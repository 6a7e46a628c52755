-- Every rank of a framework that is drawn has its interval, the nominal draw is the published rank, and the interval is one.
select scores.framework, scores.ref_area, scores.time_period, scores.code, scores.rank, intervals.nominal
from {{ ref('index_scores') }} as scores
inner join (
    select distinct framework from {{ ref('uncertainty_settings') }}
) as drawn
    on scores.framework = drawn.framework
full join {{ ref('rank_intervals') }} as intervals
    on
        scores.framework = intervals.framework
        and scores.ref_area = intervals.ref_area
        and scores.time_period = intervals.time_period
        and scores.code = intervals.code
where
    (scores.rank is not null or intervals.nominal is not null)
    and (
        scores.rank is distinct from intervals.nominal
        or scores.rank_q05 is distinct from intervals.q05
        or scores.rank_q95 is distinct from intervals.q95
        or intervals.q05 > intervals.median
        or intervals.median > intervals.q95
    )
