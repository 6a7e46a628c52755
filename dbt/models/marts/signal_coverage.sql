-- What each rule could look at in each city and in the circle. Where it could judge nothing, it says why: no signal is not good news.
with areas as (

    select ref_area, 'city' as about from {{ ref('int_cities') }}
    union all
    select 'WHMA' as ref_area, 'circle' as about

),

counted as (

    select
        rule,
        city as ref_area,
        count(*) as n_cases,
        count(fired) as n_judged,
        sum(case when fired then 1 else 0 end) as n_fired,
        max(n_found) as n_found
    from {{ ref('int_signals') }}
    group by rule, city

)

select
    rules.rule,
    rules.name_zh as rule_name_zh,
    areas.ref_area,
    cast(coalesce(counted.n_cases, 0) as int) as n_cases,
    cast(coalesce(counted.n_judged, 0) as int) as n_judged,
    cast(coalesce(counted.n_fired, 0) as int) as n_fired,
    cast(rules.n_needed as int) as n_needed,
    cast(coalesce(counted.n_found, 0) as int) as n_found,
    case
        when counted.n_judged > 0 then null
        when counted.n_cases is null then '没有这一规则可看的数据'
        when counted.n_found < rules.n_needed
            then
                '判断至少要有' || cast(cast(rules.n_needed as int) as {{ dbt.type_string() }}) || '个' || rules.counted_zh
                || '，只有' || cast(counted.n_found as {{ dbt.type_string() }}) || '个'
        else '数据不全，不能判断'
    end as reason_zh
from {{ source('declared', 'signal_rules') }} as rules
cross join areas
left join counted
    on rules.rule = counted.rule and areas.ref_area = counted.ref_area
-- Where a rule about cities has found a case of the circle, such as a target of its own, that is told too.
where rules.about = areas.about or counted.n_cases > 0
