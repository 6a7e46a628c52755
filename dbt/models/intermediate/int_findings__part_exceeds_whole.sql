-- A zone above its city, a city above its province, a province above the nation, a facility above its city: of one source and
-- period, and of years across sources.
with held as (

    {{ held_figures() }}

),

figures as (

    select * from {{ ref('int_figures') }}
    -- What is not used need not be told twice, nor as the fault of what is compared with it.
    where kind = 'flow' and correction_id is null and observation_id not in (select held.observation_id from held)

),

containment as (

    select ref_area as part, parent as whole from {{ source('declared', 'areas') }} where parent is not null
    union
    select facility as part, city as whole from {{ source('declared', 'facilities') }} where counts_for_city = 1
    union
    select facility as part, part_of as whole from {{ source('declared', 'facilities') }} where part_of is not null

),

compared as (

    select
        parts.*,
        wholes.base_value as whole_value,
        wholes.source_id as whole_source,
        wholes.subject_zh as whole_subject_zh,
        wholes.amount_zh as whole_amount_zh,
        row_number() over (
            partition by parts.observation_id, wholes.ref_area
            order by case when wholes.source_id = parts.source_id then 0 else 1 end, wholes.base_value desc, wholes.source_id
        ) as choice
    from figures as parts
    inner join containment
        on parts.ref_area = containment.part
    inner join figures as wholes
        on
            containment.whole = wholes.ref_area
            and containment.whole <> parts.ref_area
            and parts.series = wholes.series
            and parts.freq = wholes.freq
            and parts.time_period = wholes.time_period
            and parts.period_basis = wholes.period_basis
            and parts.base_unit = wholes.base_unit
            and (parts.source_id = wholes.source_id or parts.freq = 'A')
    where
        parts.base_value - wholes.base_value
        > {{ threshold('rounding_steps') }} * (parts.printed_step + wholes.printed_step)

)

select
    {{ finding(
        'part_exceeds_whole', "'warn'", 'compared', 'compared.whole_value',
        "subject_zh || '为' || amount_zh || '，大于' || whole_subject_zh || '的' || whole_amount_zh"
        ~ " || '（' || whole_source || '）：部分不应大于整体。照用，请核对地区范围与单位。'"
    ) }}
from compared
where choice = 1
