{#- None of these columns is null. One test for a model, because each test costs more than its query every night. -#}
{% test filled(model, columns) %}
{%- for column in columns %}
{{ "union all" if not loop.first }}
select '{{ column }}' as empty_column, count(*) as empty_rows
from {{ model }}
where {{ column }} is null
having count(*) > 0
{%- endfor %}
{% endtest %}
