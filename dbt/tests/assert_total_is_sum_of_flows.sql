-- Exports and imports add up to the total of the same file, within the rounding of its last printed digit.
with figures as (

    select
        source_id, source_file, series, ref_area, time_period, period_basis, base_value,
        power(cast(10 as double), unit_mult) as printed_unit
    from {{ ref('stg_observations') }}
    where counterpart is null and base_value is not null and not is_held and correction_id is null

),

compared as (

    select
        totals.source_id,
        totals.source_file,
        totals.ref_area,
        totals.time_period,
        totals.period_basis,
        totals.base_value,
        exports.base_value + imports.base_value as summed,
        totals.printed_unit
    from figures as totals
    inner join figures as exports
        on
            totals.source_id = exports.source_id
            and totals.source_file = exports.source_file
            and totals.ref_area = exports.ref_area
            and totals.time_period = exports.time_period
            and totals.period_basis = exports.period_basis
            and totals.printed_unit = exports.printed_unit
            and exports.series = 'trade_export'
    inner join figures as imports
        on
            totals.source_id = imports.source_id
            and totals.source_file = imports.source_file
            and totals.ref_area = imports.ref_area
            and totals.time_period = imports.time_period
            and totals.period_basis = imports.period_basis
            and totals.printed_unit = imports.printed_unit
            and imports.series = 'trade_import'
    where totals.series = 'trade_total'

)

select *
from compared
-- Whole units of 10,000 yuan in the customs table; one printed decimal of 100 million yuan or billion yuan elsewhere.
where abs(base_value - summed) > case when printed_unit >= 1e8 then 0.15 * printed_unit else 2.0 * printed_unit end
