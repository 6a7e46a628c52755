{#- Weights that SQL finds: declared, equal, entropy, CRITIC, coefficient of variation, standard deviation. One row for each child
    of a parent, weighting and reference set. `level`: the level of the parents, or 'all' for weights over all indicators at once.
    Eigenvectors and optimisation are steps in Python (lib/index/steps.py). -#}
{% macro index_candidates(level) -%}
with asked as (

    select
        parents.framework,
        parents.node_id as parent_id,
        weightings.weighting_id,
        weightings.method,
        weightings.share,
        weightings.shift,
        weightings.correlation
    from {{ ref('int_index__nodes') }} as parents
    inner join {{ ref('int_index__frameworks') }} as settings
        on parents.framework = settings.framework
    inner join {{ ref('int_index__weightings') }} as weightings
        on parents.framework = weightings.framework
    where
        {% if level == 'all' -%}
        parents.type = 'index' and settings.weighting_scope = 'all'
        {%- else -%}
        parents.level = {{ level }} and parents.type in ('index', 'group') and settings.weighting_scope = 'siblings'
        {%- endif %}
        and weightings.method in ('expert', 'equal', 'entropy', 'critic', 'cv', 'sd')

),

sets as (

    select distinct framework, reference_id from {{ ref('int_index__references') }}

),

children as (

    select
        asked.*,
        nodes.node_id,
        nodes.weight as declared,
        nodes.type = 'group' as is_group,
        sets.reference_id
    from asked
    inner join {{ ref('int_index__nodes') }} as nodes
        on {% if level == 'all' %}asked.framework = nodes.framework and nodes.type = 'indicator'
        {%- else %}asked.parent_id = nodes.parent_id{% endif %}
    inner join sets
        on asked.framework = sets.framework

),

data_driven as (

    select distinct node_id, parent_id, weighting_id, method, share, shift, correlation
    from children
    where method in ('entropy', 'critic', 'cv', 'sd')

),

cells as (

    select
        cells.node_id,
        cells.reference_id,
        cells.area_id,
        cells.period_id,
        cells.value,
        cells.directed,
        cells.raw,
        cells.is_group
    from (
        {% if level == 'all' -%}
        select node_id, reference_id, area_id, period_id, in_reference, value, directed, raw, false as is_group
        from {{ ref('int_index__normalised') }}
        {%- else -%}
        {{ index_children(level) }}
        {%- endif %}
    ) as cells
    inner join (select distinct node_id from data_driven) as wanted
        on cells.node_id = wanted.node_id
    where cells.in_reference

),

ends as (

    select
        node_id,
        reference_id,
        max(case when is_group then 1 else 0 end) = 1 as is_group,
        min(directed) as directed_low,
        max(directed) as directed_high,
        min(raw) as raw_low,
        max(raw) as raw_high,
        min(value) as value_low,
        max(value) as value_high
    from cells
    group by node_id, reference_id

),

scaled as (

    select
        node_id,
        reference_id,
        is_group,
        raw_low,
        raw_high,
        value_low,
        value_high,
        case when is_group then directed_low else 0 end as directed_low,
        case
            when not is_group then 1
            when {{ has_range('directed_low', 'directed_high') }} then directed_high - directed_low
        end as directed_span
    from ends

),

-- Every method works on numbers of moderate size: shares of a column do not change with its unit.
inputs as (

    select
        asked.weighting_id,
        asked.parent_id,
        cells.node_id,
        cells.reference_id,
        cells.area_id,
        cells.period_id,
        asked.method,
        asked.correlation,
        case
            when asked.method = 'entropy' and asked.share = 'raw'
                then
                    case
                        when scaled.raw_low >= 0
                            then (cells.raw + asked.shift) / nullif(scaled.raw_high + asked.shift, 0)
                    end
            when asked.method = 'entropy'
                then (cells.directed - scaled.directed_low) / scaled.directed_span + asked.shift
            when asked.method = 'critic' then (cells.directed - scaled.directed_low) / scaled.directed_span
            when asked.method = 'cv' and {{ has_range('scaled.raw_low', 'scaled.raw_high') }}
                then (cells.raw - scaled.raw_low) / nullif(scaled.raw_high - scaled.raw_low, 0)
            when asked.method = 'sd' and {{ has_range('scaled.value_low', 'scaled.value_high') }}
                then (cells.value - scaled.value_low) / nullif(scaled.value_high - scaled.value_low, 0)
        end as v
    from cells
    inner join data_driven as asked
        on cells.node_id = asked.node_id
    inner join scaled
        on cells.node_id = scaled.node_id and cells.reference_id = scaled.reference_id

),

moments as (

    select
        weighting_id,
        parent_id,
        node_id,
        reference_id,
        method,
        count(v) as n,
        min(v) as lowest,
        max(v) as highest,
        {{ order_free_sum('v') }} as total,
        {{ order_free_sum("case when method <> 'entropy' then v * v end") }} as squares
    from inputs
    where v is not null
    group by weighting_id, parent_id, node_id, reference_id, method

),

spread as (

    select
        *,
        case
            when n > 1 and highest > lowest
                then sqrt(greatest(squares - total * total / n, 0) / (n - 1))
        end as sd
    from moments

),

-- 1 - e without the cancellation: with v over its mean, the sum of v ln v over n ln n.
divergence as (

    select
        inputs.weighting_id,
        inputs.parent_id,
        inputs.node_id,
        inputs.reference_id,
        greatest(
            {{ order_free_sum(
                'case when inputs.v > 0 then inputs.v * moments.n / moments.total * ln(inputs.v * moments.n / moments.total) else 0 end'
            ) }} / (max(moments.n) * ln(max(moments.n))),
            0
        ) as d
    from inputs
    inner join moments
        on
            inputs.weighting_id = moments.weighting_id
            and inputs.parent_id = moments.parent_id
            and inputs.node_id = moments.node_id
            and inputs.reference_id = moments.reference_id
    where inputs.method = 'entropy' and inputs.v is not null and moments.n > 1 and moments.highest > moments.lowest
        and moments.lowest >= 0
    group by inputs.weighting_id, inputs.parent_id, inputs.node_id, inputs.reference_id

),

paired as (

    select
        one.weighting_id,
        one.parent_id,
        one.reference_id,
        one.node_id,
        other.node_id as other_id,
        one.area_id,
        one.period_id,
        one.correlation,
        one.v as x,
        other.v as y
    from inputs as one
    inner join inputs as other
        on
            one.weighting_id = other.weighting_id
            and one.parent_id = other.parent_id
            and one.reference_id = other.reference_id
            and one.area_id = other.area_id
            and one.period_id = other.period_id
            and one.node_id <> other.node_id
    where one.method = 'critic' and other.method = 'critic' and one.v is not null and other.v is not null

),

pairs as (

    select weighting_id, parent_id, reference_id, node_id, other_id, x, y from paired where correlation = 'pearson'
    union all
    -- Ranks, ties share their mean; over their number, so that they stay within 0 and 1.
    select
        weighting_id,
        parent_id,
        reference_id,
        node_id,
        other_id,
        (
            rank() over (partition by weighting_id, parent_id, reference_id, node_id, other_id order by x)
            + (count(*) over (partition by weighting_id, parent_id, reference_id, node_id, other_id, x) - 1) / cast(2 as double)
        ) / count(*) over (partition by weighting_id, parent_id, reference_id, node_id, other_id) as x,
        (
            rank() over (partition by weighting_id, parent_id, reference_id, node_id, other_id order by y)
            + (count(*) over (partition by weighting_id, parent_id, reference_id, node_id, other_id, y) - 1) / cast(2 as double)
        ) / count(*) over (partition by weighting_id, parent_id, reference_id, node_id, other_id) as y
    from paired
    where correlation = 'spearman'

),

{{ index_correlations('pairs', ['weighting_id', 'parent_id', 'reference_id', 'node_id', 'other_id']) }},

conflict as (

    select weighting_id, parent_id, reference_id, node_id, {{ order_free_sum('case when 1 - r > 1e-12 then 1 - r else 0 end') }} as total
    from correlations
    where r is not null
    group by weighting_id, parent_id, reference_id, node_id

),

measured as (

    select
        children.parent_id,
        children.node_id,
        children.weighting_id,
        children.reference_id,
        children.method,
        children.declared,
        max(case when children.is_group then 1 else 0 end) over (
            partition by children.parent_id, children.weighting_id, children.reference_id
        ) = 1 and (children.method = 'cv' or (children.method = 'entropy' and children.share = 'raw')) as takes_declared,
        -- Shares of negative values and a variation around nothing have no meaning.
        coalesce(
            (children.method = 'cv' or (children.method = 'entropy' and children.share = 'raw')) and scaled.raw_low < 0,
            false
        )
        or coalesce(children.method = 'entropy' and spread.lowest < 0, false) as is_refused,
        case children.method
            when 'expert' then children.declared
            when 'equal' then 1
            when 'entropy' then coalesce(divergence.d, 0)
            when 'critic' then coalesce(spread.sd * conflict.total, 0)
            when 'sd' then coalesce(spread.sd * (scaled.value_high - scaled.value_low), 0)
            when 'cv'
                then
                    coalesce(
                        spread.sd * (scaled.raw_high - scaled.raw_low)
                        / nullif(
                            abs(scaled.raw_low + (scaled.raw_high - scaled.raw_low) * spread.total / spread.n), 0
                        ),
                        0
                    )
        end as measure
    from children
    left join scaled
        on children.node_id = scaled.node_id and children.reference_id = scaled.reference_id
    left join spread
        on
            children.weighting_id = spread.weighting_id
            and children.parent_id = spread.parent_id
            and children.node_id = spread.node_id
            and children.reference_id = spread.reference_id
    left join divergence
        on
            children.weighting_id = divergence.weighting_id
            and children.parent_id = divergence.parent_id
            and children.node_id = divergence.node_id
            and children.reference_id = divergence.reference_id
    left join conflict
        on
            children.weighting_id = conflict.weighting_id
            and children.parent_id = conflict.parent_id
            and children.node_id = conflict.node_id
            and children.reference_id = conflict.reference_id

),

summed as (

    select
        parent_id,
        weighting_id,
        reference_id,
        count(*) as children,
        max(measure) as largest,
        max(declared) as largest_declared,
        max(case when is_refused then 1 else 0 end) = 1 as is_refused
    from measured
    group by parent_id, weighting_id, reference_id

),

totals as (

    select
        measured.parent_id,
        measured.weighting_id,
        measured.reference_id,
        {{ order_free_sum('measured.measure / nullif(summed.largest, 0)') }} as total,
        {{ order_free_sum('measured.declared / summed.largest_declared') }} as declared_total
    from measured
    inner join summed
        on
            measured.parent_id = summed.parent_id
            and measured.weighting_id = summed.weighting_id
            and measured.reference_id = summed.reference_id
    group by measured.parent_id, measured.weighting_id, measured.reference_id

)

select
    measured.parent_id,
    measured.node_id,
    measured.weighting_id,
    measured.reference_id,
    case
        when measured.takes_declared then measured.declared / summed.largest_declared / totals.declared_total
        when summed.is_refused or summed.largest = 0 then cast(1 as double) / summed.children
        else measured.measure / summed.largest / totals.total
    end as weight,
    case
        when measured.method in ('expert', 'equal') or measured.takes_declared then null
        when measured.method = 'entropy' then 1 - measured.measure
        else measured.measure
    end as method_value,
    case
        when measured.takes_declared then 'declared'
        when summed.is_refused then 'refused'
        when summed.largest = 0 then 'equal'
    end as flag
from measured
inner join summed
    on
        measured.parent_id = summed.parent_id
        and measured.weighting_id = summed.weighting_id
        and measured.reference_id = summed.reference_id
inner join totals
    on
        measured.parent_id = totals.parent_id
        and measured.weighting_id = totals.weighting_id
        and measured.reference_id = totals.reference_id
{%- endmacro %}

{#- The tables of a with clause that end in `correlations` (n, cov, var_x, var_y, r) of the pairs (x, y) of a relation, by its keys. x and y lie
    within 0 and 1; a column that does not vary has no correlation. -#}
{% macro index_correlations(relation, keys) -%}
sums as (

    select
        {{ keys | join(', ') }},
        count(*) as n,
        {{ order_free_sum('x') }} as sum_x,
        {{ order_free_sum('y') }} as sum_y,
        {{ order_free_sum('x * x') }} as sum_xx,
        {{ order_free_sum('y * y') }} as sum_yy,
        {{ order_free_sum('x * y') }} as sum_xy
    from {{ relation }}
    group by {{ keys | join(', ') }}

),

covariances as (

    select
        {{ keys | join(', ') }},
        n,
        (sum_xy - sum_x * sum_y / n) / nullif(n - 1, 0) as cov,
        (sum_xx - sum_x * sum_x / n) / nullif(n - 1, 0) as var_x,
        (sum_yy - sum_y * sum_y / n) / nullif(n - 1, 0) as var_y
    from sums

),

correlations as (

    select
        *,
        case
            when var_x > 1e-14 and var_y > 1e-14
                then greatest(-1, least(1, cov / sqrt(var_x * var_y)))
        end as r
    from covariances

)
{%- endmacro %}

{#- The weights in force inside each parent of a level: those of the final weighting, found by SQL or left by a step; where weights are over
    all indicators, the sum below each child. -#}
{% macro index_weights(level) -%}
select candidates.parent_id, candidates.node_id, candidates.reference_id, candidates.weight, candidates.method_value, candidates.flag
from {{ ref('int_index__candidates_' ~ level) }} as candidates
where candidates.weighting_id = 1

union all

select steps.parent_id, steps.node_id, steps.reference_id, steps.weight, steps.method_value, steps.flag
from {{ source('steps', 'weights') }} as steps
inner join {{ ref('int_index__nodes') }} as parents
    on steps.parent_id = parents.node_id
inner join {{ ref('int_index__frameworks') }} as settings
    on parents.framework = settings.framework
where
    steps.weighting_id = 1
    and steps.area_id is null
    {% if level == 'all' -%}
    and settings.weighting_scope = 'all'
    {%- else -%}
    and settings.weighting_scope = 'siblings'
    and parents.level = {{ level }}

union all

select
    children.parent_id,
    children.node_id,
    leaves.reference_id,
    coalesce(
        {{ order_free_sum('case when paths.ancestor_id = children.node_id then leaves.weight else 0 end') }}
        / nullif({{ order_free_sum('case when paths.ancestor_id = children.parent_id then leaves.weight else 0 end') }}, 0),
        -- Nothing below the parent has any weight: its children count alike.
        cast(1 as double) / max(siblings.n)
    ) as weight,
    cast(null as double) as method_value,
    cast(null as {{ dbt.type_string() }}) as flag
from {{ ref('int_index__nodes') }} as children
inner join {{ ref('int_index__paths') }} as paths
    on paths.ancestor_id in (children.node_id, children.parent_id)
inner join {{ ref('int_index__weights_all') }} as leaves
    on paths.leaf_id = leaves.node_id
inner join (
    select parent_id, count(*) as n from {{ ref('int_index__nodes') }} where parent_id is not null group by parent_id
) as siblings
    on children.parent_id = siblings.parent_id
where children.level = {{ level + 1 }}
group by children.parent_id, children.node_id, leaves.reference_id
    {%- endif %}
{%- endmacro %}
