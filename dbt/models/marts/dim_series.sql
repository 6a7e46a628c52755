-- One row for each statistical series: what it measures, in which unit, with which scope.
select
    series,
    name_zh,
    name_en,
    domain,
    unit_measure as unit,
    kind,
    scope_zh,
    sum_of,
    display_unit_zh,
    display_mult,
    decimals,
    meaning_zh,
    meaning_en
from {{ source('declared', 'series') }}
