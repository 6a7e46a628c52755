-- A ratio can be recomputed from its numerator and denominator as published beside it.
select
    indicator_values.ref_area,
    indicator_values.time_period,
    indicator_values.indicator
from {{ ref('indicator_values') }} as indicator_values
inner join {{ ref('dim_indicator') }} as indicators
    on indicator_values.indicator = indicators.indicator
where
    indicators.denominator is not null
    and indicator_values.value is not null
    and not coalesce(
        abs(
            indicator_values.value * indicator_values.denominator_value
            - indicators.scale * indicator_values.numerator_value
        ) <= 1e-9 * abs(indicators.scale * indicator_values.numerator_value),
        false
    )
