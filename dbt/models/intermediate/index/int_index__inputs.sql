-- The indicators that each score rests on: those below a node whose scores enter it, in names that people know. An indicator's score
-- rests on itself and on its denominator.
with
{% for level in range(deepest_level() - 1, -1, -1) %}
level_{{ level }} as (

    select parent_id as node_id, node_id as below_id, area_id, period_id
    from {{ ref('int_index__shares') }}
    where level = {{ level }}
    {% if not loop.first %}
    union all
    select shares.parent_id as node_id, below.below_id, shares.area_id, shares.period_id
    from {{ ref('int_index__shares') }} as shares
    inner join level_{{ level + 1 }} as below
        on
            shares.node_id = below.node_id
            and shares.area_id = below.area_id
            and shares.period_id = below.period_id
    where shares.level = {{ level }}
    {% endif %}

),
{% endfor %}
united as (

    select node_id, node_id as below_id, area_id, period_id
    from {{ ref('int_index__normalised') }}
    where value is not null
    {% for level in range(deepest_level()) %}
    union all
    select node_id, below_id, area_id, period_id from level_{{ level }}
    {%- endfor %}

),

leaves as (

    select node_id as below_id, code as indicator, false as is_denominator
    from {{ ref('int_index__nodes') }}
    where type = 'indicator'
    union all
    select node_id as below_id, denominator as indicator, true as is_denominator
    from {{ ref('int_index__nodes') }}
    where type = 'indicator' and denominator is not null

)

select distinct
    nodes.framework,
    areas.ref_area,
    periods.time_period,
    nodes.code,
    nodes.type,
    leaves.indicator,
    leaves.is_denominator
from united
inner join leaves
    on united.below_id = leaves.below_id
inner join {{ ref('int_index__nodes') }} as nodes
    on united.node_id = nodes.node_id
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework and united.area_id = areas.area_id
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and united.period_id = periods.period_id
