-- Index and pillars: score, rank among cities that can be compared, change where both years rest on the same, and what is missing.
with scores as (

    select framework, ref_area, time_period, code, 'pillar' as node, score, reason, coverage, missing
    from {{ ref('int_scores__pillars') }}
    union all
    select framework, ref_area, time_period, code, 'index' as node, score, reason, coverage, missing
    from {{ ref('int_scores__index') }}

),

shared as (

    select distinct framework, ref_area, time_period, code, true as is_shared
    from {{ ref('int_scores__panel') }}

),

marked as (

    select
        scores.*,
        settings.version,
        settings.rank_digits,
        case when scores.node = 'index' then scores.score is not null else coalesce(shared.is_shared, false) end as is_comparable,
        case when scores.node = 'pillar' then coalesce(shared.is_shared, false) end as in_index
    from scores
    inner join {{ source('declared', 'framework_settings') }} as settings
        on scores.framework = settings.framework
    left join shared
        on
            scores.framework = shared.framework
            and scores.ref_area = shared.ref_area
            and scores.time_period = shared.time_period
            and scores.code = shared.code

),

-- Rounded before ranking, so that float noise neither makes nor breaks a tie; scores run to 100, two digits before the point.
ranked as (

    select
        framework,
        ref_area,
        time_period,
        code,
        rank() over (
            partition by framework, time_period, code order by round(score, rank_digits - 2) desc
        ) as place,
        count(*) over (partition by framework, time_period, code) as n_ranked
    from marked
    where is_comparable and score is not null

),

rests_on as (

    select framework, ref_area, time_period, code, {{ text_list('indicator') }} as indicators
    from {{ ref('int_scores__inputs') }}
    group by framework, ref_area, time_period, code

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
    reason,
    indicators,
    missing
from judged
