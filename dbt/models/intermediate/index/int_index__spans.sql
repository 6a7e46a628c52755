-- The pairs of periods between which a change is taken: as declared, or each with the next. Scores within a period only have none.
with ordered as (

    select
        framework,
        period_id,
        lag(period_id) over (partition by framework order by period_id) as previous_id
    from {{ ref('int_index__periods') }}

),

declared as (

    select changes.framework, earlier.period_id as from_id, later.period_id as to_id
    from {{ source('declared', 'framework_changes') }} as changes
    inner join {{ ref('int_index__periods') }} as earlier
        on changes.framework = earlier.framework and changes.period_from = earlier.time_period
    inner join {{ ref('int_index__periods') }} as later
        on changes.framework = later.framework and changes.period_to = later.time_period

),

spans as (

    select framework, from_id, to_id from declared
    union all
    select framework, previous_id as from_id, period_id as to_id
    from ordered
    where
        previous_id is not null
        and framework not in (select framework from {{ source('declared', 'framework_changes') }})

)

select spans.framework, spans.from_id, spans.to_id
from spans
inner join {{ ref('int_index__frameworks') }} as settings
    on spans.framework = settings.framework
where settings.reference_set <> 'period'
