-- What stands out, for better or worse: the cases in which a declared rule fired, with their evidence.
select
    md5(
        rule || '|' || ref_area || '|' || coalesce(indicator, '') || '|' || coalesce(framework, '') || '|' || coalesce(code, '')
        || '|' || coalesce(target_id, '') || '|' || time_period || '|' || period_basis || '|' || coalesce(source_ids, '')
    ) as signal_id,
    rule,
    rule_name_zh,
    polarity,
    severity,
    ref_area,
    city,
    indicator,
    framework,
    code,
    target_id,
    time_period,
    period_basis,
    value,
    reference,
    threshold,
    unit,
    message_zh,
    evidence_zh,
    source_ids,
    is_current
from {{ ref('int_signals') }}
where fired
