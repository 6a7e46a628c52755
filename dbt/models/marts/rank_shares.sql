-- In which share of the draws a published rank is each rank.
select drawn.framework, drawn.ref_area, drawn.time_period, drawn.code, drawn.rank, drawn.share as share_of_draws
from {{ source('steps', 'rank_shares') }} as drawn
inner join {{ ref('rank_intervals') }} as published
    on
        drawn.framework = published.framework
        and drawn.ref_area = published.ref_area
        and drawn.time_period = published.time_period
        and drawn.code = published.code
