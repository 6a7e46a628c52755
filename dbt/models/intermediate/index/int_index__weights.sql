-- The weight of every node inside its parent and from there to the root (effective), for each reference set.
with
{% for level in range(deepest_level()) %}
below_{{ level }} as (

    select
        own.parent_id,
        own.node_id,
        own.reference_id,
        own.weight,
        {% if loop.first -%}
        own.weight as effective_weight,
        {%- else -%}
        own.weight * above.effective_weight as effective_weight,
        {%- endif %}
        own.method_value,
        own.flag
    from {{ ref('int_index__weights_' ~ level) }} as own
    {% if not loop.first -%}
    inner join below_{{ level - 1 }} as above
        on own.parent_id = above.node_id and own.reference_id = above.reference_id
    {%- endif %}

),
{% endfor %}
united as (

    {% for level in range(deepest_level()) %}
    {{ "union all" if not loop.first }}
    select * from below_{{ level }}
    {%- endfor %}

)

select
    united.*,
    settings.reference_set = 'period' and data_driven.framework is not null as by_period
from united
inner join {{ ref('int_index__nodes') }} as nodes
    on united.node_id = nodes.node_id
inner join {{ ref('int_index__frameworks') }} as settings
    on nodes.framework = settings.framework
left join (
    select distinct framework
    from {{ ref('int_index__weightings') }}
    where method not in ('expert', 'equal', 'ahp', 'combined')
) as data_driven
    on nodes.framework = data_driven.framework
