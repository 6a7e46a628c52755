-- Index and pillars: score, rank among cities that can be compared, change where both years rest on the same, and what is missing.
with scores as (

    select
        nodes.framework,
        areas.ref_area,
        periods.time_period,
        nodes.code,
        nodes.node_id,
        scores.area_id,
        scores.period_id,
        nodes.parent_id,
        case nodes.type when 'index' then 'index' else 'pillar' end as node,
        scores.value as score,
        scores.rank as place,
        scores.n_ranked,
        scores.comparable_over_time,
        scores.reason,
        scores.coverage,
        scores.imputed_share,
        coalesce(scores.is_zero, false) and scores.value is not null and nodes.type <> 'index' as is_all_zeros
    from {{ ref('int_index__scores') }} as scores
    inner join {{ ref('int_index__nodes') }} as nodes
        on scores.node_id = nodes.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and scores.area_id = areas.area_id
    inner join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and scores.period_id = periods.period_id

),

-- The groups that enter the index, each through its parent.
used as (
    {% for level in range(deepest_level()) %}
    {{ "union all" if not loop.first }}
    select shares_0.area_id, shares_0.period_id, shares_{{ level }}.node_id
    from {{ ref('int_index__shares') }} as shares_0
    {%- for below in range(1, level + 1) %}
    inner join {{ ref('int_index__shares') }} as shares_{{ below }}
        on
            shares_{{ below - 1 }}.node_id = shares_{{ below }}.parent_id
            and shares_{{ below - 1 }}.area_id = shares_{{ below }}.area_id
            and shares_{{ below - 1 }}.period_id = shares_{{ below }}.period_id
    {%- endfor %}
    where shares_0.level = 0
    {% endfor %}
),

-- What a score lacks: its direct children without one of their own.
lacking as (

    select
        parents.framework,
        children.area_id,
        children.period_id,
        parents.code,
        {{ text_list('children.code') }} as missing
    from (
        select nodes.parent_id, nodes.code, normalised.area_id, normalised.period_id
        from {{ ref('int_index__normalised') }} as normalised
        inner join {{ ref('int_index__nodes') }} as nodes
            on normalised.node_id = nodes.node_id
        where normalised.value is null
        union all
        select parent_id, code, area_id, period_id from scores where score is null and parent_id is not null
    ) as children
    inner join {{ ref('int_index__nodes') }} as parents
        on children.parent_id = parents.node_id
    group by parents.framework, children.area_id, children.period_id, parents.code

),

marked as (

    select
        scores.framework,
        scores.ref_area,
        scores.time_period,
        scores.code,
        scores.node,
        scores.score,
        scores.place,
        scores.n_ranked,
        scores.comparable_over_time,
        scores.reason,
        scores.coverage,
        scores.imputed_share,
        scores.is_all_zeros,
        lacking.missing,
        settings.version,
        case when scores.node = 'pillar' then used.node_id is not null end as in_index
    from scores
    inner join {{ ref('int_index__frameworks') }} as settings
        on scores.framework = settings.framework
    left join lacking
        on
            scores.framework = lacking.framework
            and scores.area_id = lacking.area_id
            and scores.period_id = lacking.period_id
            and scores.code = lacking.code
    left join used
        on
            scores.node_id = used.node_id
            and scores.area_id = used.area_id
            and scores.period_id = used.period_id

),

-- A rank needs enough cities. Where some count with a structural zero (no airport), it also needs every other city: those that
-- have the thing and lack the figure stand above the zeros, nobody knows in which place.
counted as (

    select
        framework,
        time_period,
        code,
        count(score) as n_scored,
        count(*) as n_cities,
        max(case when is_all_zeros then 1 else 0 end) = 1 as has_zeros
    from marked
    group by framework, time_period, code

),

ranked as (

    select
        marked.framework,
        marked.ref_area,
        marked.time_period,
        marked.code,
        marked.place,
        marked.n_ranked
    from marked
    inner join counted
        on
            marked.framework = counted.framework
            and marked.time_period = counted.time_period
            and marked.code = counted.code
    inner join {{ ref('int_index__frameworks') }} as settings
        on marked.framework = settings.framework
    where
        marked.score is not null
        and counted.n_scored >= settings.min_units
        and (not counted.has_zeros or counted.n_scored = counted.n_cities)

),

rests_on as (

    select framework, ref_area, time_period, code, {{ text_list('indicator') }} as indicators
    from {{ ref('int_index__inputs') }}
    where not is_denominator
    group by framework, ref_area, time_period, code

),

-- The weakest figure below a score decides: estimated (or with a corrected unit) before provisional before normal.
weakest as (

    select
        inputs.framework,
        inputs.ref_area,
        inputs.time_period,
        inputs.code,
        case
            when max(case when figures.obs_status = 'E' then 1 else 0 end) = 1 then 'E'
            when max(case when figures.obs_status = 'P' then 1 else 0 end) = 1 then 'P'
            else 'A'
        end as obs_status
    from {{ ref('int_index__inputs') }} as inputs
    inner join {{ ref('int_indicators__values') }} as figures
        on
            inputs.ref_area = figures.ref_area
            and inputs.time_period = figures.time_period
            and inputs.indicator = figures.indicator
            and figures.freq = 'A'
    group by inputs.framework, inputs.ref_area, inputs.time_period, inputs.code

),

broken as (

    select distinct inputs.framework, inputs.ref_area, inputs.time_period, inputs.code
    from {{ ref('int_index__inputs') }} as inputs
    inner join {{ ref('int_indicators__breaks') }} as breaks
        on
            inputs.indicator = breaks.indicator
            and inputs.ref_area = breaks.ref_area
            and inputs.time_period = breaks.time_period

),

compared as (

    select
        marked.*,
        ranked.place as rank,
        ranked.n_ranked as ranked_cities,
        rests_on.indicators,
        earlier.time_period as previous_period,
        earlier.score as previous_score,
        earlier_on.indicators as previous_indicators,
        case when marked.score is null then 'O' when marked.imputed_share > 0 then 'I' else coalesce(weakest.obs_status, 'A') end
            as obs_status,
        broken.code is not null as is_broken,
        drawn.median as rank_median,
        drawn.q05 as rank_q05,
        drawn.q95 as rank_q95
    from marked
    left join ranked
        on
            marked.framework = ranked.framework
            and marked.ref_area = ranked.ref_area
            and marked.time_period = ranked.time_period
            and marked.code = ranked.code
    left join {{ source('steps', 'rank_intervals') }} as drawn
        on
            ranked.framework = drawn.framework
            and ranked.ref_area = drawn.ref_area
            and ranked.time_period = drawn.time_period
            and ranked.code = drawn.code
    left join rests_on
        on
            marked.framework = rests_on.framework
            and marked.ref_area = rests_on.ref_area
            and marked.time_period = rests_on.time_period
            and marked.code = rests_on.code
    left join weakest
        on
            marked.framework = weakest.framework
            and marked.ref_area = weakest.ref_area
            and marked.time_period = weakest.time_period
            and marked.code = weakest.code
    left join marked as earlier
        on
            marked.framework = earlier.framework
            and marked.ref_area = earlier.ref_area
            and marked.code = earlier.code
            and cast(marked.time_period as int) = cast(earlier.time_period as int) + 1
    left join rests_on as earlier_on
        on
            earlier.framework = earlier_on.framework
            and earlier.ref_area = earlier_on.ref_area
            and earlier.time_period = earlier_on.time_period
            and earlier.code = earlier_on.code
    left join broken
        on
            marked.framework = broken.framework
            and marked.ref_area = broken.ref_area
            and marked.time_period = broken.time_period
            and marked.code = broken.code

),

judged as (

    select
        *,
        case
            when score is null or previous_score is null then 'missing'
            when not comparable_over_time then 'within_period'
            when is_broken then 'break'
            when indicators <> previous_indicators then 'composition'
        end as change_reason
    from compared

)

select
    framework,
    version,
    ref_area,
    time_period,
    code,
    node,
    score,
    rank,
    ranked_cities as n_ranked,
    rank_median,
    rank_q05,
    rank_q95,
    previous_period,
    case when change_reason is null then score - previous_score end as change,
    change_reason,
    change_reason is null as comparable_over_time,
    in_index,
    coverage,
    imputed_share,
    obs_status,
    reason,
    indicators,
    missing
from judged
