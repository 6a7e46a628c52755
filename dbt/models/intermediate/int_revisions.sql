-- Each change from one vintage of an observation to the next: of released figures among themselves, and from what was best known
-- to what a later file implies (derived).
with chained as (

    select
        *,
        lag(observation_id) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
            order by vintage_number
        ) as known_before,
        lag(observation_id) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis, vintage
            order by vintage_number
        ) as released_before
    from {{ ref('int_observations__known') }}
    where base_value is not null

),

changes as (

    select
        newer.observation_id,
        newer.source_id,
        newer.series,
        newer.ref_area,
        newer.freq,
        newer.time_period,
        newer.period_basis,
        newer.counterpart,
        newer.vintage,
        older.base_value as old_value,
        newer.base_value as new_value,
        newer.base_unit as unit,
        newer.base_value - older.base_value as difference,
        -- Each of the figures compared is off by half its last printed digit at most.
        greatest(newer.printed_step, older.printed_step) as rounding,
        series.usual_revision,
        older.published_on as old_published_on,
        newer.published_on as new_published_on,
        older.source_file as old_source_file,
        newer.source_file as new_source_file,
        older.source_sha256 as old_source_sha256,
        newer.source_sha256 as new_source_sha256,
        older.source_locator as old_source_locator,
        newer.source_locator as new_source_locator
    from chained as newer
    inner join chained as older
        on older.observation_id = case
            when newer.vintage = 'released' then newer.released_before else newer.known_before
        end
    inner join {{ source('declared', 'series') }} as series
        on newer.series = series.series
    where newer.base_unit = older.base_unit

)

select
    observation_id,
    source_id,
    series,
    ref_area,
    freq,
    time_period,
    period_basis,
    counterpart,
    vintage,
    old_value,
    new_value,
    unit,
    difference,
    case when old_value <> 0 then difference / abs(old_value) end as relative,
    rounding,
    coalesce(
        abs(difference) > rounding * (1 + 1e-6) and abs(difference) > usual_revision / 100 * abs(old_value), false
    ) as is_unusual,
    usual_revision,
    old_published_on,
    new_published_on,
    old_source_file,
    new_source_file,
    old_source_sha256,
    new_source_sha256,
    old_source_locator,
    new_source_locator
from changes
where
    -- The noise of binary fractions is no change, and what rounding explains of a derived figure is none either.
    abs(difference) > case when vintage = 'released' then 1e-14 * abs(old_value) else rounding * (1 + 1e-6) end
