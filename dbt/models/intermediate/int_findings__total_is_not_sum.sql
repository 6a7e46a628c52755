-- A total and its two flows in one file that contradict each other beyond the rounding of their last printed digits. Which of
-- the three is wrong, nobody can tell, so none of them is used.
with figures as (

    select * from {{ ref('int_figures') }} where correction_id is null

),

compared as (

    select
        totals.observation_id as total_id,
        one.observation_id as one_id,
        other.observation_id as other_id,
        totals.base_value as total,
        one.base_value as one_value,
        other.base_value as other_value,
        totals.subject_zh || '印' || totals.amount_zh || '，而两项之和为' || one.amount_zh || '＋' || other.amount_zh
        || '，相差超过尾数舍入；三个数暂不采用。请核对原文件该行，如属误印，登记于 seeds/corrections.csv。' as message_zh
    from figures as totals
    inner join {{ source('declared', 'series') }} as declared
        on totals.series = declared.series
    inner join figures as one
        on
            split_part(declared.sum_of, '+', 1) = one.series
            and totals.source_id = one.source_id
            and totals.source_file = one.source_file
            and totals.ref_area = one.ref_area
            and totals.time_period = one.time_period
            and totals.period_basis = one.period_basis
            and totals.base_unit = one.base_unit
    inner join figures as other
        on
            split_part(declared.sum_of, '+', 2) = other.series
            and totals.source_id = other.source_id
            and totals.source_file = other.source_file
            and totals.ref_area = other.ref_area
            and totals.time_period = other.time_period
            and totals.period_basis = other.period_basis
            and totals.base_unit = other.base_unit
    where
        abs(totals.base_value - one.base_value - other.base_value)
        > {{ threshold('rounding_steps') }} * (totals.printed_step + one.printed_step + other.printed_step)
        -- The noise of binary fractions in figures printed to the last digit.
        + 1e-9 * totals.base_value

),

judged as (

    select total_id as observation_id, one_value + other_value as expected, message_zh from compared
    union all
    select one_id as observation_id, total - other_value as expected, message_zh from compared
    union all
    select other_id as observation_id, total - one_value as expected, message_zh from compared

)

select
    {{ finding('total_is_not_sum', "'hold'", 'figures', 'judged.expected', 'judged.message_zh') }}
from judged
inner join figures
    on judged.observation_id = figures.observation_id
