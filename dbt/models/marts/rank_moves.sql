-- What a rank says beside its number: whom a city has passed since the year before and who has passed it, and how many points it lacks
-- to draw level with the city above. Only ranks that are published, and moves only where both scores of both cities can be compared.
with ranked as (

    select framework, ref_area, time_period, code, score, rank, rank_q05, rank_q95, previous_period, change
    from {{ ref('index_scores') }}
    where rank is not null

),

above as (

    select
        own.framework,
        own.ref_area,
        own.time_period,
        own.code,
        min(others.score) as score,
        {{ text_list('case when others.rank = nearest.rank then others.ref_area end') }} as ref_areas
    from ranked as own
    inner join (
        select own.framework, own.ref_area, own.time_period, own.code, max(others.rank) as rank
        from ranked as own
        inner join ranked as others
            on
                own.framework = others.framework
                and own.time_period = others.time_period
                and own.code = others.code
                and own.rank > others.rank
        group by own.framework, own.ref_area, own.time_period, own.code
    ) as nearest
        on
            own.framework = nearest.framework
            and own.ref_area = nearest.ref_area
            and own.time_period = nearest.time_period
            and own.code = nearest.code
    inner join ranked as others
        on
            own.framework = others.framework
            and own.time_period = others.time_period
            and own.code = others.code
            and nearest.rank = others.rank
    group by own.framework, own.ref_area, own.time_period, own.code

),

-- Both years of every city whose change is published.
compared as (

    select
        later.framework,
        later.ref_area,
        later.time_period,
        later.code,
        later.rank,
        earlier.rank as previous_rank
    from ranked as later
    inner join ranked as earlier
        on
            later.framework = earlier.framework
            and later.ref_area = earlier.ref_area
            and later.previous_period = earlier.time_period
            and later.code = earlier.code
    where later.change is not null

),

moves as (

    select
        own.framework,
        own.ref_area,
        own.time_period,
        own.code,
        max(own.previous_rank) as previous_rank,
        {{ text_list('case when own.previous_rank > others.previous_rank and own.rank < others.rank then others.ref_area end') }}
            as overtook,
        {{ text_list('case when own.previous_rank < others.previous_rank and own.rank > others.rank then others.ref_area end') }}
            as overtaken_by
    from compared as own
    inner join compared as others
        on
            own.framework = others.framework
            and own.time_period = others.time_period
            and own.code = others.code
    group by own.framework, own.ref_area, own.time_period, own.code

)

select
    ranked.framework,
    ranked.ref_area,
    ranked.time_period,
    ranked.code,
    ranked.rank,
    above.ref_areas as next_above,
    above.score - ranked.score as points_to_next,
    moves.previous_rank,
    nullif(moves.overtook, '') as overtook,
    nullif(moves.overtaken_by, '') as overtaken_by,
    -- Each of the two ranks must lie outside the interval of the other: else the draws of one year have room for both.
    case
        when moves.previous_rank <> ranked.rank
            then
                (ranked.rank < earlier.rank_q05 or ranked.rank > earlier.rank_q95)
                and (moves.previous_rank < ranked.rank_q05 or moves.previous_rank > ranked.rank_q95)
    end as is_significant
from ranked
left join above
    on
        ranked.framework = above.framework
        and ranked.ref_area = above.ref_area
        and ranked.time_period = above.time_period
        and ranked.code = above.code
left join moves
    on
        ranked.framework = moves.framework
        and ranked.ref_area = moves.ref_area
        and ranked.time_period = moves.time_period
        and ranked.code = moves.code
left join ranked as earlier
    on
        ranked.framework = earlier.framework
        and ranked.ref_area = earlier.ref_area
        and ranked.previous_period = earlier.time_period
        and ranked.code = earlier.code
