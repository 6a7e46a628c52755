-- What rules about growth look at: whole years, and cumulatives from February on, because the days of the Spring Festival move between
-- January and February. Small amounts in yuan are left out: one contract turns them round.
select *
from {{ ref('int_signals__amounts') }}
where
    (
        (freq = 'M' and period_basis = 'ytd' and substr(time_period, 6, 2) > '01')
        -- A year that is its December cumulative would be judged twice.
        or (freq = 'A' and derivation <> 'december_cumulative')
    )
    and (unit <> 'CNY' or value is null or value >= {{ threshold('check_min_cny') }})
