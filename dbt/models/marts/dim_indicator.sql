-- One row for each published indicator, with its formula.
select
    indicator,
    name_zh,
    name_en,
    domain,
    numerator,
    denominator,
    scale,
    period_basis,
    unit,
    display_unit_zh,
    display_mult,
    decimals,
    annual_since,
    monthly_since,
    meaning_zh,
    meaning_en
from {{ ref('int_indicators') }}
