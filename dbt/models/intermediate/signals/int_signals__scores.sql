-- What moved a city's index, what carries it and what holds it back: changes taken apart, contributions beside the median city, and
-- the degree to which an indicator is an obstacle. Shares of the index itself, not of its pillars.
with roots as (

    select distinct framework, code from {{ ref('dim_framework') }} where parent is null

),

nodes as (

    select distinct framework, code, name_zh from {{ ref('dim_framework') }}

),

changes as (

    select
        rules.rule,
        changes.ref_area,
        changes.framework,
        changes.code,
        changes.period_to as time_period,
        changes.performance as value,
        indices.score - changes.performance as reference,
        'POINT' as unit,
        1 as n_found,
        case
            when rules.polarity = 'bright' then round(changes.performance, 9) >= rules.threshold
            else round(-changes.performance, 9) >= rules.threshold
        end as fired,
        areas.name_zh || changes.period_to || '年“' || nodes.name_zh || '”得分变动使总指数'
        || case when changes.performance >= 0 then '提高' else '降低' end
        || {{ decimal_text('abs(changes.performance)', 2) }} || '分' as message_zh,
        '总指数 ' || {{ decimal_text('indices.score', 2) }} || '，较' || changes.period_from || '年变动 '
        || {{ decimal_text('indices.change', 2) }} || '分，其中该项 ' || {{ decimal_text('changes.performance', 2) }}
        || '分；见得分变动分解' as evidence_zh
    from {{ ref('score_changes') }} as changes
    inner join roots
        on changes.framework = roots.framework and changes.node = roots.code
    inner join nodes
        on changes.framework = nodes.framework and changes.code = nodes.code
    inner join {{ ref('dim_area') }} as areas
        on changes.ref_area = areas.ref_area
    inner join {{ ref('index_scores') }} as indices
        on
            changes.framework = indices.framework
            and changes.ref_area = indices.ref_area
            and changes.period_to = indices.time_period
            and indices.node = 'index'
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule in ('score_gain', 'score_loss')

),

amounts as (

    select contributions.framework, contributions.ref_area, contributions.time_period, contributions.code, contributions.amount
    from {{ ref('score_contributions') }} as contributions
    inner join roots
        on contributions.framework = roots.framework and contributions.node = roots.code

),

medians as (

    select framework, time_period, code, {{ median('amount') }} as amount, count(amount) as n_found
    from amounts
    group by framework, time_period, code

),

leads as (

    select
        rules.rule,
        amounts.ref_area,
        amounts.framework,
        amounts.code,
        amounts.time_period,
        amounts.amount as value,
        medians.amount as reference,
        'POINT' as unit,
        medians.n_found,
        case
            when amounts.amount is not null and medians.n_found >= rules.n_needed
                then round(amounts.amount - medians.amount, 9) >= rules.threshold
        end as fired,
        areas.name_zh || amounts.time_period || '年“' || nodes.name_zh || '”对总指数贡献'
        || {{ decimal_text('amounts.amount', 2) }} || '分，比各市中位数高'
        || {{ decimal_text('amounts.amount - medians.amount', 2) }} || '分' as message_zh,
        '贡献 ' || {{ decimal_text('amounts.amount', 2) }} || '分，'
        || cast(medians.n_found as {{ dbt.type_string() }}) || '市中位数 ' || {{ decimal_text('medians.amount', 2) }}
        || '分；见得分贡献' as evidence_zh
    from amounts
    inner join medians
        on amounts.framework = medians.framework and amounts.time_period = medians.time_period and amounts.code = medians.code
    inner join nodes
        on amounts.framework = nodes.framework and amounts.code = nodes.code
    inner join {{ ref('dim_area') }} as areas
        on amounts.ref_area = areas.ref_area
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'contribution_lead'

),

obstacles as (

    select
        rules.rule,
        scores.ref_area,
        scores.framework,
        scores.code,
        scores.time_period,
        100 * scores.obstacle_degree as value,
        scores.score as reference,
        'PERCENT' as unit,
        case when scores.obstacle_degree is null then 0 else 1 end as n_found,
        round(100 * scores.obstacle_degree, 9) >= rules.threshold as fired,
        areas.name_zh || scores.time_period || '年“' || nodes.name_zh || '”障碍度'
        || {{ decimal_text('100 * scores.obstacle_degree', 1) }} || '％，居第'
        || cast(scores.obstacle_order as {{ dbt.type_string() }}) || '位' as message_zh,
        '该项得分 ' || {{ decimal_text('scores.score', 2) }} || '分（满分100），障碍度 '
        || {{ decimal_text('100 * scores.obstacle_degree', 1) }} || '％；见指标得分' as evidence_zh
    from {{ ref('indicator_scores') }} as scores
    inner join nodes
        on scores.framework = nodes.framework and scores.code = nodes.code
    inner join {{ ref('dim_area') }} as areas
        on scores.ref_area = areas.ref_area
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'obstacle'

),

told as (

    select
        cases.*,
        cases.code as indicator,
        'period' as period_basis
    from (
        select * from changes
        union all
        select * from leads
        union all
        select * from obstacles
    ) as cases

)

select {{ signal_case('told', ['indicator', 'framework', 'code', 'reference']) }} from told
