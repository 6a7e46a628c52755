-- The settings of every framework. What is published compares like with like, and needs enough cities to rank.
select
    settings.*,
    true as like_with_like,
    thresholds.value as min_units
from {{ source('declared', 'framework_settings') }} as settings
cross join {{ source('declared', 'thresholds') }} as thresholds
where thresholds.threshold = 'min_ranked_cities'
