-- The indicators after the treatment of outliers and the transform. Winsorising goes step by step, which SQL does not: the step
-- `treat` (lib/index/steps.py) leaves the cells it changed in steps.treated.
select
    imputed.node_id,
    nodes.parent_id,
    nodes.level,
    imputed.area_id,
    imputed.period_id,
    periods.reference_id,
    periods.in_reference,
    coalesce(changed.value, imputed.value) as treated,
    imputed.reason as treated_reason,
    {{ transformed('coalesce(changed.value, imputed.value)', 'nodes.transform') }} as value,
    case
        when imputed.value is null then imputed.reason
        when {{ transformed('coalesce(changed.value, imputed.value)', 'nodes.transform') }} is null then 'domain'
    end as reason,
    imputed.imputation is not null as is_imputed,
    imputed.is_zero
from {{ ref('int_index__imputed') }} as imputed
inner join {{ ref('int_index__nodes') }} as nodes
    on imputed.node_id = nodes.node_id
inner join {{ ref('int_index__references') }} as periods
    on nodes.framework = periods.framework and imputed.period_id = periods.period_id
left join {{ source('steps', 'treated') }} as changed
    on
        imputed.node_id = changed.node_id
        and imputed.area_id = changed.area_id
        and imputed.period_id = changed.period_id
