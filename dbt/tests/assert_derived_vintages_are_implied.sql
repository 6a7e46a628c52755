-- A derived vintage is the cumulative less the month that the same file prints for the month after it, and is never the latest.
with derived as (

    select * from {{ ref('observation_vintages') }} where vintage = 'derived'

),

implied as (

    select
        cumulated.source_id,
        cumulated.source_file,
        cumulated.series,
        cumulated.ref_area,
        cumulated.counterpart,
        cumulated.time_period as printed_period,
        cumulated.obs_value - months.obs_value as obs_value,
        cumulated.source_locator || '; ' || months.source_locator as source_locator
    from {{ ref('stg_observations') }} as cumulated
    inner join {{ ref('stg_observations') }} as months
        on
            cumulated.source_id = months.source_id
            and cumulated.source_file = months.source_file
            and cumulated.series = months.series
            and cumulated.ref_area = months.ref_area
            and coalesce(cumulated.counterpart, '') = coalesce(months.counterpart, '')
            and cumulated.time_period = months.time_period
            and cumulated.unit_mult = months.unit_mult
    where cumulated.freq = 'M' and cumulated.period_basis = 'ytd' and months.period_basis = 'period'

)

select derived.observation_id, derived.obs_value, implied.obs_value as implied_value
from derived
left join implied
    on
        derived.source_id = implied.source_id
        and derived.source_file = implied.source_file
        and derived.series = implied.series
        and derived.ref_area = implied.ref_area
        and coalesce(derived.counterpart, '') = coalesce(implied.counterpart, '')
        and substr(derived.time_period, 1, 4) = substr(implied.printed_period, 1, 4)
        and cast(substr(derived.time_period, 6, 2) as int) + 1 = cast(substr(implied.printed_period, 6, 2) as int)
where
    derived.is_latest
    or derived.period_basis <> 'ytd'
    or not coalesce(abs(derived.obs_value - implied.obs_value) < 1e-5, false)
    or derived.source_locator <> implied.source_locator
