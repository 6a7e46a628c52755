-- The figure of a target's own year as it was first known from any source that the project admits.
with firsts as (

    -- The day on which the last part of a value was first released.
    select
        parts.source_id,
        parts.series,
        parts.ref_area,
        parts.freq,
        parts.time_period,
        parts.derivation,
        max(known.published_on) as first_known_on
    from {{ ref('int_series__parts') }} as parts
    inner join {{ ref('int_observations__converted') }} as observations
        on parts.observation_id = observations.observation_id
    inner join {{ ref('int_observations__known') }} as known
        on
            observations.source_id = known.source_id
            and observations.series = known.series
            and observations.ref_area = known.ref_area
            and observations.freq = known.freq
            and observations.time_period = known.time_period
            and observations.period_basis = known.period_basis
            and known.counterpart is null
            and known.is_first
    where parts.freq = 'A' and parts.period_basis = 'period'
    group by parts.source_id, parts.series, parts.ref_area, parts.freq, parts.time_period, parts.derivation

),

ordered as (

    select
        targets.target_id,
        latest.source_id,
        known.first_value,
        firsts.first_known_on,
        row_number() over (partition by targets.target_id order by firsts.first_known_on, latest.source_id) as place
    from {{ ref('int_targets') }} as targets
    inner join {{ ref('int_series__values') }} as latest
        on
            targets.series = latest.series
            and targets.ref_area = latest.ref_area
            and latest.freq = 'A'
            and latest.period_basis = 'period'
            and targets.target_period = latest.time_period
    inner join {{ ref('int_series__known') }} as known
        on
            latest.source_id = known.source_id
            and latest.series = known.series
            and latest.ref_area = known.ref_area
            and latest.freq = known.freq
            and latest.time_period = known.time_period
            and latest.period_basis = known.period_basis
    inner join firsts
        on
            latest.source_id = firsts.source_id
            and latest.series = firsts.series
            and latest.ref_area = firsts.ref_area
            and latest.freq = firsts.freq
            and latest.time_period = firsts.time_period
            and latest.derivation = firsts.derivation
    where
        targets.target_kind in ('level', 'ceiling', 'range')
        and known.first_value is not null
        and exists (
            select 1 from {{ source('declared', 'preference') }} as preference
            where
                preference.series = latest.series
                and preference.source_id = latest.source_id
                and preference.ref_area in ('*', latest.ref_area)
                and latest.time_period >= coalesce(preference.period_from, '0000')
                and latest.time_period <= substr(coalesce(preference.period_to, '9999'), 1, 4)
        )

)

select target_id, source_id, first_value, first_known_on from ordered where place = 1
