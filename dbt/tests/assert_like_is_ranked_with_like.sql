-- All cities of one index rest on the same pillars in a year.
with pillars as (

    select framework, time_period, ref_area, {{ text_list('code') }} as held
    from {{ ref('index_scores') }}
    where in_index
    group by framework, time_period, ref_area

)

select framework, time_period, count(distinct held) as compositions
from pillars
group by framework, time_period
having count(distinct held) > 1
