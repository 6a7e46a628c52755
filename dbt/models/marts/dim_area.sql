-- One row for each area and facility: what it is, what it belongs to, and the city it counts for.
select
    areas.ref_area,
    areas.name_zh,
    areas.name_en,
    areas.area_type,
    areas.parent,
    case when cities.ref_area is not null then areas.ref_area when owners.ref_area is not null then areas.parent end as city,
    areas.use,
    areas.circle_part,
    areas.pinyin,
    areas.lon,
    areas.lat,
    areas.note
from {{ source('declared', 'areas') }} as areas
left join {{ ref('int_cities') }} as cities
    on areas.ref_area = cities.ref_area
left join {{ ref('int_cities') }} as owners
    on areas.parent = owners.ref_area

union all

select
    facility as ref_area,
    name_zh,
    name_en,
    facility_type as area_type,
    city as parent,
    city,
    'scope' as use,
    cast(null as {{ dbt.type_string() }}) as circle_part,
    cast(null as {{ dbt.type_string() }}) as pinyin,
    cast(null as double) as lon,
    cast(null as double) as lat,
    note
from {{ source('declared', 'facilities') }}
