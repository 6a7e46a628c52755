-- The nine cities as units of every framework, each with its group: the framework's own groups, or else the parts of the circle.
select
    settings.framework,
    cast(dense_rank() over (order by cities.ref_area) as int) as area_id,
    cities.ref_area,
    coalesce(case when grouped.framework is null then declared.circle_part else areas.area_group end, '') as area_group,
    cast(null as double) as population
from {{ ref('int_cities') }} as cities
cross join {{ source('declared', 'framework_settings') }} as settings
inner join {{ source('declared', 'areas') }} as declared
    on cities.ref_area = declared.ref_area
left join (
    select distinct framework from {{ source('declared', 'framework_areas') }}
) as grouped
    on settings.framework = grouped.framework
left join {{ source('declared', 'framework_areas') }} as areas
    on settings.framework = areas.framework and cities.ref_area = areas.ref_area
