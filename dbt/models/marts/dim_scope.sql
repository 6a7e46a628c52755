-- One row for each scope that an everyday name may stand for: which series, of which place, and what it counts.
select
    scope,
    family_zh,
    series,
    ref_area,
    name_zh,
    name_en,
    definition_zh,
    source
from {{ source('declared', 'scopes') }}
