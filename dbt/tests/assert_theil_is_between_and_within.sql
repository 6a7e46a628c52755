-- What lies between the parts of the circle and what lies within them is all there is.
with measured as (

    select 'circle' as of_what, indicator as code, time_period, measure, value from {{ ref('circle_inequality') }}
    union all
    select framework as of_what, code, time_period, measure, value from {{ ref('inequality') }}

)

select of_what, code, time_period
from measured
group by of_what, code, time_period
having
    abs(
        max(case when measure = 'theil' then value end)
        - max(case when measure = 'theil_between' then value end)
        - max(case when measure = 'theil_within' then value end)
    ) > 1e-12
