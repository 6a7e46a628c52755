-- What has been signed, by where the money comes from, by industry and by year of signing: how much of it began, and how much arrived.
with members as (

    select
        'total' as breakdown,
        'total' as member,
        projects.*
    from {{ ref('int_projects') }} as projects
    union all
    select
        'economy' as breakdown,
        coalesce(economy, 'unknown') as member,
        projects.*
    from {{ ref('int_projects') }} as projects
    union all
    select
        'industry' as breakdown,
        coalesce(industry, 'unknown') as member,
        projects.*
    from {{ ref('int_projects') }} as projects
    union all
    select
        'signed_year' as breakdown,
        signed_year as member,
        projects.*
    from {{ ref('int_projects') }} as projects

),

grouped as (

    select
        ref_area,
        time_period,
        breakdown,
        member,
        count(*) as n_signed,
        sum(case when stage_order >= 4 then 1 else 0 end) as n_started,
        sum(case when stage_order >= 5 then 1 else 0 end) as n_operating,
        sum(case when is_ended then 1 else 0 end) as n_ended,
        {{ project_money('members') }}
    from members
    where stage_order >= 3
    group by ref_area, time_period, breakdown, member

),

shared as (

    select
        *,
        max(case when breakdown = 'total' then contracted end) over (partition by ref_area, time_period) as contracted_in_all
    from grouped

)

select
    shared.ref_area,
    shared.time_period,
    shared.breakdown,
    shared.member,
    case
        when shared.breakdown = 'total' then '合计'
        when shared.member = 'unknown' then '未注明'
        when shared.breakdown = 'signed_year' then shared.member || '年签约'
        else coalesce(economies.name_zh, industries.name_zh)
    end as member_zh,
    cast(shared.n_signed as int) as n_signed,
    cast(shared.n_started as int) as n_started,
    cast(shared.n_operating as int) as n_operating,
    cast(shared.n_ended as int) as n_ended,
    100 * cast(shared.n_started as double) / shared.n_signed as start_rate,
    100 * cast(shared.n_operating as double) / shared.n_signed as operating_rate,
    shared.contracted,
    shared.arrived,
    shared.arrival_rate,
    case when shared.arrival_rate is null then 'missing' end as arrival_reason,
    cast(shared.n_with_money as int) as n_with_money,
    100 * {{ safe_divide('shared.contracted', 'shared.contracted_in_all') }} as contracted_share,
    'CNY' as unit,
    'P' as obs_status,
    registers.n_held,
    registers.published_on,
    registers.source_id,
    registers.source_file,
    registers.source_sha256
from shared
left join {{ source('declared', 'economies') }} as economies
    on shared.breakdown = 'economy' and shared.member = economies.economy
left join {{ source('declared', 'industries') }} as industries
    on shared.breakdown = 'industry' and shared.member = industries.industry
left join {{ ref('int_projects__registers') }} as registers
    on shared.ref_area = registers.ref_area and shared.time_period = registers.time_period
