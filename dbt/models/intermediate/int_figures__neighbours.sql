-- For each figure of money or quantity the figures it should be like: of a year the two nearest years, of a cumulative the
-- months beside it and the same month of the years beside it. Of its own source, or where that has none, of another. The
-- figures of single months are not judged: in a small area they swing tenfold.
with figures as (

    select * from {{ ref('int_figures') }} where kind in ('flow', 'stock') and value > 0

),

pairs as (

    select
        figures.observation_id,
        figures.freq,
        figures.value / neighbours.value as ratio,
        -- Against the year before or after a figure may differ by as much as the printed growth says.
        coalesce(own_growth.disagreement, 1 / next_growth.disagreement) as beyond_growth,
        figures.rate,
        neighbours.observation_id as neighbour_id,
        neighbours.value_cny as neighbour_cny,
        neighbours.subject_zh || neighbours.amount_zh as neighbour_zh,
        neighbours.period_number - figures.period_number as step,
        row_number() over (
            partition by figures.observation_id, neighbours.period_number
            order by case when neighbours.source_id = figures.source_id then 0 else 1 end, neighbours.source_id
        ) as choice
    from figures
    inner join figures as neighbours
        on
            figures.series = neighbours.series
            and figures.ref_area = neighbours.ref_area
            and figures.freq = neighbours.freq
            and figures.period_basis = neighbours.period_basis
            and (
                (figures.freq = 'A' and abs(neighbours.period_number - figures.period_number) between 1 and 2)
                or (
                    figures.period_basis = 'ytd'
                    and (
                        abs(neighbours.period_number - figures.period_number) = figures.periods_a_year
                        or (
                            abs(neighbours.period_number - figures.period_number) = 1
                            and neighbours.year = figures.year
                        )
                    )
                )
            )
    -- What lies across a declared break is no neighbour.
    left join {{ source('declared', 'breaks') }} as breaks
        on
            figures.series = breaks.series
            and breaks.ref_area in ('*', figures.ref_area)
            -- Years, and cumulatives of two years, are compared from their first month on.
            and {{ first_month('breaks.time_period') }} > case
                when figures.year = neighbours.year then least(figures.time_period, neighbours.time_period)
                else cast(least(figures.year, neighbours.year) as {{ dbt.type_string() }}) || '-01'
            end
            and {{ first_month('breaks.time_period') }}
            <= {{ last_month('greatest(figures.time_period, neighbours.time_period)') }}
    left join {{ ref('int_figures__growth') }} as own_growth
        on
            figures.observation_id = own_growth.observation_id
            and neighbours.observation_id = own_growth.earlier_id
    left join {{ ref('int_figures__growth') }} as next_growth
        on
            neighbours.observation_id = next_growth.observation_id
            and figures.observation_id = next_growth.earlier_id
    where breaks.series is null

),

placed as (

    select
        *,
        row_number() over (partition by observation_id order by abs(step), step) as nearness
    from pairs
    where choice = 1

)

select
    observation_id,
    neighbour_id,
    neighbour_cny,
    neighbour_zh,
    step,
    nearness,
    ratio,
    beyond_growth,
    {{ unit_jump('coalesce(beyond_growth, ratio)', 'rate') }} as jump
from placed
where nearness <= 2 or freq <> 'A'
