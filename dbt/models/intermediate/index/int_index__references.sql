-- To which reference set each period belongs, and whether its cells make up that set: each period its own (reference_id is then
-- the period), or one set for all (0), made of the base period, of a frozen span, or of every period.
select
    periods.framework,
    periods.period_id,
    periods.time_period,
    case when settings.reference_set = 'period' then periods.period_id else 0 end as reference_id,
    case
        when settings.reference_set = 'base' then periods.time_period = settings.reference_base
        else
            periods.time_period >= coalesce(settings.span_from, periods.time_period)
            -- A span to 2015 takes in 2015-12.
            and substr(periods.time_period, 1, length(coalesce(settings.span_to, periods.time_period)))
            <= coalesce(settings.span_to, periods.time_period)
    end as in_reference
from {{ ref('int_index__periods') }} as periods
inner join {{ ref('int_index__frameworks') }} as settings
    on periods.framework = settings.framework
