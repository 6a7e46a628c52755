{#- What engines do differently. Everything else in the models is standard SQL. -#}

{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- Sum that does not depend on the order of rows or threads: doubles are added as decimals. Terms of moderate size may have more
    decimals than figures as published, which run to 26 digits before the point. -#}
{% macro exact_sum(expression, decimals=12) -%}
  cast(sum(cast({{ expression }} as decimal(38, {{ decimals }}))) as double)
{%- endmacro %}

{#- The same for terms of moderate size: divide large ones by their largest. -#}
{% macro order_free_sum(expression) -%}
  {{ exact_sum(expression, 18) }}
{%- endmacro %}

{#- Quotient, or null where the denominator is not positive: never infinity. -#}
{% macro safe_divide(numerator, denominator) -%}
  case when {{ denominator }} > 0 then ({{ numerator }}) / ({{ denominator }}) end
{%- endmacro %}

{#- The distinct texts of a group in one text, sorted, so that the result is the same on every run. -#}
{% macro text_list(expression) -%}
  {{ adapter.dispatch('text_list')(expression) }}
{%- endmacro %}

{% macro default__text_list(expression) -%}
  array_to_string(list_sort(list_distinct(list({{ expression }}))), '；')
{%- endmacro %}

{% macro spark__text_list(expression) -%}
  array_join(sort_array(collect_set({{ expression }})), '；')
{%- endmacro %}

{#- The texts of a group in one text, in the order of a whole number beside each. -#}
{% macro ordered_text_list(expression, place) -%}
  {{ adapter.dispatch('ordered_text_list')(expression, place) }}
{%- endmacro %}

{% macro default__ordered_text_list(expression, place) -%}
  string_agg({{ expression }}, '；' order by {{ place }})
{%- endmacro %}

{% macro spark__ordered_text_list(expression, place) -%}
  nullif(
    array_join(
      transform(
        array_sort(collect_list(case when {{ expression }} is not null then struct({{ place }} as place, {{ expression }} as told) end)),
        pair -> pair.told
      ),
      '；'
    ),
    ''
  )
{%- endmacro %}

{#- True where a double is neither NaN nor infinite. -#}
{% macro is_finite(expression) -%}
  {{ adapter.dispatch('is_finite')(expression) }}
{%- endmacro %}

{% macro default__is_finite(expression) -%}
  isfinite({{ expression }})
{%- endmacro %}

{% macro spark__is_finite(expression) -%}
  (not isnan({{ expression }}) and abs({{ expression }}) < double('infinity'))
{%- endmacro %}

{#- Landing as tables of the engine: DuckDB reads Parquet by its path, Spark through a table that is told where the files lie. -#}
{% macro declare_landing() -%}
  {{ adapter.dispatch('declare_landing')() }}
{%- endmacro %}

{% macro default__declare_landing() -%}{%- endmacro %}

{% macro spark__declare_landing() -%}
  {% if execute %}
    {% for source in graph.sources.values() %}
      {% set table = source.schema ~ '.' ~ source.identifier %}
      {% set files = source.meta.external_location | replace('/*.parquet', '') | replace("'", "\\'") %}
      {% do run_query('create schema if not exists ' ~ source.schema) %}
      {% do run_query('drop table if exists ' ~ table) %}
      {% do run_query('create table ' ~ table ~ " using parquet location '" ~ files ~ "'") %}
    {% endfor %}
  {% endif %}
{%- endmacro %}

{#- Difference of two printed figures without the noise of binary fractions: 12.3 - 4.5 is 7.8. Whole numbers need no care. -#}
{% macro exact_difference(minuend, subtrahend) -%}
  case
    when {{ minuend }} = round({{ minuend }}, 0) and {{ subtrahend }} = round({{ subtrahend }}, 0)
      then {{ minuend }} - {{ subtrahend }}
    else round({{ minuend }} - {{ subtrahend }}, 6)
  end
{%- endmacro %}

{#- A number as text with this many decimals, the same on every engine: a half goes away from zero, which the binary form of 30.65
    (a little less) would decide otherwise on one of them. -#}
{% macro decimal_text(expression, decimals) -%}
  cast(cast(({{ expression }}) + sign({{ expression }}) * 1e-9 as decimal(38, {{ decimals }})) as {{ dbt.type_string() }})
{%- endmacro %}

{#- Median of a column, exact, between the two middle values where there is no middle one. -#}
{% macro median(expression) -%}
  {{ adapter.dispatch('median')(expression) }}
{%- endmacro %}

{% macro default__median(expression) -%}
  quantile_cont({{ expression }}, 0.5)
{%- endmacro %}

{% macro spark__median(expression) -%}
  percentile({{ expression }}, 0.5)
{%- endmacro %}
