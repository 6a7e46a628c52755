-- Performance and structure of the indicators are together the published change. A change without parts is of a score that is not
-- taken apart either, or lies outside the pairs of years that the framework declares.
with sums as (

    select
        framework,
        ref_area,
        period_from,
        period_to,
        node,
        case when count(performance + structure) = count(*) then sum(performance + structure) end as change
    from {{ ref('score_changes') }}
    group by framework, ref_area, period_from, period_to, node

),

taken_apart as (

    select distinct framework, ref_area, time_period, node from {{ ref('score_contributions') }}

),

changes as (

    select
        scores.framework,
        scores.ref_area,
        scores.previous_period,
        scores.time_period,
        scores.code,
        scores.change,
        taken_apart.node is not null
        and scores.framework not in (select framework from {{ source('declared', 'framework_changes') }}) as is_due
    from {{ ref('index_scores') }} as scores
    left join taken_apart
        on
            scores.framework = taken_apart.framework
            and scores.ref_area = taken_apart.ref_area
            and scores.time_period = taken_apart.time_period
            and scores.code = taken_apart.node
    where scores.change is not null

)

select
    coalesce(changes.framework, sums.framework) as framework,
    coalesce(changes.ref_area, sums.ref_area) as ref_area,
    coalesce(changes.time_period, sums.period_to) as time_period,
    coalesce(changes.code, sums.node) as code,
    changes.change,
    sums.change as change_of_parts
from changes
full join sums
    on
        changes.framework = sums.framework
        and changes.ref_area = sums.ref_area
        and changes.previous_period = sums.period_from
        and changes.time_period = sums.period_to
        and changes.code = sums.node
where
    (sums.node is not null and changes.code is null)
    or (sums.node is not null and sums.change is not null and not coalesce(abs(sums.change - changes.change) <= 1e-9, false))
    or (sums.node is null and changes.is_due)
