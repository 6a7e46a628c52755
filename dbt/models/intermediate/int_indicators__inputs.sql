-- The values below every indicator value: one row for the numerator and one for the denominator, where they exist. Areas: the
-- nine cities, their zones and facilities, and the peers a reader compares with.
with areas as (

    select ref_area from {{ source('declared', 'areas') }} where use in ('scope', 'peer')
    union all
    select facility as ref_area from {{ source('declared', 'facilities') }}

),

roles as (

    select indicator, period_basis, 'numerator' as role, numerator as series from {{ ref('int_indicators') }}
    union all
    select indicator, period_basis, 'denominator' as role, denominator as series
    from {{ ref('int_indicators') }}
    where denominator is not null

)

select
    roles.indicator,
    roles.role,
    chosen.*
from {{ ref('int_series__chosen') }} as chosen
inner join areas
    on chosen.ref_area = areas.ref_area
inner join roles
    on chosen.series = roles.series and chosen.period_basis = roles.period_basis
