-- All vintages of every observation, each with the days on which it was the newest known: what was released, and what later
-- files imply of it (derived).
with vintages as (

    select *, 'released' as vintage from {{ ref('stg_observations') }}
    union all
    select *, 'derived' as vintage from {{ ref('int_observations__derived') }}

),

files as (

    select
        source_id,
        source_file,
        min(published_on) as published_on,
        min(published_basis) as published_basis,
        max(period_end) as file_period_end
    from {{ ref('stg_observations') }}
    group by source_id, source_file

),

-- A source that publishes month by month released the table of March before that of April, even where the only day known of
-- March is that on which somebody obtained it: it was out when the first of its followers was.
released as (

    select
        files.source_id,
        files.source_file,
        files.file_period_end,
        case
            when sources.frequency in ('M', 'Q') and files.published_basis in ('obtained', 'edition')
                then min(files.published_on) over (partition by files.source_id order by files.file_period_end desc)
            else files.published_on
        end as released_by
    from files
    left join {{ source('declared', 'sources') }} as sources
        on files.source_id = sources.source_id

),

ordered as (

    select
        vintages.*,
        row_number() over (
            partition by
                vintages.source_id, vintages.series, vintages.ref_area, vintages.counterpart, vintages.freq,
                vintages.time_period, vintages.period_basis
            order by
                released.released_by, released.file_period_end, vintages.published_on, vintages.source_file,
                vintages.observation_id
        ) as vintage_number
    from vintages
    inner join released
        on vintages.source_id = released.source_id and vintages.source_file = released.source_file

),

followed as (

    select
        *,
        -- A file shows as many decimals as its finest figure: 140 beside 143.5 is printed 140.0.
        min({{ printed_step('obs_value') }} * power(cast(10 as double), unit_mult)) over (
            partition by source_id, source_file, series, unit_mult
        ) as printed_step,
        -- Of vintages that follow, the first that can be shown.
        min(case when vintage = 'released' then published_on end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
            order by vintage_number
            rows between 1 following and unbounded following
        ) as next_released_on,
        min(case when vintage = 'released' then vintage_number end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as first_released,
        max(case when vintage = 'released' then vintage_number end) over (
            partition by source_id, series, ref_area, counterpart, freq, time_period, period_basis
        ) as last_released
    from ordered

)

select
    observation_id,
    source_id,
    series,
    ref_area,
    counterpart,
    freq,
    time_period,
    period_basis,
    period_start,
    period_end,
    obs_value,
    unit_measure,
    unit_mult,
    base_value,
    base_unit,
    published_status,
    obs_status,
    obs_break,
    correction_id,
    is_held,
    published_on,
    published_basis,
    source_file,
    source_sha256,
    source_locator,
    vintage,
    vintage_number,
    printed_step,
    published_on as valid_from,
    -- What ends a derived one is known after the checks (int_observations__known).
    case when vintage = 'released' then next_released_on end as valid_to,
    vintage = 'released' and vintage_number = first_released as is_first,
    vintage = 'released' and vintage_number = last_released as is_latest
from followed
