-- From each published value to the cells it rests on: one row for each observation (or declared structural zero) below it.
with inputs as (

    select
        indicator_values.indicator,
        indicator_values.ref_area,
        indicator_values.freq,
        indicator_values.time_period,
        indicator_values.period_basis,
        inputs.role,
        inputs.series,
        inputs.source_id,
        inputs.derivation,
        inputs.declared_line,
        -- Where the value is in yuan (a ratio, or a series kept in yuan), dollars pass through a rate.
        indicators.denominator is not null or indicators.unit = 'CNY' as is_in_yuan
    from {{ ref('int_indicators__values') }} as indicator_values
    inner join {{ ref('int_indicators') }} as indicators
        on indicator_values.indicator = indicators.indicator
    inner join {{ ref('int_indicators__inputs') }} as inputs
        on
            indicator_values.indicator = inputs.indicator
            and indicator_values.ref_area = inputs.ref_area
            and indicator_values.freq = inputs.freq
            and indicator_values.time_period = inputs.time_period
            and indicator_values.period_basis = inputs.period_basis
    where indicator_values.value is not null

),

observations as (

    select * from {{ ref('int_observations__converted') }}

),

parts as (

    select inputs.*, parts.observation_id, parts.sign
    from inputs
    inner join {{ ref('int_series__parts') }} as parts
        on
            inputs.source_id = parts.source_id
            and inputs.series = parts.series
            and inputs.ref_area = parts.ref_area
            and inputs.freq = parts.freq
            and inputs.time_period = parts.time_period
            and inputs.period_basis = parts.period_basis
            and inputs.derivation = parts.derivation

),

rates as (

    select
        parts.indicator,
        parts.ref_area,
        parts.time_period,
        'exchange_rate' as role,
        'published' as derivation,
        rates.observation_id,
        1 as sign
    from parts
    inner join observations
        on parts.observation_id = observations.observation_id
    inner join {{ ref('int_exchange_rates__published') }} as rates
        on
            observations.freq = rates.freq
            and (
                -- A month by difference passes through the rate of that month alone.
                (parts.derivation = 'difference' and parts.time_period = rates.time_period)
                or (observations.period_basis = 'period' and observations.time_period = rates.time_period)
                or (
                    parts.derivation <> 'difference'
                    and observations.period_basis = 'ytd'
                    and substr(observations.time_period, 1, 4) = substr(rates.time_period, 1, 4)
                    and rates.time_period <= observations.time_period
                )
            )
    where
        -- Yuan in a series kept in dollars pass through a rate too.
        (parts.is_in_yuan and observations.base_unit = 'USD')
        or (not parts.is_in_yuan and observations.base_unit <> observations.series_unit)

),

traced as (

    select indicator, ref_area, time_period, role, derivation, sign, observation_id from parts
    union
    select indicator, ref_area, time_period, role, derivation, sign, observation_id from rates

),

cells as (

    select
        traced.indicator,
        traced.ref_area,
        traced.time_period,
        traced.role,
        traced.derivation,
        traced.sign,
        observations.observation_id,
        observations.source_id,
        observations.series,
        observations.ref_area as obs_ref_area,
        observations.time_period as obs_time_period,
        observations.period_basis as obs_period_basis,
        observations.obs_value,
        observations.unit_measure,
        observations.unit_mult,
        observations.value_status as obs_status,
        observations.correction_id,
        observations.published_on,
        observations.published_basis,
        observations.source_file,
        observations.source_sha256,
        observations.source_locator
    from traced
    inner join observations
        on traced.observation_id = observations.observation_id

    union all

    select
        inputs.indicator,
        inputs.ref_area,
        inputs.time_period,
        inputs.role,
        inputs.derivation,
        1 as sign,
        cast(null as {{ dbt.type_string() }}) as observation_id,
        cast(null as {{ dbt.type_string() }}) as source_id,
        inputs.series,
        inputs.ref_area as obs_ref_area,
        inputs.time_period as obs_time_period,
        inputs.period_basis as obs_period_basis,
        cast(0 as double) as obs_value,
        series.unit_measure,
        0 as unit_mult,
        'A' as obs_status,
        cast(null as {{ dbt.type_string() }}) as correction_id,
        cast(null as date) as published_on,
        cast(null as {{ dbt.type_string() }}) as published_basis,
        structural.declared_in as source_file,
        structural.declared_sha256 as source_sha256,
        concat('line ', cast(structural.declared_line as {{ dbt.type_string() }})) as source_locator
    from inputs
    inner join {{ source('declared', 'structural') }} as structural
        on inputs.declared_line = structural.declared_line
    inner join {{ source('declared', 'series') }} as series
        on inputs.series = series.series

),

published as (

    select distinct
        'indicator_values' as table_name,
        cast(null as {{ dbt.type_string() }}) as framework,
        ref_area,
        time_period,
        indicator as code,
        indicator
    from cells

    union all

    select
        case when type = 'indicator' then 'indicator_scores' else 'index_scores' end as table_name,
        framework,
        ref_area,
        time_period,
        code,
        indicator
    from {{ ref('int_index__inputs') }}

)

select
    published.table_name,
    published.framework,
    published.ref_area,
    published.time_period,
    published.code,
    published.indicator,
    cells.role,
    cells.derivation,
    cells.sign,
    cells.observation_id,
    cells.source_id,
    cells.series,
    cells.obs_ref_area,
    cells.obs_time_period,
    cells.obs_period_basis,
    cells.obs_value,
    cells.unit_measure,
    cells.unit_mult,
    cells.obs_status,
    cells.correction_id,
    cells.published_on,
    cells.published_basis,
    cells.source_file,
    cells.source_sha256,
    cells.source_locator
from published
inner join cells
    on
        published.indicator = cells.indicator
        and published.ref_area = cells.ref_area
        and published.time_period = cells.time_period
