-- Every figure beside which its source prints a growth rate (series <name>_yoy), or for a year any source, the figure of the
-- same period a year before, and by what factor the two figures contradict the rate.
with figures as (

    select * from {{ ref('int_figures') }}

),

printed as (

    select
        figures.observation_id,
        figures.value,
        figures.rate,
        rates.base_value as growth,
        earlier.observation_id as earlier_id,
        earlier.value as earlier_value,
        row_number() over (
            partition by figures.observation_id
            order by
                case when rates.source_id = figures.source_id then 0 else 1 end,
                case when rates.source_file = figures.source_file then 0 else 1 end,
                rates.source_id,
                case when earlier.source_id = figures.source_id then 0 else 1 end,
                earlier.source_id
        ) as choice
    from figures
    inner join figures as rates
        on
            figures.series || '_yoy' = rates.series
            -- A yearbook prints no growth of trade, the bulletin of the city does.
            and (figures.source_id = rates.source_id or figures.freq = 'A')
            and figures.ref_area = rates.ref_area
            and figures.freq = rates.freq
            and figures.time_period = rates.time_period
            and figures.period_basis = rates.period_basis
    inner join figures as earlier
        on
            figures.series = earlier.series
            and figures.ref_area = earlier.ref_area
            and figures.freq = earlier.freq
            and figures.period_basis = earlier.period_basis
            and figures.period_number - figures.periods_a_year = earlier.period_number
    where figures.value > 0 and earlier.value > 0 and rates.base_value > -100

),

compared as (

    select
        observation_id,
        earlier_id,
        growth,
        100 * (value / earlier_value - 1) as growth_of_figures,
        value / earlier_value / (1 + growth / 100) as disagreement,
        rate
    from printed
    where choice = 1

)

select
    observation_id,
    earlier_id,
    growth,
    growth_of_figures,
    disagreement,
    {{ unit_jump('disagreement', 'rate') }} as jump
from compared
