-- The units of each task by their one name, each once for each side, in printed order.
select
    units.measure_id,
    units.side,
    names.unit_zh,
    min(units.unit_order) as unit_order
from {{ source('declared', 'plan_measure_units') }} as units
inner join {{ source('declared', 'plan_measures') }} as measures
    on units.measure_id = measures.measure_id
inner join {{ source('declared', 'plan_unit_names') }} as names
    on measures.document = names.document and units.printed_name = names.printed_name
group by units.measure_id, units.side, names.unit_zh
