-- How the scores of two nodes go together, over all areas and periods in which both have one: of siblings (a node with itself gives its
-- variance), of a child with its parent, of an indicator with the index.
with cells as (

    select node_id, area_id, period_id, value
    from {{ ref('int_index__normalised') }}
    where value is not null
    union all
    select node_id, area_id, period_id, value
    from {{ ref('int_index__scores') }}
    where value is not null

),

ends as (

    select node_id, min(value) as low, max(value) as high from cells group by node_id

),

placed as (

    select
        cells.node_id,
        cells.area_id,
        cells.period_id,
        coalesce((cells.value - ends.low) / nullif(ends.high - ends.low, 0), 0) as place
    from cells
    inner join ends
        on cells.node_id = ends.node_id

),

wanted as (

    select one.node_id, other.node_id as other_id, 'siblings' as relation
    from {{ ref('int_index__nodes') }} as one
    inner join {{ ref('int_index__nodes') }} as other
        on one.parent_id = other.parent_id and one.node_id <= other.node_id
    union all
    select node_id, parent_id as other_id, 'parent' as relation
    from {{ ref('int_index__nodes') }}
    where parent_id is not null
    union all
    select nodes.node_id, roots.node_id as other_id, 'index' as relation
    from {{ ref('int_index__nodes') }} as nodes
    inner join {{ ref('int_index__nodes') }} as roots
        on nodes.framework = roots.framework
    where nodes.type = 'indicator' and roots.type = 'index'

),

pairs as (

    select
        wanted.relation,
        wanted.node_id,
        wanted.other_id,
        one.place as x,
        other.place as y
    from wanted
    inner join placed as one
        on wanted.node_id = one.node_id
    inner join placed as other
        on wanted.other_id = other.node_id and one.area_id = other.area_id and one.period_id = other.period_id

),

{{ index_correlations('pairs', ['relation', 'node_id', 'other_id']) }}

select
    correlations.relation,
    correlations.node_id,
    correlations.other_id,
    correlations.n,
    correlations.cov * (own.high - own.low) * (others.high - others.low) as covariance,
    correlations.r
from correlations
inner join ends as own
    on correlations.node_id = own.node_id
inner join ends as others
    on correlations.other_id = others.node_id
