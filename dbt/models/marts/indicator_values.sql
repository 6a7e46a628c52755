-- One value for each indicator, area and period; a gap is a row without value and with a reason.
select
    indicator_values.ref_area,
    indicator_values.time_period,
    indicator_values.indicator,
    indicator_values.freq,
    indicator_values.period_basis,
    indicator_values.value,
    indicators.unit,
    indicator_values.obs_status,
    indicator_values.reason,
    breaks.indicator is not null as is_break,
    indicator_values.derivation,
    indicator_values.numerator_value,
    indicator_values.denominator_value,
    indicator_values.source_id,
    indicator_values.published_on,
    indicator_values.published_basis
from {{ ref('int_indicators__values') }} as indicator_values
inner join {{ ref('int_indicators') }} as indicators
    on indicator_values.indicator = indicators.indicator
left join {{ ref('int_indicators__breaks') }} as breaks
    on
        indicator_values.indicator = breaks.indicator
        and indicator_values.ref_area = breaks.ref_area
        and indicator_values.time_period = breaks.time_period
