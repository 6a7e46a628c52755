{#- The value of one in the last digit that a figure shows, in the unit it is printed in: 1 of 1435, 0.1 of 143.5. -#}
{% macro printed_step(figure) -%}
  case
    when {{ figure }} is null then null
    {%- for decimals in range(6) %}
    when {{ figure }} = round({{ figure }}, {{ decimals }}) then power(cast(10 as double), -{{ decimals }})
    {%- endfor %}
    else power(cast(10 as double), -6)
  end
{%- endmacro %}
