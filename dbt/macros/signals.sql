{#- What the rules of seeds/signal_rules.csv share. -#}

{#- 增长12.7％, 下降3.0％, 持平. -#}
{% macro change_zh(value) -%}
  case
    when round({{ value }}, 1) > 0 then '增长' || {{ decimal_text(value, 1) }} || '％'
    when round({{ value }}, 1) < 0 then '下降' || {{ decimal_text('-(' ~ value ~ ')', 1) }} || '％'
    else '持平'
  end
{%- endmacro %}

{#- The columns every int_signals__* has of a case that a rule looked at. `has`: which of those that not every rule has. `fired` is null
    where the case could not be judged. -#}
{% macro signal_case(of, has) -%}
  {{ of }}.rule,
  {{ of }}.ref_area,
  {%- for column in ['indicator', 'framework', 'code', 'target_id', 'source_ids'] %}
  cast({{ of ~ '.' ~ column if column in has else 'null' }} as {{ dbt.type_string() }}) as {{ column }},
  {%- endfor %}
  {{ of }}.time_period,
  {{ of }}.period_basis,
  cast({{ of }}.value as double) as value,
  cast({{ of ~ '.reference' if 'reference' in has else 'null' }} as double) as reference,
  {{ of }}.unit,
  cast({{ of }}.n_found as int) as n_found,
  cast({{ of }}.fired as boolean) as fired,
  {{ of }}.message_zh,
  {{ of }}.evidence_zh
{%- endmacro %}

{#- The colour of a rank, or null. -#}
{% macro level_zh(rank) -%}
  case {{ rank }} when 0 then '绿' when 1 then '蓝' when 2 then '黄' when 3 then '橙' when 4 then '红' end
{%- endmacro %}
