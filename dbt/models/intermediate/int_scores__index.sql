-- The index of every ranked city: the weighted mean of the pillars that all ranked cities have in that year, if these carry the
-- weight the root asks for and the cities are enough to be ranked at all.
with minimum as (

    select value as cities from {{ source('declared', 'thresholds') }} where threshold = 'min_ranked_cities'

),
 roots as (

    select framework, code from {{ source('declared', 'framework_nodes') }} where type = 'index'

),

everyone as (

    select
        pillars.framework,
        pillars.ref_area,
        pillars.time_period,
        {{ exact_sum('pillars.weight') }} as whole,
        {{ exact_sum('case when pillars.score is not null then pillars.weight else 0 end') }} as own,
        {{ text_list('case when pillars.score is null then pillars.code end') }} as missing
    from {{ ref('int_scores__pillars') }} as pillars
    group by pillars.framework, pillars.ref_area, pillars.time_period

),

combined as (

    select
        panel.framework,
        panel.ref_area,
        panel.time_period,
        {{ exact_sum('panel.weight * pillars.score') }} as weighted,
        {{ exact_sum('panel.weight') }} as present,
        max(panel.min_coverage) as min_coverage,
        max(panel.cities) as cities,
        {{ text_list('panel.code') }} as scored
    from {{ ref('int_scores__panel') }} as panel
    inner join {{ ref('int_scores__pillars') }} as pillars
        on
            panel.framework = pillars.framework
            and panel.ref_area = pillars.ref_area
            and panel.time_period = pillars.time_period
            and panel.code = pillars.code
    group by panel.framework, panel.ref_area, panel.time_period

),

judged as (

    select
        everyone.*,
        combined.weighted,
        combined.present,
        combined.scored,
        case
            when everyone.own = 0 then 'missing'
            when combined.framework is null then 'below_coverage'
            when combined.cities < minimum.cities then 'too_few'
            when combined.present < combined.min_coverage * everyone.whole - 1e-9 then 'below_coverage'
        end as reason
    from everyone
    cross join minimum
    left join combined
        on
            everyone.framework = combined.framework
            and everyone.ref_area = combined.ref_area
            and everyone.time_period = combined.time_period

)

select
    judged.framework,
    judged.ref_area,
    judged.time_period,
    roots.code,
    case when judged.reason is null then judged.weighted / judged.present end as score,
    judged.reason,
    case when judged.reason is null then judged.present else judged.own end / judged.whole as coverage,
    case when judged.reason is null then judged.scored end as scored,
    judged.missing
from judged
inner join roots
    on judged.framework = roots.framework
