-- Every numbered task of the documents that names units: who leads and who helps, until when, and how far it is.
with sides as (

    select
        measure_id,
        {{ ordered_text_list("case when side = 'lead' then unit_zh end", 'unit_order') }} as lead_units,
        {{ ordered_text_list("case when side = 'support' then unit_zh end", 'unit_order') }} as support_units,
        {{ ordered_text_list("case when side = 'responsible' then unit_zh end", 'unit_order') }} as responsible_units
    from {{ ref('int_measures__units') }}
    group by measure_id

),

promised as (

    select measure_id, {{ text_list('target_id') }} as target_ids
    from {{ source('declared', 'plan_measure_targets') }}
    group by measure_id

),

measured as (

    select measure_id, {{ text_list('series') }} as series_ids
    from {{ source('declared', 'plan_measure_series') }}
    group by measure_id

),

told as (

    select
        measure_id,
        status,
        reported_on,
        note_zh,
        row_number() over (partition by measure_id order by reported_on desc) as place
    from {{ source('declared', 'measure_status') }}
    where
        cast(reported_on as date)
        <= (select cast(build.reference_day as date) from {{ source('declared', 'build') }} as build)

)

select
    measures.measure_id,
    measures.document,
    measures.clause,
    measures.title_zh as measure_zh,
    measures.text_zh,
    sides.lead_units,
    sides.support_units,
    sides.responsible_units,
    cast(measures.deadline as date) as deadline,
    measures.deadline_zh,
    promised.target_ids,
    measured.series_ids,
    told.status as measure_status,
    cast(told.reported_on as date) as reported_on,
    told.note_zh as status_note_zh
from {{ source('declared', 'plan_measures') }} as measures
inner join sides
    on measures.measure_id = sides.measure_id
left join promised
    on measures.measure_id = promised.measure_id
left join measured
    on measures.measure_id = measured.measure_id
left join told
    on measures.measure_id = told.measure_id and told.place = 1
