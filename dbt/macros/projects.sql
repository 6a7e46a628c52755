{#- What a group of projects brings. The rate is of those alone whose contract and arrivals are both known: others would lower it for
    want of a report. Money of projects given up counts as signed. -#}
{% macro project_money(projects) -%}
  {{ exact_sum(projects ~ '.contracted', 2) }} as contracted,
  {{ exact_sum(projects ~ '.arrived', 2) }} as arrived,
  100 * {{ safe_divide(
      exact_sum('case when ' ~ projects ~ '.contracted is not null then ' ~ projects ~ '.arrived end', 2),
      exact_sum('case when ' ~ projects ~ '.arrived is not null then ' ~ projects ~ '.contracted end', 2)
  ) }} as arrival_rate,
  count(case when {{ projects }}.arrived is not null then {{ projects }}.contracted end) as n_with_money
{%- endmacro %}
