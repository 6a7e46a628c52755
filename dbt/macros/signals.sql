{#- What the rules of seeds/signal_rules.csv share. -#}

{#- 增长12.7％, 下降3.0％, 持平. -#}
{% macro change_zh(value) -%}
  case
    when round({{ value }}, 1) > 0 then '增长' || {{ decimal_text(value, 1) }} || '％'
    when round({{ value }}, 1) < 0 then '下降' || {{ decimal_text('-(' ~ value ~ ')', 1) }} || '％'
    else '持平'
  end
{%- endmacro %}

{#- The columns every int_signals__* has of a case that a rule looked at. `fired` is null where the case could not be judged. -#}
{% macro signal_case(of) -%}
  {{ of }}.rule,
  {{ of }}.ref_area,
  cast({{ of }}.indicator as {{ dbt.type_string() }}) as indicator,
  cast({{ of }}.framework as {{ dbt.type_string() }}) as framework,
  cast({{ of }}.code as {{ dbt.type_string() }}) as code,
  cast({{ of }}.target_id as {{ dbt.type_string() }}) as target_id,
  {{ of }}.time_period,
  {{ of }}.period_basis,
  cast({{ of }}.value as double) as value,
  cast({{ of }}.reference as double) as reference,
  {{ of }}.unit,
  cast({{ of }}.n_found as int) as n_found,
  cast({{ of }}.fired as boolean) as fired,
  {{ of }}.message_zh,
  {{ of }}.evidence_zh,
  cast({{ of }}.source_ids as {{ dbt.type_string() }}) as source_ids
{%- endmacro %}

{#- A number whose neighbours are the months before and after, from a month of a year; 2025-03. -#}
{% macro month_number(period) -%}
  (cast(substr({{ period }}, 1, 4) as int) * 12 + cast(substr({{ period }}, 6, 2) as int))
{%- endmacro %}

{#- The colour of a rank, or null. -#}
{% macro level_zh(rank) -%}
  case {{ rank }} when 0 then '绿' when 1 then '蓝' when 2 then '黄' when 3 then '橙' when 4 then '红' end
{%- endmacro %}
