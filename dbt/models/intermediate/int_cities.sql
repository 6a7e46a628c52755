-- The nine cities of the metropolitan area.
select ref_area
from {{ source('declared', 'areas') }}
where use = 'scope' and area_type in ('city', 'county_city')
