-- Whether the cities come together. No estimate across a break in a figure below, nor where a score rests on other indicators at other
-- times: such a line would measure the statistics and not the cities.
with breaks as (

    select distinct inputs.framework, inputs.code, inputs.time_period
    from {{ ref('int_index__inputs') }} as inputs
    inner join {{ ref('int_indicators__breaks') }} as breaks
        on
            inputs.indicator = breaks.indicator
            and inputs.ref_area = breaks.ref_area
            and inputs.time_period = breaks.time_period

),

rests_on as (

    select framework, ref_area, time_period, code, {{ text_list('indicator') }} as indicators
    from {{ ref('int_index__inputs') }}
    where not is_denominator
    group by framework, ref_area, time_period, code

),

broken as (

    select distinct found.framework, found.code, found.measure
    from {{ source('steps', 'convergence') }} as found
    inner join breaks
        on
            found.framework = breaks.framework
            and found.code = breaks.code
            and found.period_from < breaks.time_period
            and found.period_to >= breaks.time_period

),

changed as (

    select found.framework, found.code, found.measure
    from {{ source('steps', 'convergence') }} as found
    inner join rests_on
        on
            found.framework = rests_on.framework
            and found.code = rests_on.code
            and rests_on.time_period between found.period_from and found.period_to
    group by found.framework, found.code, found.measure, rests_on.ref_area
    having count(distinct rests_on.indicators) > 1

),

judged as (

    select
        found.*,
        coalesce(
            found.reason,
            case when broken.code is not null then 'break' when changed.code is not null then 'composition' end
        ) as why_not
    from {{ source('steps', 'convergence') }} as found
    left join broken
        on found.framework = broken.framework and found.code = broken.code and found.measure = broken.measure
    left join (
        select distinct framework, code, measure from changed
    ) as changed
        on found.framework = changed.framework and found.code = changed.code and found.measure = changed.measure

)

select
    framework,
    code,
    measure,
    period_from,
    period_to,
    n as n_points,
    {%- for column in ['estimate', 'se', 'p', 'speed', 'half_life'] %}
    case when why_not is null then {{ column }} end as {{ column }},
    {%- endfor %}
    why_not as reason
from judged
