-- Every case that any rule looked at, with the rule, the city it belongs to, and whether it is the newest of its kind that could be
-- judged, and not of long ago.
with cases as (

    {% for model in ['growth', 'declines', 'turns', 'scores', 'ranks', 'targets', 'structure', 'changes', 'gaps'] -%}
    select * from {{ ref('int_signals__' ~ model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

placed as (

    select
        cases.*,
        rules.name_zh as rule_name_zh,
        rules.polarity,
        rules.severity,
        rules.threshold,
        coalesce(areas.city, cases.ref_area) as city,
        case when length(cases.time_period) = 4 then cases.time_period || '-12' else cases.time_period end as period_end
    from cases
    inner join {{ source('declared', 'signal_rules') }} as rules
        on cases.rule = rules.rule
    inner join {{ ref('dim_area') }} as areas
        on cases.ref_area = areas.ref_area

)

select
    placed.*,
    coalesce(
        fired is not null
        and period_end = max(case when fired is not null then period_end end) over (
            partition by rule, ref_area, indicator, framework, code, target_id
        )
        -- The newest of its kind may be of long ago.
        and cast(substr(period_end, 1, 4) as int) >= year(build.reference_day) - {{ threshold('signal_current_years') }},
        false
    ) as is_current
from placed
cross join {{ source('declared', 'build') }} as build
