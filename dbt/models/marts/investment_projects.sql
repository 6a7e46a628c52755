-- The projects of the last register of each city, as it reported them.
select
    projects.ref_area,
    projects.project,
    projects.time_period,
    projects.name_zh as project_zh,
    projects.investor_zh,
    projects.economy,
    economies.name_zh as economy_zh,
    projects.industry,
    industries.name_zh as industry_zh,
    projects.site_zh,
    stages.stage,
    stages.stage_zh,
    projects.is_ended,
    projects.pitched_on,
    projects.negotiated_on,
    projects.signed_on,
    projects.started_on,
    projects.operating_on,
    projects.ended_on,
    projects.contracted,
    projects.arrived,
    projects.unit_measure as unit,
    projects.obs_status,
    projects.published_on,
    projects.published_basis,
    projects.source_id,
    projects.source_file,
    projects.source_sha256,
    projects.source_locator
from {{ ref('stg_projects') }} as projects
inner join {{ ref('int_projects__registers') }} as registers
    on
        projects.ref_area = registers.ref_area
        and projects.time_period = registers.time_period
        and projects.source_id = registers.source_id
        and projects.source_file = registers.source_file
inner join {{ ref('int_projects__stages') }} as stages
    on projects.stage_order = stages.stage_order
left join {{ source('declared', 'economies') }} as economies
    on projects.economy = economies.economy
left join {{ source('declared', 'industries') }} as industries
    on projects.industry = industries.industry
where registers.is_latest
