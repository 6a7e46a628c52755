{#- A value, or the reason why there is none; never both and never neither. -#}
{% test value_or_reason(model, value, reason) %}
select *
from {{ model }}
where ({{ value }} is null) = ({{ reason }} is null)
{% endtest %}
