-- Coupling coordination 耦合协调度 of a node over its children that are groups: C = k (Πu)^(1/k) / Σu, T = Σ a u and D = √(C T), with u the
-- scores on [0, 1] and a the weights of those that have one. Only where all that the groups are made of lies on one bounded scale.
with unbounded as (

    select distinct own.ancestor_id as node_id
    from {{ ref('int_index__paths') }} as own
    inner join {{ ref('int_index__paths') }} as other
        on own.leaf_id = other.leaf_id
    inner join {{ ref('int_index__nodes') }} as groups
        on own.ancestor_id = groups.node_id and groups.type = 'group'
    inner join {{ ref('int_index__nodes') }} as below
        on other.ancestor_id = below.node_id and groups.level <= below.level
    where
        case below.type
            when 'indicator'
                then
                    below.normalisation not in (
                        'minmax', 'goalposts', 'percentile', 'target_distance', 'ratio_to_max', 'ratio_to_reference'
                    )
            -- Victories, relative closeness, penalised means and products are not on the scale of their children.
            else below.aggregation in ('copeland', 'topsis', 'ampi', 'product')
        end

),

nodes_bounded as (

    select nodes.parent_id
    from {{ ref('int_index__nodes') }} as nodes
    left join unbounded
        on nodes.node_id = unbounded.node_id
    where nodes.type = 'group'
    group by nodes.parent_id
    having count(unbounded.node_id) = 0

),

subsystems as (

    select
        groups.parent_id,
        scores.area_id,
        scores.period_id,
        weights.weight,
        greatest(0, least(1, (scores.value - groups.range_low) / (groups.range_high - groups.range_low))) as u
    from {{ ref('int_index__scores') }} as scores
    inner join {{ ref('int_index__nodes') }} as groups
        on scores.node_id = groups.node_id and groups.type = 'group'
    inner join nodes_bounded
        on groups.parent_id = nodes_bounded.parent_id
    inner join {{ ref('int_index__references') }} as periods
        on groups.framework = periods.framework and scores.period_id = periods.period_id
    inner join {{ ref('int_index__weights') }} as weights
        on groups.node_id = weights.node_id and periods.reference_id = weights.reference_id
    left join {{ ref('int_index__left_out') }} as left_out
        on
            scores.node_id = left_out.node_id
            and scores.area_id = left_out.area_id
            and scores.period_id = left_out.period_id
    where scores.value is not null and left_out.node_id is null

),

-- Relative to the largest, so that equal subsystems are fully coupled to the last digit.
sizes as (

    select
        parent_id,
        area_id,
        period_id,
        count(*) as k,
        min(u) as lowest,
        max(u) as highest
    from subsystems
    group by parent_id, area_id, period_id
    having count(*) > 1

),

sums as (

    select
        sizes.parent_id,
        sizes.area_id,
        sizes.period_id,
        sizes.k,
        sizes.lowest,
        sizes.highest,
        {{ order_free_sum('subsystems.u / nullif(sizes.highest, 0)') }} as parts,
        {{ order_free_sum('case when subsystems.u > 0 then ln(subsystems.u) - ln(sizes.highest) end') }} as logs,
        {{ order_free_sum('subsystems.weight * subsystems.u') }} as weighted,
        {{ order_free_sum('subsystems.weight') }} as weight
    from sizes
    inner join subsystems
        on
            sizes.parent_id = subsystems.parent_id
            and sizes.area_id = subsystems.area_id
            and sizes.period_id = subsystems.period_id
    group by sizes.parent_id, sizes.area_id, sizes.period_id, sizes.k, sizes.lowest, sizes.highest

),

coupled as (

    select
        parent_id,
        area_id,
        period_id,
        k,
        case
            when highest > 0 and lowest > 0 then least(1, k * exp(logs / k) / nullif(parts, 0))
            when highest > 0 then 0
        end as c,
        case when weight > 0 then weighted / nullif(weight, 0) end as t
    from sums

),

coordinated as (

    select *, sqrt(c * t) as d from coupled

)

select
    parent_id as node_id,
    area_id,
    period_id,
    k,
    cast(c as double) as c,
    t,
    d,
    -- Rounded, so that float noise does not take a grade from what reaches it exactly.
    case
        when d is null then null
        {%- for grade in ['极度失调', '严重失调', '中度失调', '轻度失调', '濒临失调', '勉强协调', '初级协调', '中级协调', '良好协调'] %}
        when round(d, 12) < cast({{ loop.index / 10 }} as double) then '{{ grade }}'
        {%- endfor %}
        else '优质协调'
    end as grade
from coordinated
