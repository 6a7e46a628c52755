-- How far the projects of a register have come: how many reached each stage, how many of those before it, and the money.
with counted as (

    select
        projects.ref_area,
        projects.time_period,
        stages.stage,
        stages.stage_zh,
        stages.stage_order,
        sum(case when projects.stage_order >= stages.stage_order then 1 else 0 end) as n_reached,
        sum(case when projects.stage_order = stages.stage_order and not projects.is_ended then 1 else 0 end) as n_here,
        sum(case when projects.stage_order = stages.stage_order and projects.is_ended then 1 else 0 end) as n_ended
    from {{ ref('int_projects') }} as projects
    cross join {{ ref('int_projects__stages') }} as stages
    group by projects.ref_area, projects.time_period, stages.stage, stages.stage_zh, stages.stage_order

),

money as (

    select
        projects.ref_area,
        projects.time_period,
        stages.stage,
        {{ project_money('projects') }}
    from {{ ref('int_projects') }} as projects
    inner join {{ ref('int_projects__stages') }} as stages
        on projects.stage_order >= stages.stage_order and stages.stage_order >= 3
    group by projects.ref_area, projects.time_period, stages.stage

),

converted as (

    select
        *,
        lag(n_reached) over (partition by ref_area, time_period order by stage_order) as n_before
    from counted

)

select
    converted.ref_area,
    converted.time_period,
    converted.stage,
    converted.stage_zh,
    cast(converted.stage_order as int) as stage_order,
    cast(converted.n_reached as int) as n_reached,
    cast(converted.n_here as int) as n_here,
    cast(converted.n_ended as int) as n_ended,
    100 * {{ safe_divide('cast(converted.n_reached as double)', 'converted.n_before') }} as conversion,
    case when converted.n_before is null then 'first_stage' when converted.n_before = 0 then 'no_project' end as conversion_reason,
    money.contracted,
    money.arrived,
    money.arrival_rate,
    case
        when money.arrival_rate is not null then null
        when converted.stage_order < 3 then 'before_signing'
        when converted.n_reached = 0 then 'no_project'
        else 'missing'
    end as arrival_reason,
    cast(coalesce(money.n_with_money, 0) as int) as n_with_money,
    'CNY' as unit,
    'P' as obs_status,
    registers.n_held,
    registers.published_on,
    registers.source_id,
    registers.source_file,
    registers.source_sha256
from converted
left join money
    on
        converted.ref_area = money.ref_area
        and converted.time_period = money.time_period
        and converted.stage = money.stage
-- The circle has no register of its own: each city's row leads to its file.
left join {{ ref('int_projects__registers') }} as registers
    on converted.ref_area = registers.ref_area and converted.time_period = registers.time_period
