-- One row for each node of each framework: its place in the tree, weight and goalposts, and the settings of the framework.
select
    nodes.framework,
    settings.title_zh as framework_zh,
    settings.version,
    settings.official,
    settings.valid_from,
    nodes.code,
    nodes.name_zh,
    nodes.name_en,
    nodes.type as node_type,
    nodes.level,
    nodes.parent,
    nodes.weight,
    nodes.direction,
    nodes.normalisation,
    nodes.aggregation,
    nodes.unit,
    nodes.goalpost_low,
    nodes.goalpost_high,
    nodes.min_coverage,
    nodes.weight_reason_zh,
    nodes.goalposts_reason_zh
from {{ source('declared', 'framework_nodes') }} as nodes
inner join {{ source('declared', 'framework_settings') }} as settings
    on nodes.framework = settings.framework
