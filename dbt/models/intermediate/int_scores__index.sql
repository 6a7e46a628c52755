-- The index of every ranked city: the weighted mean of the pillars that all ranked cities have in that year.
with roots as (

    select framework, code from {{ source('declared', 'framework_nodes') }} where type = 'index'

),

everyone as (

    select
        pillars.framework,
        pillars.ref_area,
        pillars.time_period,
        {{ exact_sum('pillars.weight') }} as whole,
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
        {{ text_list('panel.code') }} as scored
    from {{ ref('int_scores__panel') }} as panel
    inner join {{ ref('int_scores__pillars') }} as pillars
        on
            panel.framework = pillars.framework
            and panel.ref_area = pillars.ref_area
            and panel.time_period = pillars.time_period
            and panel.code = pillars.code
    -- One city alone cannot be ranked.
    where panel.cities > 1
    group by panel.framework, panel.ref_area, panel.time_period

),

panels as (

    select distinct framework, ref_area, time_period from {{ ref('int_scores__panel') }}

)

select
    everyone.framework,
    everyone.ref_area,
    everyone.time_period,
    roots.code,
    combined.weighted / combined.present as score,
    case
        when combined.weighted is not null then null
        when panels.ref_area is not null then 'too_few'
        else 'below_coverage'
    end as reason,
    coalesce(combined.present, 0) / everyone.whole as coverage,
    combined.scored,
    everyone.missing
from everyone
inner join roots
    on everyone.framework = roots.framework
left join combined
    on
        everyone.framework = combined.framework
        and everyone.ref_area = combined.ref_area
        and everyone.time_period = combined.time_period
left join panels
    on
        everyone.framework = panels.framework
        and everyone.ref_area = panels.ref_area
        and everyone.time_period = panels.time_period
