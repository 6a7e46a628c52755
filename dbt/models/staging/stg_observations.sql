-- Every landed figure in base units, with typed periods and with corrections applied and flagged.
with landed as (

    select * from {{ source('landing', 'observations') }}

),

corrections as (

    select
        corrections.correction_id,
        corrections.action,
        corrections.source_id,
        corrections.source_file,
        corrections.series,
        corrections.ref_area,
        corrections.time_period,
        corrections.period_basis,
        corrections.wrong_value,
        wrong.unit_measure as wrong_measure,
        wrong.unit_mult as wrong_mult,
        corrections.right_value,
        fitting.unit_measure as right_measure,
        fitting.unit_mult as right_mult,
        corrections.right_status
    from {{ source('declared', 'corrections') }} as corrections
    inner join {{ source('declared', 'units') }} as wrong
        on corrections.wrong_unit = wrong.unit
    left join {{ source('declared', 'units') }} as fitting
        on corrections.right_unit = fitting.unit

),

matched as (

    select
        landed.*,
        corrections.correction_id,
        coalesce(corrections.action = 'hold', false) as is_held,
        case
            when corrections.correction_id is null then landed.obs_value
            when corrections.action = 'correct' then corrections.right_value
        end as right_value,
        coalesce(corrections.right_measure, landed.unit_measure) as right_measure,
        coalesce(corrections.right_mult, landed.unit_mult) as right_mult,
        coalesce(corrections.right_status, landed.obs_status) as right_status
    from landed
    left join corrections
        on
            landed.source_id = corrections.source_id
            and landed.source_file = corrections.source_file
            and landed.series = corrections.series
            and landed.ref_area = corrections.ref_area
            and landed.time_period = corrections.time_period
            and landed.period_basis = corrections.period_basis
            -- A correction is of the series itself, not of its parts by partner or product.
            and landed.counterpart is null
            and landed.obs_value = corrections.wrong_value
            and landed.unit_measure = corrections.wrong_measure
            and landed.unit_mult = corrections.wrong_mult

),

typed as (

    select
        *,
        cast(substr(time_period, 1, 4) as int) as year,
        case
            when freq = 'A' then 12
            when freq = 'Q' then 3 * cast(substr(time_period, 7, 1) as int)
            else cast(substr(time_period, 6, 2) as int)
        end as last_month
    from matched

)

select
    {{ observation_id() }} as observation_id,
    source_id,
    series,
    ref_area,
    counterpart,
    freq,
    time_period,
    period_basis,
    make_date(
        year,
        case when freq = 'A' or period_basis = 'ytd' then 1 when freq = 'Q' then last_month - 2 else last_month end,
        1
    ) as period_start,
    last_day(make_date(year, last_month, 1)) as period_end,
    obs_value,
    unit_measure,
    unit_mult,
    right_value * power(cast(10 as double), right_mult) as base_value,
    right_measure as base_unit,
    obs_status as published_status,
    right_status as obs_status,
    obs_break,
    correction_id,
    is_held,
    published_on,
    published_basis,
    source_file,
    source_sha256,
    source_locator
from typed
