-- The nine cities as units of every framework, each with its group (one group where the framework declares none).
select
    settings.framework,
    cast(dense_rank() over (order by cities.ref_area) as int) as area_id,
    cities.ref_area,
    coalesce(areas.area_group, '') as area_group,
    cast(null as double) as population
from {{ ref('int_cities') }} as cities
cross join {{ source('declared', 'framework_settings') }} as settings
left join {{ source('declared', 'framework_areas') }} as areas
    on settings.framework = areas.framework and cities.ref_area = areas.ref_area
