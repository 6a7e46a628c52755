-- Like with like: which cities are ranked in a year (their scored pillars carry the weight the root asks for) and which pillars
-- all of them have.
with pillars as (

    select
        pillars.framework,
        pillars.ref_area,
        pillars.time_period,
        pillars.code,
        pillars.weight,
        pillars.score,
        coalesce(roots.min_coverage, settings.min_coverage) as min_coverage
    from {{ ref('int_scores__pillars') }} as pillars
    inner join {{ source('declared', 'framework_settings') }} as settings
        on pillars.framework = settings.framework
    inner join {{ source('declared', 'framework_nodes') }} as roots
        on pillars.framework = roots.framework and roots.type = 'index'

),

covered as (

    select
        framework,
        ref_area,
        time_period,
        {{ exact_sum('case when score is not null then weight else 0 end') }} as present,
        {{ exact_sum('weight') }} as whole,
        max(min_coverage) as min_coverage
    from pillars
    group by framework, ref_area, time_period

),

panel as (

    select framework, ref_area, time_period, min_coverage
    from covered
    where present > 0 and present >= min_coverage * whole - 1e-9

),

sized as (

    select framework, time_period, count(*) as cities from panel group by framework, time_period

),

shared as (

    select
        pillars.framework,
        pillars.time_period,
        pillars.code,
        pillars.weight,
        count(pillars.score) as cities
    from pillars
    inner join panel
        on
            pillars.framework = panel.framework
            and pillars.ref_area = panel.ref_area
            and pillars.time_period = panel.time_period
    group by pillars.framework, pillars.time_period, pillars.code, pillars.weight

)

select
    panel.framework,
    panel.time_period,
    panel.ref_area,
    shared.code,
    shared.weight,
    sized.cities,
    panel.min_coverage
from panel
inner join sized
    on panel.framework = sized.framework and panel.time_period = sized.time_period
inner join shared
    on
        panel.framework = shared.framework
        and panel.time_period = shared.time_period
        and sized.cities = shared.cities
