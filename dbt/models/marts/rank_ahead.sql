-- In which share of the draws one city is ahead of another, of those that have a published rank.
select drawn.framework, drawn.time_period, drawn.code, drawn.ref_area, drawn.other, drawn.p_ahead
from {{ source('steps', 'rank_ahead') }} as drawn
inner join {{ ref('rank_intervals') }} as published
    on
        drawn.framework = published.framework
        and drawn.ref_area = published.ref_area
        and drawn.time_period = published.time_period
        and drawn.code = published.code
inner join {{ ref('rank_intervals') }} as others
    on
        drawn.framework = others.framework
        and drawn.other = others.ref_area
        and drawn.time_period = others.time_period
        and drawn.code = others.code
