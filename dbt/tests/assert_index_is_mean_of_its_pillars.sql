-- The published index can be recomputed from the published pillars that it says it holds.
with pillars as (

    select
        scores.framework,
        scores.ref_area,
        scores.time_period,
        sum(nodes.weight * scores.score) / sum(nodes.weight) as mean_score
    from {{ ref('index_scores') }} as scores
    inner join {{ ref('dim_framework') }} as nodes
        on scores.framework = nodes.framework and scores.code = nodes.code
    where scores.in_index
    group by scores.framework, scores.ref_area, scores.time_period

)

select indices.framework, indices.ref_area, indices.time_period, indices.score, pillars.mean_score
from {{ ref('index_scores') }} as indices
left join pillars
    on
        indices.framework = pillars.framework
        and indices.ref_area = pillars.ref_area
        and indices.time_period = pillars.time_period
where
    indices.node = 'index'
    and indices.score is not null
    and not coalesce(abs(indices.score - pillars.mean_score) < 1e-9, false)
