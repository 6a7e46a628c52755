-- Every observation of every source, latest vintage: as published, and in the base unit of its series beside it.
with breaks as (

    select series, ref_area, time_period from {{ source('declared', 'breaks') }}

)

select
    observations.observation_id,
    observations.source_id,
    observations.series,
    observations.ref_area,
    observations.counterpart,
    observations.freq,
    observations.time_period,
    observations.period_basis,
    observations.period_start,
    observations.period_end,
    observations.obs_value,
    observations.unit_measure,
    observations.unit_mult,
    observations.value,
    observations.series_unit as unit,
    observations.value_cny,
    observations.exchange_rate,
    observations.value_status as obs_status,
    observations.obs_break or of_area.series is not null or of_all.series is not null as obs_break,
    observations.correction_id,
    observations.is_held,
    observations.published_on,
    observations.published_basis,
    observations.source_file,
    observations.source_sha256,
    observations.source_locator
from {{ ref('int_observations__converted') }} as observations
left join breaks as of_area
    on
        observations.series = of_area.series
        and observations.ref_area = of_area.ref_area
        and observations.time_period = of_area.time_period
left join breaks as of_all
    on
        observations.series = of_all.series
        and of_all.ref_area = '*'
        and observations.time_period = of_all.time_period
