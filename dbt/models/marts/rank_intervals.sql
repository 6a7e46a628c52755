-- How far each published rank can be trusted: where it lies when settings and weights are drawn anew.
select
    drawn.framework,
    drawn.ref_area,
    drawn.time_period,
    drawn.code,
    drawn.nominal,
    drawn.mean,
    drawn.median,
    drawn.q05,
    drawn.q95,
    drawn.p_top3,
    cast(drawn.draws as int) as draws,
    cast(drawn.seed as int) as seed
from {{ source('steps', 'rank_intervals') }} as drawn
inner join {{ ref('index_scores') }} as published
    on
        drawn.framework = published.framework
        and drawn.ref_area = published.ref_area
        and drawn.time_period = published.time_period
        and drawn.code = published.code
where published.rank is not null
