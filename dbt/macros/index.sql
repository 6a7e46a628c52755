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
    when not ({{ a }} > 0 and {{ b }} > 0) then null
    -- Of two numbers that hardly differ the quotient has no digits left; its series has all of them.
    when abs(ln({{ b }} / {{ a }})) < 1e-3
      then sqrt({{ a }}) * sqrt({{ b }}) * (1 + ln({{ b }} / {{ a }}) * ln({{ b }} / {{ a }}) / 24)
    else ({{ b }} - {{ a }}) / nullif(ln({{ b }} / {{ a }}), 0)
  end
{%- endmacro %}

{#- The children of the nodes at one level, each with its score: indicators as normalised, groups as aggregated. With
    like_with_like, children of the index that not every ranked area has count as missing. -#}
{% macro index_children(level, like_with_like=false) -%}
{%- if like_with_like -%}
    select
        cells.node_id,
        cells.parent_id,
        cells.area_id,
        cells.period_id,
        cells.reference_id,
        cells.in_reference,
        case when left_out.node_id is null then cells.value end as value,
        case when left_out.node_id is not null and cells.value is not null then 'below_coverage' else cells.reason end as reason,
        cells.directed,
        cells.raw,
        cells.imputed_share,
        cells.is_zero,
        cells.is_group,
        cells.is_relative
    from (
        {{ index_children(level) }}
    ) as cells
    left join {{ ref('int_index__left_out') }} as left_out
        on
            cells.node_id = left_out.node_id
            and cells.area_id = left_out.area_id
            and cells.period_id = left_out.period_id
{%- else -%}
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
        case when is_imputed then cast(1 as double) else cast(0 as double) end as imputed_share,
        is_zero,
        false as is_group,
        false as is_relative
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
        true as is_group,
        is_relative
    from {{ ref('int_index__scores_' ~ (level + 1)) }}
    {%- endif %}
{%- endif %}
{%- endmacro %}

{#- Where the values of the indicators for which a condition on `bounds` holds stand on their scales: 0 at the bottom and 1 at the top. -#}
{% macro index_placed(condition, looked_up=false) -%}
    select
        treated.node_id,
        treated.parent_id,
        treated.level,
        treated.area_id,
        treated.period_id,
        treated.reference_id,
        treated.in_reference,
        treated.treated as raw,
        treated.value as x,
        treated.reason,
        treated.is_imputed,
        treated.is_zero,
        bounds.shape,
        bounds.no_scale,
        bounds.points_at_zero,
        bounds.points,
        bounds.lowest_place,
        bounds.highest_place,
        {% if looked_up -%}
        looked_up.place,
        {%- else -%}
        case bounds.shape
            when 'line' then (treated.value - bounds.zero) / bounds.span
            when 'moderate'
                then
                    case
                        when bounds.no_scale is not null then null
                        when treated.value between bounds.target and bounds.target_high then 1
                        else 1 - greatest(bounds.target - treated.value, treated.value - bounds.target_high) / bounds.reach
                    end
            when 'inverse'
                then case when bounds.no_scale is null and treated.value > 0 then bounds.low / nullif(treated.value, 0) end
            -- Beyond this the power has no finite value that anyone could mean.
            when 'exponential'
                then
                    case
                        when abs((treated.value - bounds.zero) / bounds.span) < 1000
                            then exp(-ln(cast(0.6 as double)) * (treated.value - bounds.zero) / bounds.span)
                    end
        end as place,
        {%- endif %}
        (treated.value - bounds.directed_zero) / bounds.directed_span as directed,
        {{ 'looked_up.node_id is not null' if looked_up else 'false' }} as is_looked_up
    from {{ ref('int_index__treated') }} as treated
    inner join {{ ref('int_index__bounds') }} as bounds
        on treated.node_id = bounds.node_id and treated.reference_id = bounds.reference_id
    {% if looked_up -%}
    left join looked_up
        on
            treated.node_id = looked_up.node_id
            and treated.area_id = looked_up.area_id
            and treated.period_id = looked_up.period_id
    {%- endif %}
    where {{ condition }}
{%- endmacro %}

{#- A figure with this many significant digits, so that noise of its last bits neither makes nor breaks a tie. Powers of ten up to the
    22nd are exact; beyond the bounds the power itself would not be finite, and the figure stays as it is. -#}
{% macro significant(expression, digits) -%}
  case
    when abs({{ expression }}) between 1e-250 and 1e250
      then
        round({{ expression }} * power(cast(10 as double), {{ digits }} - 1 - floor(log10(abs({{ expression }})))))
        / power(cast(10 as double), {{ digits }} - 1 - floor(log10(abs({{ expression }}))))
    else {{ expression }}
  end
{%- endmacro %}

{#- Whether the smallest and the largest figure of a column differ by more than noise. -#}
{% macro has_range(low, high) -%}
  coalesce({{ high }} - {{ low }} > 1e-12 * greatest(abs({{ low }}), abs({{ high }})), false)
{%- endmacro %}

{#- A measure that is never below 0, without the noise that is left where it should be 0. -#}
{% macro noiseless(expression) -%}
  case when round({{ expression }}, 15) > 0 then round({{ expression }}, 15) when {{ expression }} is not null then cast(0 as double) end
{%- endmacro %}
