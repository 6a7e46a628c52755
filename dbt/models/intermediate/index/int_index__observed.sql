-- The value of every indicator and denominator of every framework for each city and year, a row also where there is none.
select
    nodes.node_id,
    areas.area_id,
    periods.period_id,
    indicator_values.value,
    case
        when indicator_values.value is null then coalesce(indicator_values.reason, 'missing')
    end as reason,
    coalesce(indicator_values.derivation = 'structural_zero', false) as is_zero
from {{ ref('int_index__nodes') }} as nodes
inner join {{ ref('int_index__areas') }} as areas
    on nodes.framework = areas.framework
inner join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework
left join {{ ref('int_indicators__values') }} as indicator_values
    on
        nodes.code = indicator_values.indicator
        and areas.ref_area = indicator_values.ref_area
        and periods.time_period = indicator_values.time_period
        and indicator_values.freq = 'A'
where nodes.type in ('indicator', 'denominator')
