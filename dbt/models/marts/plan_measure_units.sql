-- The units of each task, as printed and by their one name.
select
    units.measure_id,
    units.unit_order,
    units.part,
    units.side,
    names.unit_zh,
    units.printed_name
from {{ source('declared', 'plan_measure_units') }} as units
inner join {{ source('declared', 'plan_measures') }} as measures
    on units.measure_id = measures.measure_id
inner join {{ source('declared', 'plan_unit_names') }} as names
    on measures.document = names.document and units.printed_name = names.printed_name
