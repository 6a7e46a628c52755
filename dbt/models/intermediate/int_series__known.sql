-- Beside the latest release of every value: what it was when first released, and what is best known of it today, which may be
-- what a later file implies.
with observations as (

    select * from {{ ref('int_observations__converted') }} where counterpart is null

),

vintages as (

    select *
    from {{ ref('int_observations__known') }}
    where counterpart is null and (is_first or is_best_known)

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
        end as value,
        case
            when vintages.base_value > 0 and observations.base_value > 0
                then vintages.base_value / observations.base_value
        end as ratio
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
        -- A first release in a mistaken unit, released right since, is the base of nothing.
        case when {{ unit_jump('first_known.ratio', 'cast(null as double)') }} is null then first_known.value end as first_value,
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
        {{ value_of_parts('first_value') }} as first_value,
        {{ value_of_parts('best_value') }} as best_value,
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
