-- The index of each ranked city without one indicator, one group or one other city.
select
    without.framework,
    without.kind as left_out_kind,
    without.left_out,
    without.ref_area,
    without.time_period,
    without.value as score,
    without.rank,
    published.rank as published_rank
from {{ source('steps', 'leave_one_out') }} as without
inner join {{ ref('index_scores') }} as published
    on
        without.framework = published.framework
        and without.ref_area = published.ref_area
        and without.time_period = published.time_period
        and without.code = published.code
where published.node = 'index' and published.rank is not null
