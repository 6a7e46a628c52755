-- The children that make a score, each with its weight rescaled over those present. `is_parted`: the parent is a mean that can be taken
-- apart; `is_item`: the child is an indicator, or a group that cannot.
with
{% for level in range(deepest_level()) %}
children_{{ level }} as (

    select
        cells.parent_id,
        cells.node_id,
        cells.area_id,
        cells.period_id,
        cells.value,
        cells.is_group,
        weights.weight
    from (
        {{ index_children(level) }}
    ) as cells
    inner join {{ ref('int_index__weights_' ~ level) }} as weights
        on cells.node_id = weights.node_id and cells.reference_id = weights.reference_id
    {% if level == 0 -%}
    left join {{ ref('int_index__left_out') }} as left_out
        on
            cells.node_id = left_out.node_id
            and cells.area_id = left_out.area_id
            and cells.period_id = left_out.period_id
    where cells.value is not null and left_out.node_id is null
    {%- else -%}
    where cells.value is not null
    {%- endif %}

),
{% endfor %}
united as (

    {% for level in range(deepest_level()) %}
    {{ "union all" if not loop.first }}
    select {{ level }} as level, * from children_{{ level }}
    {%- endfor %}

),

by_unit as (

    select distinct parent_id from {{ source('steps', 'weights') }} where weighting_id = 1 and area_id is not null

),

nodes as (

    select
        nodes.node_id,
        nodes.aggregation,
        nodes.aggregation in ('arithmetic', 'geometric') and by_unit.parent_id is null as is_parted
    from {{ ref('int_index__nodes') }} as nodes
    left join by_unit
        on nodes.node_id = by_unit.parent_id
    where nodes.type <> 'denominator'

),

present as (

    select parent_id, area_id, period_id, {{ order_free_sum('weight') }} as weight
    from united
    group by parent_id, area_id, period_id

)

select
    united.level,
    united.parent_id,
    united.node_id,
    united.area_id,
    united.period_id,
    parents.aggregation,
    parents.is_parted,
    scores.value as parent_value,
    united.value,
    united.weight / nullif(present.weight, 0) as share,
    not united.is_group or not own.is_parted as is_item,
    own.aggregation as own_aggregation
from united
inner join present
    on
        united.parent_id = present.parent_id
        and united.area_id = present.area_id
        and united.period_id = present.period_id
inner join {{ ref('int_index__scores') }} as scores
    on
        united.parent_id = scores.node_id
        and united.area_id = scores.area_id
        and united.period_id = scores.period_id
inner join nodes as parents
    on united.parent_id = parents.node_id
inner join nodes as own
    on united.node_id = own.node_id
where scores.value is not null
