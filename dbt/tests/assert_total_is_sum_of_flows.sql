-- No total and its flows of one file that are used contradict each other beyond the rounding of their last printed digits.
with used as (

    select * from {{ ref('int_observations__converted') }}
    where counterpart is null and value is not null and correction_id is null

)

select
    totals.source_id,
    totals.source_file,
    totals.ref_area,
    totals.time_period,
    totals.period_basis,
    totals.base_value,
    one.base_value + other.base_value as summed
from used as totals
inner join {{ source('declared', 'series') }} as declared
    on totals.series = declared.series
inner join used as one
    on
        split_part(declared.sum_of, '+', 1) = one.series
        and totals.source_id = one.source_id
        and totals.source_file = one.source_file
        and totals.ref_area = one.ref_area
        and totals.time_period = one.time_period
        and totals.period_basis = one.period_basis
        and totals.base_unit = one.base_unit
inner join used as other
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
    + 1e-9 * totals.base_value
