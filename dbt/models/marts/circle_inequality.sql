-- How unequally the amounts of a year are spread over the cities, and which of them lacks a value.
select
    inequality.indicator,
    inequality.time_period,
    inequality.measure,
    inequality.value,
    inequality.n_cities,
    circle.missing_cities,
    inequality.by_population,
    circle.is_break or inequality.has_other_people as is_break
from {{ ref('int_circle__inequality') }} as inequality
inner join {{ ref('int_circle__values') }} as circle
    on
        inequality.indicator = circle.indicator
        and inequality.time_period = circle.time_period
        and circle.freq = 'A'
