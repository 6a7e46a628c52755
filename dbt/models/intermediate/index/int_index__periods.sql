-- The years that the indicators of each framework reach; `position` counts years, for gaps.
with years as (

    select distinct nodes.framework, indicator_values.time_period
    from {{ ref('int_indicators__values') }} as indicator_values
    inner join {{ ref('int_index__nodes') }} as nodes
        on indicator_values.indicator = nodes.code
    inner join {{ ref('int_indicators') }} as indicators
        on indicator_values.indicator = indicators.indicator
    where
        indicator_values.freq = 'A'
        and nodes.type = 'indicator'
        and indicator_values.time_period >= indicators.annual_since

)

select
    years.framework,
    cast(dense_rank() over (order by years.time_period) as int) as period_id,
    years.time_period,
    cast(years.time_period as int) as position
from years
