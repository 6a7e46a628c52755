-- A city that is declared not to have a thing has no positive figure for it.
select structural.series, structural.ref_area, observations.time_period, observations.value
from {{ source('declared', 'structural') }} as structural
inner join {{ ref('int_series__values') }} as observations
    on
        structural.series = observations.series
        and structural.ref_area = observations.ref_area
        and substr(observations.time_period, 1, 4) between structural.period_from and coalesce(structural.period_to, '9999')
where observations.value > 0
