{#- How a target is judged. One definition for what is known now and for what was known first. -#}

{#- Whether a value reaches a target. 突破 and 超过 ask for more than the figure, 左右 is content with a little less, a ceiling is
    met from above. The width of a rounding error (1e-9) decides nothing. -#}
{% macro target_is_met(kind, comparator, actual, target) -%}
  case
    when {{ kind }} = 'ceiling' then {{ actual }} <= {{ target }} + abs({{ target }}) * 1e-9
    when {{ comparator }} in ('突破', '超过') then {{ actual }} > {{ target }} + abs({{ target }}) * 1e-9
    when {{ comparator }} = '左右'
      then {{ actual }} >= {{ target }} - abs({{ target }}) * ({{ threshold('target_about_share') }} / 100 + 1e-9)
    else {{ actual }} >= {{ target }} - abs({{ target }}) * 1e-9
  end
{%- endmacro %}

{#- The verdict over a target that was not met when its time was over: how far it was missed. -#}
{% macro target_missed(kind, actual, target) -%}
  case
    when {{ kind }} in ('growth', 'average_growth')
      then case when round({{ target }} - {{ actual }}, 9) <= {{ threshold('target_behind_pp') }} then '滞后' else '严重滞后' end
    when {{ kind }} = 'ceiling'
      then
        case
          when {{ actual }} * {{ threshold('target_missed_share') }} <= {{ target }} * 100 then '滞后' else '严重滞后'
        end
    when {{ actual }} * 100 >= {{ target }} * {{ threshold('target_missed_share') }} then '滞后'
    else '严重滞后'
  end
{%- endmacro %}

{#- The verdict over a target whose time is over. -#}
{% macro target_final(kind, comparator, actual, target) -%}
  case
    when {{ actual }} is null then cast(null as {{ dbt.type_string() }})
    when {{ target_is_met(kind, comparator, actual, target) }} then '已完成'
    else {{ target_missed(kind, actual, target) }}
  end
{%- endmacro %}

{#- 2704.3 for a figure: two decimals at most, and none where there are none. -#}
{% macro short_zh(value) -%}
  regexp_replace(cast(cast({{ value }} as decimal(28, 2)) as {{ dbt.type_string() }}), '[.]?0+$', '')
{%- endmacro %}

{#- 2024年, 2024年1—3月, for a period whose frequency shows in its form. -#}
{% macro period_zh_of(time_period, period_basis) -%}
  {{ period_zh("case when length(" ~ time_period ~ ") = 4 then 'A' else 'M' end", time_period, period_basis) }}
{%- endmacro %}
