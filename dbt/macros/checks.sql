{#- What the checks on values share. -#}

{#- A limit of seeds/thresholds.csv. -#}
{% macro threshold(name) -%}
  (select value from {{ source('declared', 'thresholds') }} where threshold = '{{ name }}')
{%- endmacro %}

{#- By what power of ten a ratio looks like a unit that was mistaken (4, 8, -4, -8), by the exchange rate (1, -1), or null. -#}
{% macro unit_jump(ratio, rate) -%}
  case
    {%- for power in (4, 8, -4, -8) %}
    when abs(ln({{ ratio }}) - {{ power }} * ln(10)) <= ln({{ threshold('unit_power_tolerance') }}) then {{ power }}
    {%- endfor %}
    {%- for side in (1, -1) %}
    when abs(ln({{ ratio }}) - {{ side }} * ln({{ rate }})) <= ln({{ threshold('unit_rate_tolerance') }}) then {{ side }}
    {%- endfor %}
  end
{%- endmacro %}

{#- 7.05倍 for a quotient; 20.44亿元 for a figure in its base unit. Decimals, because a double is written differently by engines. -#}
{% macro digits_zh(value) -%}
  cast(cast({{ value }} as decimal(28, 2)) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro amount_zh(value, base_unit, display_unit_zh, display_mult) -%}
  case {{ base_unit }}
    when 'CNY' then {{ digits_zh(value ~ ' / 1e8') }} || '亿元'
    when 'USD' then {{ digits_zh(value ~ ' / 1e8') }} || '亿美元'
    else {{ digits_zh(value ~ ' / power(cast(10 as double), ' ~ display_mult ~ ')') }} || {{ display_unit_zh }}
  end
{%- endmacro %}

{#- 2024年, 2024年第1季度, 2024年3月, 2024年1—3月. -#}
{% macro period_zh(freq, time_period, period_basis) -%}
  substr({{ time_period }}, 1, 4) || '年' || case
    when {{ freq }} = 'A' then ''
    when {{ freq }} = 'Q' then '第' || substr({{ time_period }}, 7, 1) || '季度'
    else
      case when {{ period_basis }} = 'ytd' and substr({{ time_period }}, 6, 2) <> '01' then '1—' else '' end
      || cast(cast(substr({{ time_period }}, 6, 2) as int) as {{ dbt.type_string() }}) || '月'
  end
{%- endmacro %}

{#- The columns every int_findings__* has, of a figure and what it was compared with. -#}
{% macro finding(check_name, severity, figure, expected, message_zh) -%}
  '{{ check_name }}' as check_name,
  {{ severity }} as severity,
  {{ figure }}.source_id,
  {{ figure }}.source_file,
  {{ figure }}.series,
  {{ figure }}.ref_area,
  {{ figure }}.time_period,
  {{ figure }}.period_basis,
  {{ figure }}.observation_id,
  {{ figure }}.base_value as value,
  {{ expected }} as expected,
  {{ message_zh }} as message_zh
{%- endmacro %}

{#- The figures that a check holds back. -#}
{% macro held_figures() -%}
    select observation_id from {{ ref('int_findings__total_is_not_sum') }} where severity = 'hold'
    union
    select observation_id from {{ ref('int_findings__unit_in_doubt') }} where severity = 'hold'
    union
    select observation_id from {{ ref('int_findings__month_exceeds_cumulative') }} where severity = 'hold'
{%- endmacro %}

{#- A flow is borne out by the other flow of its total, a total by both of its flows. -#}
{% macro kin() -%}
    {%- for own, other in ((1, 2), (2, 1)) %}
    select split_part(sum_of, '+', {{ own }}) as series, split_part(sum_of, '+', {{ other }}) as sibling, 1 as needed
    from {{ source('declared', 'series') }} where sum_of is not null
    union all
    select series, split_part(sum_of, '+', {{ own }}) as sibling, 2 as needed
    from {{ source('declared', 'series') }} where sum_of is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- A period in months, to be compared with others as text: a year begins with its first month and ends with its last. -#}
{% macro first_month(period) -%}
  case when length({{ period }}) = 4 then {{ period }} || '-01' else {{ period }} end
{%- endmacro %}

{% macro last_month(period) -%}
  case when length({{ period }}) = 4 then {{ period }} || '-12' else {{ period }} end
{%- endmacro %}
