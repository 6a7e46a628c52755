-- Where every quantified promise stands: what is known of it, how far it should be by now, and the verdict with its figures.
with judged_by as (

    select
        targets.*,
        actuals.actual_period,
        actuals.period_basis,
        actuals.of_year,
        actuals.months,
        actuals.actual,
        actuals.obs_status,
        actuals.source_id,
        actuals.published_on,
        actuals.base_value,
        actuals.has_gap,
        actuals.break_year,
        coalesce(actuals.is_broken, false) as is_broken,
        coalesce(actuals.is_final, false) as is_final,
        calendar.n_years,
        calendar.year_before,
        calendar.months_before,
        case when calendar.n_years >= {{ threshold('min_calendar_years') }} then calendar.mean_share end as mean_share,
        -- Where a level starts from: the baseline as printed, or else the project's own figure of that year.
        case
            when targets.target_kind in ('level', 'ceiling', 'range') then coalesce(targets.baseline_value, starts.value)
            else actuals.base_value
        end as start_value,
        trends.n as n_points,
        trends.forecast_low,
        trends.forecast_high,
        first_known.first_value,
        first_known.first_known_on
    from {{ ref('int_targets') }} as targets
    left join {{ ref('int_targets__actuals') }} as actuals
        on targets.target_id = actuals.target_id
    left join {{ ref('int_targets__calendar') }} as calendar
        on targets.target_id = calendar.target_id
    left join {{ ref('int_targets__figures') }} as starts
        on
            targets.target_id = starts.target_id
            and starts.freq = 'A'
            and targets.start_period = starts.time_period
    left join {{ ref('int_targets__trends') }} as trends
        on targets.target_id = trends.target_id
    left join {{ ref('int_targets__first_known') }} as first_known
        on targets.target_id = first_known.target_id

),

-- Which way progress is counted. `path`: the growth since the start as a share of the growth promised, as a mid-term review of a
-- plan does; `share`: the figure as a share of the target.
ways as (

    select
        *,
        target_kind in ('level', 'ceiling', 'range') as is_level,
        target_kind in ('growth', 'average_growth') as is_growth,
        period_basis = 'ytd' and of_year = target_period and target_kind in ('level', 'ceiling', 'range') as is_running,
        case
            when actual is null then null
            when target_kind in ('level', 'ceiling', 'range') and not is_final and period_basis = 'period'
                then
                    case
                        when of_year > start_period and start_value < target_value and target_kind <> 'ceiling' then 'path'
                        when of_year > start_period and start_value > target_value and target_kind = 'ceiling' then 'path'
                        else 'share'
                    end
            else 'share'
        end as completion_basis,
        {{ target_is_met('target_kind', 'comparator', 'actual', 'target_value') }} as is_met
    from judged_by

),

measured as (

    select
        *,
        case
            when actual is null or target_value <= 0 then null
            when completion_basis = 'path' then 100 * (actual - start_value) / (target_value - start_value)
            else 100 * actual / target_value
        end as completion,
        case
            when actual is null then null
            when is_final then cast(100 as double)
            when is_running or target_kind = 'growth' then 100 * cast(months as double) / 12
            when target_kind = 'cumulative'
                then
                    100 * cast((cast(of_year as int) - cast(period_from as int)) * 12 + months as double)
                    / ((cast(target_period as int) - cast(period_from as int) + 1) * 12)
            when completion_basis = 'path' or target_kind = 'average_growth'
                then
                    100 * cast(cast(of_year as int) - cast(start_period as int) as double)
                    / (cast(target_period as int) - cast(start_period as int))
        end as time_progress,
        case when is_running then target_value * mean_share end as expected_of_calendar
    from ways

),

compared as (

    select
        *,
        case when not is_growth and not is_final then completion - time_progress end as pace_gap,
        case
            when expected_of_calendar is not null then expected_of_calendar
            when is_final or is_growth then null
            when completion_basis = 'path' then start_value + (target_value - start_value) * time_progress / 100
            else target_value * time_progress / 100
        end as expected_value,
        case
            when is_final or is_growth then null
            -- Rounded: the width of a rounding error decides no verdict.
            when expected_of_calendar is not null and target_value > 0
                then round(completion - 100 * expected_of_calendar / target_value, 9)
            else round(completion - time_progress, 9)
        end as judged_gap
    from measured

),

judged as (

    select
        *,
        case
            when actual is null and is_broken then '口径变化'
            when actual is null or has_gap then '无数据'
            when is_level and of_year <= start_period then '无数据'
            when is_broken then '口径变化'
            when is_final then {{ target_final('target_kind', 'comparator', 'actual', 'target_value') }}
            when target_kind in ('level', 'range', 'cumulative') and is_met then '已完成'
            -- The months of a year that are above the limit of the year already will not come down again.
            when target_kind = 'ceiling' and is_running and not is_met then '严重滞后'
            when is_closed then '无数据'
            when is_growth and round(actual - target_value, 9) >= {{ threshold('target_ahead_pp') }} then '提前'
            when is_growth and is_met then '正常'
            when is_growth then {{ target_missed('target_kind', 'actual', 'target_value') }}
            -- A limit that is kept is kept for now only.
            when target_kind = 'ceiling' and completion_basis = 'share' and not is_running
                then case when is_met then '正常' else {{ target_missed('target_kind', 'actual', 'target_value') }} end
            when target_kind = 'ceiling' and is_running
                then
                    case
                        when -judged_gap >= {{ threshold('target_ahead_pp') }} then '提前'
                        when -judged_gap > -{{ threshold('target_behind_pp') }} then '正常'
                        when -judged_gap > -{{ threshold('target_far_behind_pp') }} then '滞后'
                        else '严重滞后'
                    end
            when target_kind = 'ceiling' and is_met then '正常'
            when judged_gap is null then '无数据'
            when judged_gap >= {{ threshold('target_ahead_pp') }} then '提前'
            when judged_gap > -{{ threshold('target_behind_pp') }} then '正常'
            when judged_gap > -{{ threshold('target_far_behind_pp') }} then '滞后'
            else '严重滞后'
        end as verdict,
        case
            when is_broken and (actual is not null or not has_gap) and not (is_level and of_year <= start_period) then 'break'
            when series is null then 'no_series'
            when actual is null then 'missing'
            when has_gap then 'gap'
            when is_level and of_year <= start_period then 'before_start'
            when is_final then case when target_kind = 'range' and actual > target_high then 'above_range' end
            when target_kind in ('level', 'range', 'cumulative') and is_met then null
            when target_kind = 'ceiling' and is_running and not is_met then null
            when is_closed then 'no_final'
            when is_growth or target_kind = 'ceiling' then null
            when judged_gap is null then 'no_start'
        end as reason
    from compared

),

told as (

    select
        *,
        case
            when verdict in ('无数据', '口径变化', '已完成') or is_final or is_closed then null
            when is_running and target_kind <> 'ceiling'
                then
                    {{ safe_divide(
                        '100 * (target_value - actual - (year_before - months_before))', 'year_before - months_before'
                    ) }}
            when target_kind = 'growth' and period_basis = 'ytd'
                then
                    {{ safe_divide(
                        '100 * (year_before * (1 + target_value / 100) - months_before * (1 + actual / 100)'
                        ~ ' - (year_before - months_before))',
                        'year_before - months_before'
                    ) }}
            when target_kind = 'average_growth' and of_year < target_period
                then
                    100 * (
                        power(
                            power(1 + target_value / 100, cast(target_period as int) - cast(start_period as int))
                            / power(1 + actual / 100, cast(of_year as int) - cast(start_period as int)),
                            cast(1 as double) / (cast(target_period as int) - cast(of_year as int))
                        ) - 1
                    )
            when is_level and period_basis = 'period' and of_year < target_period and actual > 0 and target_value > 0
                then
                    100 * (
                        power(
                            target_value / actual,
                            cast(1 as double) / (cast(target_period as int) - cast(of_year as int))
                        ) - 1
                    )
        end as needed_growth,
        case
            when verdict in ('无数据', '口径变化', '已完成') or is_final or is_closed or target_kind = 'ceiling' then null
            when is_running and months < 12 then (target_value - actual) / (12 - months)
            when
                target_kind = 'cumulative'
                and (cast(target_period as int) - cast(of_year as int)) * 12 + 12 - months > 0
                then (target_value - actual) / ((cast(target_period as int) - cast(of_year as int)) * 12 + 12 - months)
        end as needed_monthly,
        case
            when not is_level then 'not_level'
            when actual is null then coalesce(reason, 'missing')
            when is_broken then 'break'
            when is_final or is_closed then 'closed'
            when coalesce(n_points, 0) < {{ threshold('min_trend_years') }} then 'too_few'
        end as forecast_reason,
        case
            when is_final and not is_broken
                then {{ target_final('target_kind', 'comparator', 'first_value', 'target_value') }}
        end as first_verdict,
        -- In the unit that the document prints.
        actual / power(cast(10 as double), unit_mult) as printed_actual,
        target_value / power(cast(10 as double), unit_mult) as printed_target,
        target_high / power(cast(10 as double), unit_mult) as printed_high,
        start_value / power(cast(10 as double), unit_mult) as printed_start,
        expected_value / power(cast(10 as double), unit_mult) as printed_expected
    from judged

),

worded as (

    select
        *,
        case target_kind
            when 'growth' then '同比增长' when 'average_growth' then '年均增长' when 'cumulative' then '累计' else ''
        end as measure_zh,
        '目标' || {{ short_zh('printed_target') }}
        || case when target_high is null then '' else '—' || {{ short_zh('printed_high') }} end
        || printed_unit || case when target_kind = 'ceiling' then '以内' else '' end as target_zh_text,
        '（相差' || {{ short_zh(threshold('target_ahead_pp')) }} || '个百分点以上为提前，落后'
        || {{ short_zh(threshold('target_behind_pp')) }} || '个以内为正常，落后'
        || {{ short_zh(threshold('target_far_behind_pp')) }} || '个及以上为严重滞后）' as bands_zh
    from told

),

led as (

    select
        links.target_id,
        leads.unit_zh,
        min(leads.unit_order) as unit_order
    from {{ source('declared', 'plan_measure_targets') }} as links
    inner join {{ ref('int_measures__leads') }} as leads
        on links.measure_id = leads.measure_id
    group by links.target_id, leads.unit_zh

),

-- Of two tasks the first units may share a place: the name decides.
ordered as (

    select
        target_id,
        unit_zh,
        row_number() over (partition by target_id order by unit_order, unit_zh) as place
    from led

),

leads as (

    select target_id, {{ ordered_text_list('unit_zh', 'place') }} as lead_units from ordered group by target_id

)

select
    worded.target_id,
    document,
    clause,
    quote,
    ref_area,
    subject_zh,
    name_zh as target_zh,
    series,
    target_kind,
    comparator,
    printed_unit,
    unit,
    unit_mult,
    baseline_period,
    baseline_value,
    baseline_status,
    period_from,
    target_period,
    target_value,
    target_high,
    start_period,
    start_value,
    actual_period,
    period_basis,
    actual,
    obs_status,
    source_id,
    published_on,
    completion,
    completion_basis,
    time_progress,
    pace_gap,
    case when verdict in ('无数据', '口径变化') then null else expected_value end as expected_value,
    case when expected_of_calendar is not null then cast(n_years as int) end as expected_years,
    needed_growth,
    needed_monthly,
    case when forecast_reason is null then forecast_low end as forecast_low,
    case when forecast_reason is null then forecast_high end as forecast_high,
    forecast_reason,
    is_closed,
    verdict,
    reason,
    case
        when verdict = '无数据' and actual is null
            then
                case
                    when series is null then '没有接入口径相同的统计序列，不能判断'
                    else '口径相同的序列尚无' || target_period || '年及以前的数据'
                end
        when reason = 'break' then coalesce(break_year || '年起', '') || '统计口径改变，与目标的基期不可比，不作判断'
        when reason = 'gap' then period_from || '年以来缺少年份，不能累计'
        when reason = 'before_start' then '最新数据为' || actual_period || '年，目标自' || start_period || '年之后起算，尚无之后的数据'
        when reason = 'no_final'
            then '目标年已过，所知最新为' || {{ period_zh_of('actual_period', 'period_basis') }} || {{ short_zh('printed_actual') }}
                || printed_unit || '，全年数据未见公布'
        when reason = 'no_start' then '缺少' || start_period || '年基期数，无从判断进度快慢'
        else
            {{ period_zh_of('actual_period', 'period_basis') }} || measure_zh || {{ short_zh('printed_actual') }} || printed_unit
            || '，' || target_zh_text
            || case
                when is_growth
                    then
                        case
                            when is_final then ''
                            else '；高于目标' || {{ short_zh(threshold('target_ahead_pp')) }} || '个百分点以上为提前'
                        end
                        || '；低于目标超过' || {{ short_zh(threshold('target_behind_pp')) }} || '个百分点为严重滞后'
                when completion_basis = 'path'
                    then
                        '；自' || start_period || '年的' || {{ short_zh('printed_start') }} || printed_unit || '起完成应增减的'
                        || {{ short_zh('completion') }} || '%，时间进度' || {{ short_zh('time_progress') }} || '%' || bands_zh
                when completion is null then ''
                when is_final
                    then
                        '，为目标的' || {{ short_zh('completion') }} || '%'
                        || case
                            when verdict = '已完成' then ''
                            else '（' || case when target_kind = 'ceiling' then '超出' else '未达' end || '一成以上为严重滞后）'
                        end
                        || case when reason = 'above_range' then '；高于区间上限，请核对口径' else '' end
                else
                    '，为目标的' || {{ short_zh('completion') }} || '%'
                    || case
                        when time_progress is null then '' else '，时间进度' || {{ short_zh('time_progress') }} || '%'
                    end
                    || case
                        when expected_of_calendar is null then ''
                        else '，按往年' || cast(n_years as {{ dbt.type_string() }}) || '年同期所占份额应为'
                            || {{ short_zh('printed_expected') }} || printed_unit
                    end
                    || case when judged_gap is null or verdict = '已完成' then '' else bands_zh end
            end
    end as rule_zh,
    first_verdict,
    case when first_verdict is not null then first_value end as first_actual,
    case when first_verdict is not null then first_known_on end as first_known_on,
    leads.lead_units
from worded
left join leads
    on worded.target_id = leads.target_id
