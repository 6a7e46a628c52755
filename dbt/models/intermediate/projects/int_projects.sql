-- The projects of the registers that count; for the circle those of all cities together, where each of the nine has one of that month.
with projects as (

    select
        projects.ref_area as city,
        projects.time_period,
        projects.project,
        projects.economy,
        projects.industry,
        substr(cast(projects.signed_on as {{ dbt.type_string() }}), 1, 4) as signed_year,
        projects.stage_order,
        projects.is_ended,
        projects.contracted,
        projects.arrived
    from {{ ref('stg_projects') }} as projects
    inner join {{ ref('int_projects__registers') }} as registers
        on
            projects.ref_area = registers.ref_area
            and projects.time_period = registers.time_period
            and projects.source_id = registers.source_id
            and projects.source_file = registers.source_file

),

whole as (

    select time_period
    from {{ ref('int_projects__registers') }}
    group by time_period
    having count(*) = (select count(*) from {{ ref('int_cities') }})

)

select
    city as ref_area,
    projects.*
from projects
union all
select
    'WHMA' as ref_area,
    projects.*
from projects
inner join whole
    on projects.time_period = whole.time_period
