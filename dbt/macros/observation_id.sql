{#- One identifier for one vintage of one observation, from its key. -#}
{% macro observation_id() -%}
  md5(concat_ws(
    '|', source_id, series, ref_area, coalesce(counterpart, ''), freq, time_period, period_basis,
    cast(published_on as {{ dbt.type_string() }}), source_file
  ))
{%- endmacro %}
