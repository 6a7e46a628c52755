-- Scoring and weighting of the indicators are together the difference of the indices of two versions.
with indices as (

    select framework, ref_area, time_period, score from {{ ref('index_scores') }} where node = 'index' and score is not null

),

sums as (

    select framework_from, framework_to, ref_area, time_period, sum(scoring + weighting) as difference
    from {{ ref('score_versions') }}
    group by framework_from, framework_to, ref_area, time_period

)

select sums.*, later.score - earlier.score as difference_of_indices
from sums
left join indices as earlier
    on
        sums.framework_from = earlier.framework
        and sums.ref_area = earlier.ref_area
        and sums.time_period = earlier.time_period
left join indices as later
    on
        sums.framework_to = later.framework
        and sums.ref_area = later.ref_area
        and sums.time_period = later.time_period
where not coalesce(abs(sums.difference - (later.score - earlier.score)) <= 1e-9, false)
