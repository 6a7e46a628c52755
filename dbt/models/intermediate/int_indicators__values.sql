-- One value for each indicator, area and period, with the reason where there is none.
with numerators as (

    select * from {{ ref('int_indicators__inputs') }} where role = 'numerator'

),

denominators as (

    select * from {{ ref('int_indicators__inputs') }} where role = 'denominator'

),

joined as (

    select
        grid.indicator,
        grid.ref_area,
        grid.freq,
        grid.time_period,
        grid.period_basis,
        indicators.denominator,
        indicators.scale,
        numerators.derivation,
        numerators.source_id as numerator_source,
        denominators.source_id as denominator_source,
        -- Dollars in a ratio pass through a rate, which may be younger than the figure.
        case
            when rates.published_on > numerators.published_on then rates.published_on else numerators.published_on
        end as numerator_published_on,
        denominators.published_on as denominator_published_on,
        case
            when rates.published_on > numerators.published_on then rates.published_basis else numerators.published_basis
        end as numerator_basis,
        denominators.published_basis as denominator_basis,
        numerators.obs_status as numerator_status,
        denominators.obs_status as denominator_status,
        coalesce(numerators.is_held, false) as is_held,
        -- A ratio of money to money or to people is taken in yuan; without a rate there is none, for dollars are not yuan.
        case
            when indicators.denominator is not null and above.unit_measure in ('CNY', 'USD') then numerators.value_cny
            else numerators.value
        end as numerator_value,
        case
            when below.unit_measure in ('CNY', 'USD') then denominators.value_cny else denominators.value
        end as denominator_value
    from {{ ref('int_indicators__grid') }} as grid
    inner join {{ ref('int_indicators') }} as indicators
        on grid.indicator = indicators.indicator
    inner join {{ source('declared', 'series') }} as above
        on indicators.numerator = above.series
    left join {{ source('declared', 'series') }} as below
        on indicators.denominator = below.series
    left join numerators
        on
            grid.indicator = numerators.indicator
            and grid.ref_area = numerators.ref_area
            and grid.freq = numerators.freq
            and grid.time_period = numerators.time_period
    left join {{ ref('int_exchange_rates') }} as rates
        on
            indicators.denominator is not null
            and above.unit_measure = 'USD'
            and grid.freq = rates.freq
            and grid.time_period = rates.time_period
            and grid.period_basis = rates.period_basis
    left join denominators
        on
            grid.indicator = denominators.indicator
            and grid.ref_area = denominators.ref_area
            and grid.freq = denominators.freq
            and grid.time_period = denominators.time_period

),

computed as (

    select
        *,
        case
            when denominator is null then numerator_value
            else {{ safe_divide('scale * numerator_value', 'denominator_value') }}
        end as value
    from joined

)

select
    indicator,
    ref_area,
    freq,
    time_period,
    period_basis,
    value,
    case
        when value is not null then null
        when numerator_value is null and numerator_status = 'M' then 'not_applicable'
        when numerator_value is null and is_held then 'unit_doubt'
        when numerator_value is null then 'missing'
        else 'bad_denominator'
    end as reason,
    case
        when value is null and numerator_status in ('L', 'M') then numerator_status
        when value is null then 'O'
        when numerator_status = 'E' or denominator_status = 'E' then 'E'
        when numerator_status = 'P' or denominator_status = 'P' then 'P'
        else 'A'
    end as obs_status,
    case when denominator is null then derivation when value is not null then 'ratio' end as derivation,
    numerator_value,
    denominator_value,
    -- A gap rests on nothing, so it names no source and no vintage.
    case
        when value is null then null
        when denominator_source is null or denominator_source = numerator_source then numerator_source
        else concat(numerator_source, '；', denominator_source)
    end as source_id,
    case
        when value is null then null
        else greatest(
            coalesce(numerator_published_on, denominator_published_on),
            coalesce(denominator_published_on, numerator_published_on)
        )
    end as published_on,
    case
        when value is null then null
        when denominator_published_on is null or numerator_published_on >= denominator_published_on then numerator_basis
        else denominator_basis
    end as published_basis
from computed
