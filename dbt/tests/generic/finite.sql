{#- Neither NaN nor infinity: what cannot be computed is null with a reason. -#}
{% test finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is not null and not {{ is_finite(column_name) }}
{% endtest %}
