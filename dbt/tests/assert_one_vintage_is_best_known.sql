-- Of every observation one vintage is the best known; of every one that was released, one release is the latest.
select source_id, series, ref_area, counterpart, freq, time_period, period_basis
from {{ ref('observation_vintages') }}
group by source_id, series, ref_area, counterpart, freq, time_period, period_basis
having
    sum(case when is_best_known then 1 else 0 end) <> 1
    or sum(case when is_latest then 1 else 0 end) <> max(case when vintage = 'released' then 1 else 0 end)
