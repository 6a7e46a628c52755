-- The children of a node share its whole weight among them.
select framework, parent, time_period, sum(weight) as weights
from {{ ref('score_weights') }}
group by framework, parent, time_period
having count(weight) > 0 and not coalesce(abs(sum(weight) - 1) <= 1e-9, false)
