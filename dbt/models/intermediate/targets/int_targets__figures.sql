-- The figures a target is measured by: whole years, and for flows the cumulatives of months; up to its own year.
select
    targets.target_id,
    chosen.freq,
    chosen.time_period,
    chosen.period_basis,
    substr(chosen.time_period, 1, 4) as of_year,
    case when chosen.freq = 'A' then 12 else cast(substr(chosen.time_period, 6, 2) as int) end as months,
    chosen.value,
    chosen.obs_status,
    chosen.source_id,
    chosen.published_on
from {{ ref('int_targets') }} as targets
inner join {{ ref('int_series__chosen') }} as chosen
    on targets.series = chosen.series and targets.ref_area = chosen.ref_area
where
    chosen.value is not null
    and not chosen.is_held
    and substr(chosen.time_period, 1, 4) <= targets.target_period
    and (
        (chosen.freq = 'A' and chosen.period_basis = 'period')
        or (chosen.freq = 'M' and chosen.period_basis = 'ytd' and targets.series_kind = 'flow')
    )
