-- What should be there and is not: releases that the publisher's calendar announced up to the reference day, and indicators of a
-- framework that other cities have in their newest year.
with received as (

    select distinct source_id, time_period from {{ ref('stg_observations') }}

),

-- The cities that a source with a calendar has ever had figures of.
covered as (

    select distinct observations.source_id, observations.ref_area
    from {{ ref('observations') }} as observations
    inner join {{ ref('int_cities') }} as cities
        on observations.ref_area = cities.ref_area

),

announced as (

    select
        sources.source_id,
        sources.publisher_zh,
        sources.title_zh,
        calendar.time_period,
        calendar.release_on,
        case when received.source_id is null then 1 else 0 end as is_late
    from {{ source('declared', 'sources') }} as sources
    inner join {{ source('declared', 'calendar') }} as calendar
        on sources.calendar = calendar.calendar
    cross join {{ source('declared', 'build') }} as build
    left join received
        on sources.source_id = received.source_id and calendar.time_period = received.time_period
    where calendar.release_on <= cast(build.reference_day as {{ dbt.type_string() }})

),

due as (

    select
        source_id,
        publisher_zh,
        title_zh,
        count(*) as n_found,
        sum(is_late) as n_late,
        min(case when is_late = 1 then time_period end) as late_from,
        max(case when is_late = 1 then time_period end) as late_to,
        min(case when is_late = 1 then release_on end) as late_since,
        max(time_period) as time_period
    from announced
    group by source_id, publisher_zh, title_zh

),

late as (

    select
        rules.rule,
        covered.ref_area,
        null as indicator,
        null as framework,
        null as code,
        coalesce(due.late_to, due.time_period) as time_period,
        due.n_late as value,
        'COUNT' as unit,
        due.n_found,
        due.n_late > rules.threshold as fired,
        due.publisher_zh || '《' || due.title_zh || '》有' || cast(cast(due.n_late as int) as {{ dbt.type_string() }})
        || '期逾期未到：' || due.late_from
        || case when due.late_to > due.late_from then '至' || due.late_to else '' end as message_zh,
        '最早一期应于' || due.late_since || '发布；见 seeds/calendar.csv' as evidence_zh,
        due.source_id as source_ids
    from due
    inner join covered
        on due.source_id = covered.source_id
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'release_late'

),

-- What one city alone has, such as its trains, the others do not lack.
known as (

    select framework, code, time_period, count(value) as n_found
    from {{ ref('indicator_scores') }}
    group by framework, code, time_period
    having count(value) >= (select n_needed from {{ source('declared', 'signal_rules') }} where rule = 'data_missing')

),

newest as (

    select framework, code, max(time_period) as time_period, max(n_found) as n_found
    from known
    group by framework, code

),

lacking as (

    select
        rules.rule,
        scores.ref_area,
        scores.code as indicator,
        scores.framework,
        scores.code,
        scores.time_period,
        scores.value,
        'COUNT' as unit,
        newest.n_found,
        coalesce(scores.reason = 'missing', false) as fired,
        areas.name_zh || scores.time_period || '年“' || nodes.name_zh || '”未见公布，其他城市已有' as message_zh,
        newest.time_period || '年为多市有该指标数值的最近年份；见指标数值' as evidence_zh,
        null as source_ids
    from {{ ref('indicator_scores') }} as scores
    inner join newest
        on scores.framework = newest.framework and scores.code = newest.code and scores.time_period = newest.time_period
    inner join (select distinct framework, code, name_zh from {{ ref('dim_framework') }}) as nodes
        on scores.framework = nodes.framework and scores.code = nodes.code
    inner join {{ ref('dim_area') }} as areas
        on scores.ref_area = areas.ref_area
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'data_missing'

),

told as (

    select
        cases.*,
        'period' as period_basis
    from (
        select * from late
        union all
        select * from lacking
    ) as cases

)

select {{ signal_case('told', ['indicator', 'framework', 'code', 'source_ids']) }} from told
