{#- What the models of the index engine share. A framework is data: nothing here names an indicator. -#}

{#- Deepest level of any framework that is computed: the root is 0, and a tree has at most eight levels. The models of the
    levels below it do not exist in a project compiled for shallower trees. -#}
{% macro deepest_level() -%}
  {{ return(var('deepest_level') | int) }}
{%- endmacro %}

{#- The reasons of an empty score in the order in which they take precedence. -#}
{% macro index_reasons() -%}
  {{ return(['not_applicable', 'missing', 'bad_denominator', 'domain', 'constant', 'break', 'unit_doubt', 'too_few',
    'below_coverage', 'no_children']) }}
{%- endmacro %}

{% macro reason_order(expression) -%}
  case {{ expression }}
    {%- for reason in index_reasons() %} when '{{ reason }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}

{% macro reason_of_order(expression) -%}
  case {{ expression }}
    {%- for reason in index_reasons() %} when {{ loop.index }} then '{{ reason }}'{% endfor %} end
{%- endmacro %}

{#- Sum that does not depend on the order of rows or threads, for terms of moderate size: divide large ones by their largest. -#}
{% macro order_free_sum(expression) -%}
  cast(sum(cast({{ expression }} as decimal(38, 18))) as double)
{%- endmacro %}

{#- The transform of a value, null outside its domain. -#}
{% macro transformed(expression, transform) -%}
  case {{ transform }}
    when 'none' then {{ expression }}
    when 'ln' then case when {{ expression }} > 0 then ln({{ expression }}) end
    when 'log10' then case when {{ expression }} > 0 then log10({{ expression }}) end
    when 'ln1p' then case when {{ expression }} >= 0 then ln(1 + {{ expression }}) end
    when 'sqrt' then case when {{ expression }} >= 0 then sqrt({{ expression }}) end
    when 'reciprocal' then case when {{ expression }} <> 0 then 1 / {{ expression }} end
  end
{%- endmacro %}

{#- Logarithmic mean of two positive numbers. -#}
{% macro logarithmic_mean(a, b) -%}
  case
    when {{ a }} > 0 and {{ b }} > 0
      then case when {{ a }} = {{ b }} then {{ a }} else ({{ b }} - {{ a }}) / nullif(ln({{ b }} / {{ a }}), 0) end
  end
{%- endmacro %}

{#- The children of the nodes at one level, each with its score: indicators as normalised, groups as aggregated. -#}
{% macro index_children(level) -%}
    select
        node_id,
        parent_id,
        area_id,
        period_id,
        reference_id,
        in_reference,
        value,
        reason,
        directed,
        raw,
        imputed_share,
        is_zero,
        false as is_group
    from {{ ref('int_index__normalised') }}
    where level = {{ level + 1 }}
    {% if level + 1 < deepest_level() -%}
    union all
    select
        node_id,
        parent_id,
        area_id,
        period_id,
        reference_id,
        in_reference,
        value,
        reason,
        value as directed,
        cast(null as double) as raw,
        imputed_share,
        is_zero,
        true as is_group
    from {{ ref('int_index__scores_' ~ (level + 1)) }}
    {%- endif %}
{%- endmacro %}
