{#- None of these columns holds NaN or infinity: what cannot be computed is null with a reason. One test for a model, see filled. -#}
{% test finite(model, columns) %}
{%- for column in columns %}
{{ "union all" if not loop.first }}
select '{{ column }}' as column_at_fault, count(*) as rows_at_fault
from {{ model }}
where {{ column }} is not null and not {{ is_finite(column) }}
having count(*) > 0
{%- endfor %}
{% endtest %}
