-- Every node with each indicator at or below it.
with
{% for level in range(deepest_level(), -1, -1) %}
level_{{ level }} as (

    select node_id as ancestor_id, node_id as leaf_id, parent_id
    from {{ ref('int_index__nodes') }}
    where type = 'indicator' and level = {{ level }}
    {% if not loop.first %}
    union all
    select nodes.node_id as ancestor_id, below.leaf_id, nodes.parent_id
    from level_{{ level + 1 }} as below
    inner join {{ ref('int_index__nodes') }} as nodes
        on below.parent_id = nodes.node_id
    {% endif %}

){{ "," if not loop.last }}
{% endfor %}
{% for level in range(deepest_level() + 1) %}
{{ "union all" if not loop.first }}
select ancestor_id, leaf_id from level_{{ level }}
{%- endfor %}
