-- Inequality between the cities of the circle in every amount: how much each has beside how many people share it, where all of those
-- that have a value also have a population. Too few cities are not compared, nor any without the whole core of the circle; and no city
-- has a share of a total that nobody knows.
with units as (

    select
        amounts.indicator as item,
        amounts.ref_area as area,
        amounts.time_period as period,
        amounts.value,
        coalesce(areas.circle_part, '') as area_group,
        people.value as population
    from {{ ref('int_indicators__values') }} as amounts
    inner join {{ ref('int_cities') }} as cities
        on amounts.ref_area = cities.ref_area
    inner join {{ source('declared', 'areas') }} as areas
        on amounts.ref_area = areas.ref_area
    inner join {{ ref('int_indicators') }} as indicators
        on amounts.indicator = indicators.indicator
    inner join {{ source('declared', 'series') }} as series
        on indicators.numerator = series.series
    left join {{ ref('int_indicators__values') }} as people
        on
            people.indicator = 'population_resident'
            and people.freq = 'A'
            and amounts.ref_area = people.ref_area
            and amounts.time_period = people.time_period
    where
        amounts.freq = 'A'
        and amounts.value is not null
        and series.kind in ('flow', 'stock')
        and indicators.denominator is null

),

enough as (

    select item, period
    from units
    group by item, period
    having
        count(*) >= {{ threshold('min_ranked_cities') }}
        and count(case when area_group = 'core' then 1 end)
        = (select count(*) from {{ source('declared', 'areas') }} where circle_part = 'core')

),

compared as (

    select units.*
    from units
    inner join enough
        on units.item = enough.item and units.period = enough.period

),

{{ inequality('compared') }},

weighted as (

    select item, period, count(population) = count(*) as by_population
    from compared
    group by item, period

)

select
    named.item as indicator,
    named.period as time_period,
    named.measure,
    cast(named.n as int) as n_cities,
    named.value,
    weighted.by_population and named.measure in ('gini', 'theil', 'theil_between', 'theil_within') as by_population,
    people.indicator is not null
    and weighted.by_population
    and named.measure in ('gini', 'theil', 'theil_between', 'theil_within') as has_other_people
from named
inner join weighted
    on named.item = weighted.item and named.period = weighted.period
-- Years from which on the people are counted on another basis.
left join (
    select distinct breaks.indicator, breaks.time_period
    from {{ ref('int_indicators__breaks') }} as breaks
    inner join {{ ref('int_cities') }} as cities
        on breaks.ref_area = cities.ref_area
    where breaks.indicator = 'population_resident'
) as people
    on named.period = people.time_period
where
    named.value is not null
    and (
        named.measure not in ('primacy', 'primacy_share', 'hhi', 'hhi_normalised')
        or named.n = (select count(*) from {{ ref('int_cities') }})
    )
