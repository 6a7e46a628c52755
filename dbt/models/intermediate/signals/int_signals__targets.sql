-- Targets that are ahead, behind, judged otherwise than when their figure was first known, or no longer on one scope. A subject
-- without a code is of the area that issued the document.
with targets as (

    select
        progress.*,
        coalesce(progress.ref_area, documents.ref_area) as whose,
        documents.document_zh
    from {{ ref('target_progress') }} as progress
    inner join {{ ref('plan_documents') }} as documents
        on progress.document = documents.document

),

told as (

    select
        rules.rule,
        targets.whose as ref_area,
        targets.series as indicator,
        targets.target_id,
        coalesce(targets.actual_period, targets.target_period) as time_period,
        coalesce(targets.period_basis, 'period') as period_basis,
        targets.actual as value,
        targets.target_value as reference,
        targets.unit,
        case
            when rules.rule = 'target_verdict_changed' then case when targets.first_verdict is null then 0 else 1 end
            when targets.actual is null and targets.verdict = '无数据' then 0
            else 1
        end as n_found,
        case
            when rules.rule = 'target_verdict_changed'
                then case when targets.first_verdict is not null and targets.verdict <> '无数据' then targets.first_verdict <> targets.verdict end
            when targets.verdict = '无数据' then null
            when rules.rule = 'target_ahead' then targets.verdict in ('已完成', '提前')
            when rules.rule = 'target_behind' then targets.verdict in ('滞后', '严重滞后')
            else targets.verdict = '口径变化'
        end as fired,
        targets.subject_zh || '“' || targets.target_zh || '”' || targets.target_period || '年目标：'
        || case
            when rules.rule = 'target_verdict_changed'
                then '首次公布时判断为“' || targets.first_verdict || '”，按今日所知为“' || targets.verdict || '”'
            else targets.verdict
        end
        || coalesce('，牵头单位：' || targets.lead_units, '') as message_zh,
        targets.rule_zh || '；' || targets.document_zh || targets.clause as evidence_zh,
        targets.source_id as source_ids
    from targets
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule in ('target_ahead', 'target_behind', 'target_verdict_changed', 'target_scope_changed')

)

select {{ signal_case('told', ['indicator', 'target_id', 'reference', 'source_ids']) }} from told
