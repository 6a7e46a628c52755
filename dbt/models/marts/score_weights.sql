-- The weight of every node inside its parent and down from the index, as used: declared, or found from the data of the reference set.
-- Declared weights are one set also where each period is a reference set of its own.
select distinct
    nodes.framework,
    settings.version,
    nodes.code,
    case when weights.by_period then periods.time_period end as time_period,
    nodes.parent,
    weights.weight,
    weights.effective_weight,
    weights.method_value,
    weights.flag
from {{ ref('int_index__weights') }} as weights
inner join {{ ref('int_index__nodes') }} as nodes
    on weights.node_id = nodes.node_id
inner join {{ ref('int_index__frameworks') }} as settings
    on nodes.framework = settings.framework
left join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and weights.reference_id = periods.period_id
