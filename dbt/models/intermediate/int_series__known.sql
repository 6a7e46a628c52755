-- Beside the latest release of every value: what it was when first released, and what is best known of it today, which may be
-- what a later file implies.
with observations as (

    select * from {{ ref('int_observations__converted') }} where counterpart is null

),

-- A file with a held figure of a series and area is no witness of what came before it.
doubtful as (

    select distinct source_id, source_file, series, ref_area from observations where is_held

),

vintages as (

    select vintages.*
    from {{ ref('int_observations__vintages') }} as vintages
    left join doubtful
        on
            vintages.vintage = 'derived'
            and vintages.source_id = doubtful.source_id
            and vintages.source_file = doubtful.source_file
            and vintages.series = doubtful.series
            and vintages.ref_area = doubtful.ref_area
    where
        vintages.counterpart is null
        and (vintages.is_first or vintages.is_best_known)
        and doubtful.series is null

),

restated as (

    select
        observations.observation_id,
        vintages.vintage,
        vintages.is_first,
        vintages.is_best_known,
        case
            when observations.exchange_rate is null then vintages.base_value
            when observations.base_unit = 'USD' then vintages.base_value * observations.exchange_rate
            else vintages.base_value / observations.exchange_rate
        end as value
    from observations
    inner join vintages
        on
            observations.source_id = vintages.source_id
            and observations.series = vintages.series
            and observations.ref_area = vintages.ref_area
            and observations.freq = vintages.freq
            and observations.time_period = vintages.time_period
            and observations.period_basis = vintages.period_basis
            and observations.base_unit = vintages.base_unit

),

parts as (

    select
        parts.*,
        first_known.value as first_value,
        best_known.value as best_value,
        best_known.vintage
    from {{ ref('int_series__parts') }} as parts
    left join restated as first_known
        on parts.observation_id = first_known.observation_id and first_known.is_first
    left join restated as best_known
        on parts.observation_id = best_known.observation_id and best_known.is_best_known

),

summed as (

    select
        source_id,
        series,
        ref_area,
        freq,
        time_period,
        period_basis,
        derivation,
        case
            when count(first_value) < max(parts_needed) then null
            when max(parts_needed) = 1 then max(first_value)
            when min(sign) = -1
                then max(case when sign = 1 then first_value end) - max(case when sign = -1 then first_value end)
            else {{ exact_sum('first_value') }}
        end as first_value,
        case
            when count(best_value) < max(parts_needed) then null
            when max(parts_needed) = 1 then max(best_value)
            else {{ exact_sum('best_value') }}
        end as best_value,
        max(case when vintage = 'derived' then 1 else 0 end) = 1 as is_derived,
        coalesce(min(sign), 1) = -1 as is_difference
    from parts
    group by source_id, series, ref_area, freq, time_period, period_basis, derivation

)

select
    latest.source_id,
    latest.series,
    latest.ref_area,
    latest.freq,
    latest.time_period,
    latest.period_basis,
    latest.value as latest_value,
    summed.first_value,
    -- What is implied is implied of a cumulative as a whole: no month is taken from it. And it vouches for no held figure.
    case
        when latest.value is null or summed.is_difference or not summed.is_derived then latest.value
        else summed.best_value
    end as best_value,
    case
        when latest.value is null then null
        when summed.is_derived and not summed.is_difference then 'derived'
        else 'released'
    end as vintage
from {{ ref('int_series__values') }} as latest
inner join summed
    on
        latest.source_id = summed.source_id
        and latest.series = summed.series
        and latest.ref_area = summed.ref_area
        and latest.freq = summed.freq
        and latest.time_period = summed.time_period
        and latest.period_basis = summed.period_basis
        and latest.derivation = summed.derivation
