{#- A missing figure has a status that says so, and only a missing figure. -#}
{% test value_fits_status(model, value, status) %}
select *
from {{ model }}
where ({{ value }} is null) <> ({{ status }} in ('L', 'M', 'O'))
{% endtest %}
