-- A file in which a figure of a series and area is held is no witness of what that series was before.
select vintages.observation_id
from {{ ref('observation_vintages') }} as vintages
inner join {{ ref('observations') }} as held
    on
        vintages.source_id = held.source_id
        and vintages.source_file = held.source_file
        and vintages.series = held.series
        and vintages.ref_area = held.ref_area
where vintages.vintage = 'derived' and held.is_held
