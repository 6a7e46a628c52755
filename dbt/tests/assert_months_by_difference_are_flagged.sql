-- A month taken from cumulatives is flagged as estimated, is not negative, and stands beside no month that its source prints.
select differences.source_id, differences.series, differences.ref_area, differences.time_period
from {{ ref('int_series__values') }} as differences
left join {{ ref('observations') }} as months
    on
        differences.source_id = months.source_id
        and differences.series = months.series
        and differences.ref_area = months.ref_area
        and differences.time_period = months.time_period
        and months.period_basis = 'period'
        and months.counterpart is null
where
    differences.derivation in ('difference', 'january_cumulative')
    and (
        months.observation_id is not null
        or differences.value < 0
        or (differences.derivation = 'difference' and differences.value is not null and differences.obs_status <> 'E')
    )
