-- No stage is reached by more projects than the one before; each project stands at one stage; the structure is of the signed ones.
with stages as (

    select
        ref_area,
        time_period,
        stage,
        stage_order,
        n_reached,
        n_here + n_ended as n_stand,
        lead(n_reached, 1, 0) over (partition by ref_area, time_period order by stage_order) as n_beyond
    from {{ ref('investment_funnel') }}

),

structures as (

    select
        ref_area,
        time_period,
        breakdown,
        sum(n_signed) as n_signed
    from {{ ref('investment_structure') }}
    group by ref_area, time_period, breakdown

)

select
    ref_area,
    time_period,
    stage as told
from stages
where n_beyond > n_reached or n_reached - n_beyond <> n_stand
union all
select
    structures.ref_area,
    structures.time_period,
    structures.breakdown as told
from structures
left join stages
    on structures.ref_area = stages.ref_area and structures.time_period = stages.time_period and stages.stage = 'signed'
where structures.n_signed <> coalesce(stages.n_reached, 0)
