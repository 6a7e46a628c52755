-- Index and pillars: score, rank among cities that can be compared, change where both years rest on the same, and what is missing.
with scores as (

    select framework, ref_area, time_period, code, 'pillar' as node, score, reason, coverage, missing, is_all_zeros
    from {{ ref('int_scores__pillars') }}
    union all
    select framework, ref_area, time_period, code, 'index' as node, score, reason, coverage, missing, false as is_all_zeros
    from {{ ref('int_scores__index') }}

),

-- Which pillars make the index of a city that has one.
used as (

    select panel.framework, panel.ref_area, panel.time_period, panel.code
    from {{ ref('int_scores__panel') }} as panel
    inner join {{ ref('int_scores__index') }} as indices
        on
            panel.framework = indices.framework
            and panel.ref_area = indices.ref_area
            and panel.time_period = indices.time_period
    where indices.score is not null

),

marked as (

    select
        scores.*,
        settings.version,
        settings.rank_digits,
        case when scores.node = 'pillar' then used.code is not null end as in_index
    from scores
    inner join {{ source('declared', 'framework_settings') }} as settings
        on scores.framework = settings.framework
    left join used
        on
            scores.framework = used.framework
            and scores.ref_area = used.ref_area
            and scores.time_period = used.time_period
            and scores.code = used.code

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

-- Rounded before ranking, so that float noise neither makes nor breaks a tie; scores run to 100, two digits before the point.
-- (Rounded as a whole number: a number of places that comes from a column is not possible everywhere.)
ranked as (

    select
        marked.framework,
        marked.ref_area,
        marked.time_period,
        marked.code,
        rank() over (
            partition by marked.framework, marked.time_period, marked.code
            order by round(marked.score * power(cast(10 as double), marked.rank_digits - 2)) desc
        ) as place,
        counted.n_scored as n_ranked
    from marked
    inner join counted
        on
            marked.framework = counted.framework
            and marked.time_period = counted.time_period
            and marked.code = counted.code
    cross join {{ source('declared', 'thresholds') }} as thresholds
    where
        marked.score is not null
        and thresholds.threshold = 'min_ranked_cities'
        and counted.n_scored >= thresholds.value
        and (not counted.has_zeros or counted.n_scored = counted.n_cities)

),

rests_on as (

    select framework, ref_area, time_period, code, {{ text_list('indicator') }} as indicators
    from {{ ref('int_scores__inputs') }}
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
            when max(case when scored.obs_status = 'E' then 1 else 0 end) = 1 then 'E'
            when max(case when scored.obs_status = 'P' then 1 else 0 end) = 1 then 'P'
            else 'A'
        end as obs_status
    from {{ ref('int_scores__inputs') }} as inputs
    inner join {{ ref('int_scores__indicators') }} as scored
        on
            inputs.framework = scored.framework
            and inputs.ref_area = scored.ref_area
            and inputs.time_period = scored.time_period
            and inputs.indicator = scored.code
    group by inputs.framework, inputs.ref_area, inputs.time_period, inputs.code

),

broken as (

    select distinct inputs.framework, inputs.ref_area, inputs.time_period, inputs.code
    from {{ ref('int_scores__inputs') }} as inputs
    inner join {{ ref('int_indicators__breaks') }} as breaks
        on
            inputs.indicator = breaks.indicator
            and inputs.ref_area = breaks.ref_area
            and inputs.time_period = breaks.time_period

),

compared as (

    select
        marked.*,
        ranked.place,
        ranked.n_ranked,
        rests_on.indicators,
        earlier.time_period as previous_period,
        earlier.score as previous_score,
        earlier_on.indicators as previous_indicators,
        coalesce(weakest.obs_status, 'O') as obs_status,
        broken.code is not null as is_broken
    from marked
    left join ranked
        on
            marked.framework = ranked.framework
            and marked.ref_area = ranked.ref_area
            and marked.time_period = ranked.time_period
            and marked.code = ranked.code
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
    cast(place as int) as rank,
    cast(n_ranked as int) as n_ranked,
    previous_period,
    case when change_reason is null then score - previous_score end as change,
    change_reason,
    change_reason is null as comparable_over_time,
    in_index,
    coverage,
    obs_status,
    reason,
    indicators,
    missing
from judged
