-- Figures that all their neighbours are unlike by one and the same factor of a unit, beyond what the printed growth explains.
with leaps as (

    select
        observation_id,
        min(jump) as lowest_jump,
        max(jump) as highest_jump,
        count(jump) as jumping,
        count(*) as neighbours,
        -- The figures right before and right after agree with each other and not with this one.
        sum(case when abs(step) = 1 then 1 else 0 end) = 2 as returns,
        count(beyond_growth) > 0 as growth_contradicts,
        max(case when nearness = 1 then ratio end) as ratio,
        max(neighbour_cny) as neighbour_cny,
        {{ text_list('neighbour_zh') }} as neighbours_zh
    from {{ ref('int_figures__neighbours') }}
    group by observation_id

)

select
    leaps.observation_id,
    leaps.lowest_jump as jump,
    leaps.neighbours,
    leaps.returns,
    leaps.growth_contradicts,
    leaps.ratio,
    leaps.neighbours_zh
from leaps
inner join {{ ref('int_figures') }} as figures
    on leaps.observation_id = figures.observation_id
where
    leaps.jumping = leaps.neighbours
    and leaps.lowest_jump = leaps.highest_jump
    -- A figure that was put right is not doubted again.
    and figures.correction_id is null
    -- In small sums one contract makes a jump.
    and coalesce(greatest(figures.value_cny, leaps.neighbour_cny) >= {{ threshold('check_min_cny') }}, true)
