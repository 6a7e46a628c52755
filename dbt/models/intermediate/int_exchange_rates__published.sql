-- Yuan per US dollar as published: the preferred yearly and monthly averages, with the observation each was read from.
with candidates as (

    select
        observations.freq,
        observations.time_period,
        observations.base_value as rate,
        observations.observation_id,
        observations.published_on,
        observations.published_basis,
        row_number() over (
            partition by observations.freq, observations.time_period
            order by preference.rank, observations.source_id, observations.observation_id
        ) as choice
    from {{ ref('int_observations__vintages') }} as observations
    inner join {{ source('declared', 'preference') }} as preference
        on
            observations.series = preference.series
            and observations.source_id = preference.source_id
            and observations.time_period >= coalesce(preference.period_from, '0000')
            and substr(observations.time_period, 1, length(coalesce(preference.period_to, '9999')))
            <= coalesce(preference.period_to, '9999')
    where
        observations.series = 'fx_usd_cny'
        and observations.is_latest
        -- Nothing is converted at a rate of nothing.
        and observations.base_value > 0

)

select freq, time_period, rate, observation_id, published_on, published_basis from candidates where choice = 1
