-- Who answers for each task: the units in the lead, and those responsible where a bracket of the task names no lead.
with units as (

    select
        units.measure_id,
        units.part,
        units.side,
        units.unit_order,
        names.unit_zh
    from {{ source('declared', 'plan_measure_units') }} as units
    inner join {{ source('declared', 'plan_measures') }} as measures
        on units.measure_id = measures.measure_id
    inner join {{ source('declared', 'plan_unit_names') }} as names
        on measures.document = names.document and units.printed_name = names.printed_name

),

led as (

    select distinct measure_id, part from units where side = 'lead'

)

select
    units.measure_id,
    units.unit_zh,
    min(units.unit_order) as unit_order
from units
left join led
    on units.measure_id = led.measure_id and units.part = led.part
where units.side = 'lead' or (units.side = 'responsible' and led.measure_id is null)
group by units.measure_id, units.unit_zh
