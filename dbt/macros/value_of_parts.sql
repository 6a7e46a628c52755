{#- The value that the parts of int_series__parts make, or null where one is missing: a figure alone, a difference, or a sum. -#}
{% macro value_of_parts(column) -%}
  case
    when count({{ column }}) < max(parts_needed) then null
    -- A figure that stands alone keeps every bit.
    when max(parts_needed) = 1 then max({{ column }})
    when min(sign) = -1
      then {{ exact_difference(
        whole('max(case when sign = 1 then ' ~ column ~ ' end)'), whole('max(case when sign = -1 then ' ~ column ~ ' end)')
      ) }}
    else {{ exact_sum(column) }}
  end
{%- endmacro %}

{#- A number in base units without the noise of its power of ten: 513.66 × 10^9 is a whole number of yuan. -#}
{% macro whole(number) -%}
  case
    when abs({{ number }} - round({{ number }}, 0)) <= 4e-16 * abs({{ number }}) then round({{ number }}, 0) else {{ number }}
  end
{%- endmacro %}
