-- What the indicators contribute to an index or pillar is its score, where it is an arithmetic mean; other scores are not listed.
with sums as (

    select framework, ref_area, time_period, node, sum(amount) as amount, sum(share) as share
    from {{ ref('score_contributions') }}
    group by framework, ref_area, time_period, node

)

select
    coalesce(scores.framework, sums.framework) as framework,
    coalesce(scores.ref_area, sums.ref_area) as ref_area,
    coalesce(scores.time_period, sums.time_period) as time_period,
    coalesce(scores.code, sums.node) as code,
    scores.score,
    sums.amount
from (
    select scores.framework, scores.ref_area, scores.time_period, scores.code, scores.score, nodes.aggregation
    from {{ ref('index_scores') }} as scores
    inner join {{ ref('dim_framework') }} as nodes
        on scores.framework = nodes.framework and scores.code = nodes.code
    where scores.score is not null
) as scores
full join sums
    on
        scores.framework = sums.framework
        and scores.ref_area = sums.ref_area
        and scores.time_period = sums.time_period
        and scores.code = sums.node
where
    (sums.node is not null and not coalesce(abs(sums.amount - scores.score) <= 1e-9, false))
    or (sums.node is not null and scores.score <> 0 and not coalesce(abs(sums.share - 1) <= 1e-9, false))
    or (sums.node is null and scores.aggregation = 'arithmetic')
