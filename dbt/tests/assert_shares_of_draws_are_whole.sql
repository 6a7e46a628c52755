-- The shares of a rank's draws add up to one, and of two cities at most one is ahead.
select framework, ref_area, time_period, code, sum(share_of_draws) as whole
from {{ ref('rank_shares') }}
group by framework, ref_area, time_period, code
having abs(sum(share_of_draws) - 1) > 1e-9

union all

select one.framework, one.ref_area, one.time_period, one.code, one.p_ahead + other.p_ahead as whole
from {{ ref('rank_ahead') }} as one
inner join {{ ref('rank_ahead') }} as other
    on
        one.framework = other.framework
        and one.time_period = other.time_period
        and one.code = other.code
        and one.ref_area = other.other
        and one.other = other.ref_area
where one.p_ahead + other.p_ahead > 1 + 1e-9
