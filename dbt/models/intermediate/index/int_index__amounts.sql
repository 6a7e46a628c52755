-- How much of a node's score each item below it makes up. The amounts of a node's finest items add up to its score, and so do those of
-- its additive items. Finest: indicators, and groups that cannot be taken apart; a geometric mean shares its score out by weight.
-- Additive: effective weight times score, down to indicators or to the first group that is not an arithmetic mean.
with
{% for level in range(deepest_level() - 1, -1, -1) %}
level_{{ level }} as (

    select
        shares.parent_id as node_id,
        shares.node_id as item_id,
        shares.area_id,
        shares.period_id,
        shares.share * case shares.aggregation when 'arithmetic' then shares.value else shares.parent_value end as amount,
        shares.aggregation = 'arithmetic' as is_additive,
        true as is_finest
    from {{ ref('int_index__shares') }} as shares
    where shares.level = {{ level }} and shares.is_parted and shares.is_item
    {% if not loop.first %}
    union all

    select
        shares.parent_id as node_id,
        below.item_id,
        shares.area_id,
        shares.period_id,
        shares.share * case
            when shares.aggregation = 'arithmetic' then below.amount
            else shares.parent_value * (below.amount / nullif(shares.value, 0))
        end as amount,
        shares.aggregation = 'arithmetic' and below.is_additive as is_additive,
        below.is_finest
    from {{ ref('int_index__shares') }} as shares
    inner join level_{{ level + 1 }} as below
        on
            shares.node_id = below.node_id
            and shares.area_id = below.area_id
            and shares.period_id = below.period_id
    where
        shares.level = {{ level }}
        and shares.is_parted
        and not shares.is_item
        and (below.is_finest or shares.aggregation = 'arithmetic')
    {% endif %}
    union all

    select
        parent_id as node_id,
        node_id as item_id,
        area_id,
        period_id,
        share * value as amount,
        true as is_additive,
        false as is_finest
    from {{ ref('int_index__shares') }}
    where level = {{ level }} and is_parted and not is_item and aggregation = 'arithmetic' and own_aggregation <> 'arithmetic'


){{ "," if not loop.last }}
{% endfor %}
{% for level in range(deepest_level()) %}
{{ "union all" if not loop.first }}
select node_id, item_id, area_id, period_id, amount, is_additive, is_finest from level_{{ level }}
{%- endfor %}
