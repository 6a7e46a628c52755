-- A target of which nothing is known has no progress and no verdict but 无数据 (or 口径变化), and one that is judged has a figure.
select *
from {{ ref('target_progress') }}
where
    (actual is null and (verdict not in ('无数据', '口径变化') or completion is not null or pace_gap is not null or expected_value is not null))
    or (verdict in ('无数据', '口径变化') and reason is null)
