-- All vintages after the checks: a held figure has no value, and a file with a held figure of a series and area is no witness of
-- the cumulative before. With the days on which a derived vintage is valid, and which vintage is the best known.
with held as (

    select observation_id, source_id, source_file, series, ref_area
    from {{ ref('int_observations__converted') }}
    where is_held

),

doubtful as (

    select distinct source_id, source_file, series, ref_area from held

),

sifted as (

    select
        vintages.*,
        case when held.observation_id is null then vintages.base_value end as sound_value
    from {{ ref('int_observations__vintages') }} as vintages
    left join held
        on vintages.observation_id = held.observation_id
    left join doubtful
        on
            vintages.vintage = 'derived'
            and vintages.source_id = doubtful.source_id
            and vintages.source_file = doubtful.source_file
            and vintages.series = doubtful.series
            and vintages.ref_area = doubtful.ref_area
    where doubtful.series is null

),

followed as (

    select
        *,
        min(published_on) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
            order by vintage_number
            rows between 1 following and unbounded following
        ) as next_known_on,
        max(vintage_number) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as last_known,
        max(case when is_latest then sound_value end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as released_value,
        max(case when is_latest then base_unit end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as released_unit,
        max(case when is_latest then printed_step end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as released_step
    from sifted

),

compared as (

    select
        *,
        -- What rounding explains is no change (int_revisions): the last release is borne out and stays.
        max(
            case
                when
                    vintage = 'derived'
                    and vintage_number = last_known
                    and base_unit = released_unit
                    and abs(sound_value - released_value) <= greatest(printed_step, released_step) * (1 + 1e-6)
                    then 1
                else 0
            end
        ) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) = 1 as is_borne_out
    from followed

)

select
    observation_id,
    source_id,
    series,
    ref_area,
    counterpart,
    freq,
    time_period,
    period_basis,
    obs_value,
    unit_measure,
    unit_mult,
    sound_value as base_value,
    base_unit,
    printed_step,
    published_status,
    published_on,
    published_basis,
    source_file,
    source_sha256,
    source_locator,
    vintage,
    vintage_number,
    valid_from,
    case when vintage = 'released' then valid_to else next_known_on end as valid_to,
    is_first,
    is_latest,
    case when is_borne_out then is_latest else vintage_number = last_known end as is_best_known
from compared
