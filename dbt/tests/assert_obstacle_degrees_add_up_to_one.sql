-- The obstacles of a city in a year are all that keeps it from the full score.
select framework, ref_area, time_period, sum(obstacle_degree) as degrees
from {{ ref('indicator_scores') }}
where obstacle_degree is not null
group by framework, ref_area, time_period
having not coalesce(abs(sum(obstacle_degree) - 1) <= 1e-9, false)
