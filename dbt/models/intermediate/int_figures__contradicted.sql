-- Figures ten thousand or a hundred million times those of the same period of the year before, as the other flow of the same
-- file is (both flows for a total), against the growth that is printed beside one of them. The months beside say nothing
-- here: a publisher may change its unit and stay with it.
with figures as (

    select * from {{ ref('int_figures') }}

),

neighbours as (

    select * from {{ ref('int_figures__neighbours') }} where jump in (4, 8, -4, -8)

),

-- How many neighbours a figure is unlike by the same factor.
counted as (

    select observation_id, jump, count(*) as times from neighbours group by observation_id, jump

),

leaps as (

    select
        neighbours.*,
        figures.source_id,
        figures.source_file,
        figures.series,
        figures.ref_area,
        figures.time_period,
        figures.period_basis
    from neighbours
    inner join figures
        on neighbours.observation_id = figures.observation_id
    where neighbours.step = -figures.periods_a_year

),

kin as (

    {{ kin() }}

),

borne_out as (

    select leaps.observation_id
    from leaps
    inner join kin
        on leaps.series = kin.series
    inner join leaps as siblings
        on
            kin.sibling = siblings.series
            and leaps.source_id = siblings.source_id
            and leaps.source_file = siblings.source_file
            and leaps.ref_area = siblings.ref_area
            and leaps.time_period = siblings.time_period
            and leaps.period_basis = siblings.period_basis
            and leaps.jump = siblings.jump
    group by leaps.observation_id
    having count(*) = max(kin.needed) and count(coalesce(leaps.beyond_growth, siblings.beyond_growth)) > 0

),

-- The later figure is the odd one, unless only the earlier one is unlike others too.
judged as (

    select
        leaps.observation_id,
        leaps.jump,
        leaps.ratio,
        leaps.beyond_growth,
        leaps.neighbour_cny,
        leaps.neighbour_zh,
        mirrored.observation_id as earlier_id,
        mirrored.jump as earlier_jump,
        mirrored.ratio as earlier_ratio,
        mirrored.neighbour_cny as later_cny,
        mirrored.neighbour_zh as later_zh,
        coalesce(own.times = 1 and earlier.times > 1, false) as earlier_is_odd
    from leaps
    inner join borne_out
        on leaps.observation_id = borne_out.observation_id
    inner join counted as own
        on leaps.observation_id = own.observation_id and leaps.jump = own.jump
    left join neighbours as mirrored
        on leaps.neighbour_id = mirrored.observation_id and leaps.observation_id = mirrored.neighbour_id
    left join counted as earlier
        on mirrored.observation_id = earlier.observation_id and mirrored.jump = earlier.jump

),

blamed as (

    select observation_id, jump, ratio, beyond_growth, neighbour_cny, neighbour_zh from judged where not earlier_is_odd

    union all

    select
        earlier_id as observation_id,
        earlier_jump as jump,
        earlier_ratio as ratio,
        beyond_growth,
        later_cny as neighbour_cny,
        later_zh as neighbour_zh
    from judged
    where earlier_is_odd

)

select
    blamed.observation_id,
    min(blamed.jump) as jump,
    min(blamed.ratio) as ratio,
    count(blamed.beyond_growth) > 0 as growth_contradicts,
    {{ text_list('blamed.neighbour_zh') }} as neighbours_zh
from blamed
inner join figures
    on blamed.observation_id = figures.observation_id
where
    -- A figure that was put right is not doubted again.
    figures.correction_id is null
    -- In small sums one contract makes a jump.
    and coalesce(greatest(figures.value_cny, blamed.neighbour_cny) >= {{ threshold('check_min_cny') }}, true)
group by blamed.observation_id
