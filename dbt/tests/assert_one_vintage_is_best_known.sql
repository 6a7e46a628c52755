-- Of every observation one vintage is the best known; of every one that was released, one release is the latest, and a derived
-- vintage that says the same does not take its place, unless the release is held.
with vintages as (

    select vintages.*, coalesce(converted.is_held, false) as is_held
    from {{ ref('observation_vintages') }} as vintages
    left join {{ ref('int_observations__converted') }} as converted
        on vintages.observation_id = converted.observation_id

)

select source_id, series, ref_area, counterpart, freq, time_period, period_basis
from vintages
group by source_id, series, ref_area, counterpart, freq, time_period, period_basis
having
    sum(case when is_best_known then 1 else 0 end) <> 1
    or sum(case when is_latest then 1 else 0 end) <> max(case when vintage = 'released' then 1 else 0 end)
    or (
        max(case when is_latest and is_held then 1 else 0 end) = 0
        and max(case when is_best_known and vintage = 'derived' then obs_value end) = max(case when is_latest then obs_value end)
        and max(case when is_best_known then unit_mult end) = max(case when is_latest then unit_mult end)
        and max(case when is_best_known then unit_measure end) = max(case when is_latest then unit_measure end)
    )
