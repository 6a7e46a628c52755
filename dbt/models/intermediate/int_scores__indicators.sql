-- The score of every indicator of every framework, for the nine cities by year: where its value lies between its goalposts.
with leaves as (

    select
        nodes.framework,
        nodes.code,
        nodes.parent,
        nodes.weight,
        nodes.direction,
        nodes.goalpost_low,
        nodes.goalpost_high,
        settings.range_low,
        settings.range_high,
        settings.clip
    from {{ source('declared', 'framework_nodes') }} as nodes
    inner join {{ source('declared', 'framework_settings') }} as settings
        on nodes.framework = settings.framework
    where nodes.type = 'indicator'

),

years as (

    select distinct indicator_values.time_period
    from {{ ref('int_indicators__values') }} as indicator_values
    inner join leaves
        on indicator_values.indicator = leaves.code
    inner join {{ ref('int_indicators') }} as indicators
        on indicator_values.indicator = indicators.indicator
    where indicator_values.freq = 'A' and indicator_values.time_period >= indicators.annual_since

),

placed as (

    select
        leaves.framework,
        cities.ref_area,
        years.time_period,
        leaves.code,
        leaves.parent,
        leaves.weight,
        leaves.direction,
        leaves.goalpost_low,
        leaves.goalpost_high,
        leaves.range_low,
        leaves.range_high,
        leaves.clip,
        indicator_values.value,
        indicator_values.obs_status,
        coalesce(indicator_values.derivation = 'structural_zero', false) as is_structural_zero,
        coalesce(indicator_values.reason, case when indicator_values.indicator is null then 'missing' end) as reason,
        case
            when leaves.direction = 1
                then (indicator_values.value - leaves.goalpost_low) / (leaves.goalpost_high - leaves.goalpost_low)
            else (leaves.goalpost_high - indicator_values.value) / (leaves.goalpost_high - leaves.goalpost_low)
        end as unit_score
    from leaves
    cross join {{ ref('int_cities') }} as cities
    cross join years
    left join {{ ref('int_indicators__values') }} as indicator_values
        on
            leaves.code = indicator_values.indicator
            and cities.ref_area = indicator_values.ref_area
            and years.time_period = indicator_values.time_period
            and indicator_values.freq = 'A'

)

select
    framework,
    ref_area,
    time_period,
    code,
    parent,
    weight,
    direction,
    goalpost_low,
    goalpost_high,
    value,
    coalesce(obs_status, 'O') as obs_status,
    is_structural_zero,
    reason,
    unit_score < 0 or unit_score > 1 as is_beyond_goalposts,
    -- Not greatest and least: these skip nulls, and a missing value would score the full range.
    range_low + (range_high - range_low)
    * case when clip and unit_score < 0 then 0 when clip and unit_score > 1 then 1 else unit_score end as score
from placed
