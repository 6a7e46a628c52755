-- What moved a score from one period to another: for each item below a node its performance (its own score moved) and structure
-- (weights or coverage moved). Their sum over the items is the change of the node. Level by level upward; a geometric mean shares its
-- change out by logarithmic means (LMDI), and has no parts where one of the scores is 0.
with spans as (

    select nodes.node_id, spans.from_id, spans.to_id
    from {{ ref('int_index__spans') }} as spans
    inner join {{ ref('int_index__nodes') }} as nodes
        on spans.framework = nodes.framework

),

-- Both ends of every edge of the tree; a child that one of them lacks has no weight there.
ends as (

    select
        spans.from_id,
        spans.to_id,
        shares.level,
        shares.parent_id,
        shares.node_id,
        shares.area_id,
        max(shares.aggregation) as aggregation,
        max(case when shares.is_item then 1 else 0 end) = 1 as is_item,
        coalesce(max(case when shares.period_id = spans.from_id then shares.share end), 0) as share_0,
        coalesce(max(case when shares.period_id = spans.to_id then shares.share end), 0) as share_1,
        max(case when shares.period_id = spans.from_id then shares.value end) as value_0,
        max(case when shares.period_id = spans.to_id then shares.value end) as value_1
    from {{ ref('int_index__shares') }} as shares
    inner join spans
        on shares.node_id = spans.node_id and shares.period_id in (spans.from_id, spans.to_id)
    where shares.is_parted
    group by spans.from_id, spans.to_id, shares.level, shares.parent_id, shares.node_id, shares.area_id

),

-- Only nodes that have a score at both ends have a change.
edges as (

    select
        ends.*,
        earlier.value as parent_0,
        later.value as parent_1,
        (ends.share_0 + ends.share_1) / 2 as mean_share,
        ends.share_1 - ends.share_0 as share_change,
        {{ logarithmic_mean('earlier.value', 'later.value') }} as parent_mean
    from ends
    inner join {{ ref('int_index__scores') }} as earlier
        on ends.parent_id = earlier.node_id and ends.area_id = earlier.area_id and ends.from_id = earlier.period_id
    inner join {{ ref('int_index__scores') }} as later
        on ends.parent_id = later.node_id and ends.area_id = later.area_id and ends.to_id = later.period_id
    where earlier.value is not null and later.value is not null and later.comparable_over_time

),

-- The items below a child at both ends, for children that are there at one end only.
amounts as (

    select
        edges.from_id,
        edges.to_id,
        edges.node_id,
        edges.area_id,
        amounts.item_id,
        max(amounts.amount) as amount
    from edges
    inner join {{ ref('int_index__amounts') }} as amounts
        on
            edges.node_id = amounts.node_id
            and edges.area_id = amounts.area_id
            and amounts.period_id = case when edges.value_0 is null then edges.to_id else edges.from_id end
    where not edges.is_item and amounts.is_finest and (edges.value_0 is null or edges.value_1 is null)
    group by edges.from_id, edges.to_id, edges.node_id, edges.area_id, amounts.item_id

),
{% for level in range(deepest_level() - 1, -1, -1) %}
-- Of each child of a node at level {{ level }}: how its own score came to move, by item.
moves_{{ level }} as (

    select
        edges.*,
        edges.node_id as item_id,
        coalesce(edges.value_1 - edges.value_0, 0) as performance,
        cast(0 as double) as structure,
        coalesce(edges.value_0, edges.value_1) as amount_0,
        coalesce(edges.value_1, edges.value_0) as amount_1
    from edges
    where edges.level = {{ level }} and edges.is_item
    {% if not loop.first %}
    union all

    select
        edges.*,
        below.item_id,
        below.performance,
        below.structure,
        below.amount_0,
        below.amount_1
    from edges
    inner join level_{{ level + 1 }} as below
        on
            edges.node_id = below.node_id
            and edges.area_id = below.area_id
            and edges.from_id = below.from_id
            and edges.to_id = below.to_id
    where edges.level = {{ level }} and not edges.is_item and edges.value_0 is not null and edges.value_1 is not null

    union all

    select
        edges.*,
        amounts.item_id,
        cast(0 as double) as performance,
        cast(0 as double) as structure,
        amounts.amount as amount_0,
        amounts.amount as amount_1
    from edges
    inner join amounts
        on
            edges.node_id = amounts.node_id
            and edges.area_id = amounts.area_id
            and edges.from_id = amounts.from_id
            and edges.to_id = amounts.to_id
    where edges.level = {{ level }} and not edges.is_item and (edges.value_0 is null or edges.value_1 is null)
    {% endif %}

),

scaled_{{ level }} as (

    select
        *,
        -- How much of a child's change reaches its parent.
        case
            when aggregation = 'arithmetic' then mean_share
            else parent_mean * mean_share / nullif({{ logarithmic_mean('coalesce(value_0, value_1)', 'coalesce(value_1, value_0)') }}, 0)
        end as reach,
        case
            when aggregation = 'arithmetic' then (amount_0 + amount_1) / 2 * share_change
            else
                parent_mean * share_change
                * case
                    when coalesce(value_0, value_1) > 0 and coalesce(value_1, value_0) > 0
                        then (ln(coalesce(value_0, value_1)) + ln(coalesce(value_1, value_0))) / 2
                end
                * (amount_0 + amount_1) / nullif(coalesce(value_0, value_1) + coalesce(value_1, value_0), 0)
        end as moved_share
    from moves_{{ level }}

),

level_{{ level }} as (

    select
        scaled.parent_id as node_id,
        scaled.item_id,
        scaled.area_id,
        scaled.from_id,
        scaled.to_id,
        scaled.reach * scaled.performance as performance,
        scaled.reach * scaled.structure + scaled.moved_share as structure,
        coalesce(earlier.amount, 0) as amount_0,
        coalesce(later.amount, 0) as amount_1
    from scaled_{{ level }} as scaled
    left join {{ ref('int_index__amounts') }} as earlier
        on
            scaled.parent_id = earlier.node_id
            and scaled.item_id = earlier.item_id
            and scaled.area_id = earlier.area_id
            and scaled.from_id = earlier.period_id
    left join {{ ref('int_index__amounts') }} as later
        on
            scaled.parent_id = later.node_id
            and scaled.item_id = later.item_id
            and scaled.area_id = later.area_id
            and scaled.to_id = later.period_id

){{ "," if not loop.last }}
{% endfor %}
{% for level in range(deepest_level()) %}
{{ "union all" if not loop.first }}
select node_id, item_id, area_id, from_id, to_id, performance, structure from level_{{ level }}
{%- endfor %}
