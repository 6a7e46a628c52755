-- An index that is a mean of its pillars can be recomputed from the published pillars that it says it holds and the weights used. (Where
-- each city has weights of its own, by benefit of the doubt, there are none to recompute it with.)
with roots as (

    select nodes.framework, nodes.code, nodes.aggregation
    from {{ ref('dim_framework') }} as nodes
    inner join {{ ref('int_index__weightings') }} as weightings
        on nodes.framework = weightings.framework and weightings.weighting_id = 1
    where nodes.node_type = 'index' and nodes.aggregation in ('arithmetic', 'geometric') and weightings.method <> 'bod'

),

pillars as (

    select
        scores.framework,
        scores.ref_area,
        scores.time_period,
        case roots.aggregation
            when 'arithmetic' then sum(weights.weight * scores.score) / sum(weights.weight)
            when 'geometric' then case when min(scores.score) > 0 then exp(sum(weights.weight * ln(scores.score)) / sum(weights.weight)) else 0 end
        end as mean_score
    from {{ ref('index_scores') }} as scores
    inner join roots
        on scores.framework = roots.framework
    inner join {{ ref('score_weights') }} as weights
        on
            scores.framework = weights.framework
            and scores.code = weights.code
            and coalesce(weights.time_period, scores.time_period) = scores.time_period
            and weights.parent = roots.code
    where scores.in_index
    group by scores.framework, scores.ref_area, scores.time_period, roots.aggregation

)

select indices.framework, indices.ref_area, indices.time_period, indices.score, pillars.mean_score
from {{ ref('index_scores') }} as indices
inner join roots
    on indices.framework = roots.framework and indices.code = roots.code
left join pillars
    on
        indices.framework = pillars.framework
        and indices.ref_area = pillars.ref_area
        and indices.time_period = pillars.time_period
where
    indices.score is not null
    and not coalesce(abs(indices.score - pillars.mean_score) < 1e-9, false)
