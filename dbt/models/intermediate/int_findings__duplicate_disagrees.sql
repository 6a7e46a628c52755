-- One figure that a source released twice on one day, in two files, with different values: the file that sorts last counts, but
-- nothing says that it is the better one.
with figures as (

    select * from {{ ref('int_figures') }} where correction_id is null

),

released as (

    select * from {{ ref('int_observations__vintages') }} where vintage = 'released' and correction_id is null and not is_held

)

select
    {{ finding(
        'duplicate_disagrees', "'warn'", 'figures', 'rivals.base_value',
        "subject_zh || '印' || amount_zh || '，同日另一文件 ' || rivals.source_file || ' 印' || "
        ~ amount_zh('rivals.base_value', 'rivals.base_unit', 'series.display_unit_zh', 'series.display_mult')
        ~ " || '：采用前者；请核对哪一个正确，撤去另一个。'"
    ) }}
from figures
inner join released as own
    on figures.observation_id = own.observation_id
inner join released as rivals
    on
        own.source_id = rivals.source_id
        and own.series = rivals.series
        and own.ref_area = rivals.ref_area
        and own.freq = rivals.freq
        and own.time_period = rivals.time_period
        and own.period_basis = rivals.period_basis
        and own.published_on = rivals.published_on
        and own.source_file <> rivals.source_file
inner join {{ source('declared', 'series') }} as series
    on figures.series = series.series
where
    rivals.counterpart is null
    and own.base_unit = rivals.base_unit
    and abs(own.base_value - rivals.base_value)
    > {{ threshold('rounding_steps') }} * (own.printed_step + rivals.printed_step)
