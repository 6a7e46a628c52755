-- What a file implies of the cumulative before its own: a publisher who prints ytd(t) and month(t) holds ytd(t−1) to be their
-- difference. It is a vintage of ytd(t−1) as a whole; which of its months changed, nobody can tell.
with figures as (

    select *
    from {{ ref('stg_observations') }}
    where freq = 'M'

),

-- A figure that was held or put right is no witness of another.
sound as (

    select * from figures where base_value is not null and not is_held and correction_id is null

),

implied as (

    select
        cumulated.source_id,
        cumulated.series,
        cumulated.ref_area,
        cumulated.counterpart,
        cumulated.freq,
        substr(
            cast(cast(months.period_start - interval '1' day as date) as {{ dbt.type_string() }}), 1, 7
        ) as time_period,
        cumulated.period_basis,
        cumulated.period_start,
        cast(months.period_start - interval '1' day as date) as period_end,
        {{ exact_difference('cumulated.obs_value', 'months.obs_value') }} as obs_value,
        cumulated.unit_measure,
        cumulated.unit_mult,
        cumulated.base_unit,
        -- The weaker of the two figures decides.
        case
            when cumulated.obs_status in ('E', 'I') or months.obs_status in ('E', 'I') then 'E'
            when cumulated.obs_status = 'P' or months.obs_status = 'P' then 'P'
            else 'A'
        end as obs_status,
        cumulated.obs_break,
        cumulated.published_on,
        cumulated.published_basis,
        cumulated.source_file,
        cumulated.source_sha256,
        cumulated.source_locator || '; ' || months.source_locator as source_locator
    from sound as cumulated
    inner join sound as months
        on
            cumulated.source_id = months.source_id
            and cumulated.source_file = months.source_file
            and cumulated.series = months.series
            and cumulated.ref_area = months.ref_area
            and coalesce(cumulated.counterpart, '') = coalesce(months.counterpart, '')
            and cumulated.time_period = months.time_period
            and cumulated.unit_measure = months.unit_measure
            and cumulated.unit_mult = months.unit_mult
    inner join {{ source('declared', 'series') }} as series
        on cumulated.series = series.series
    where
        cumulated.period_basis = 'ytd'
        and months.period_basis = 'period'
        and series.kind = 'flow'
        -- Before January there is nothing of the year.
        and substr(cumulated.time_period, 6, 2) <> '01'
        -- A month that exceeds its cumulative implies nothing that can be.
        and cumulated.obs_value >= months.obs_value

)

select
    md5({{ observation_id() }} || '|derived') as observation_id,
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
    obs_value * power(cast(10 as double), unit_mult) as base_value,
    base_unit,
    obs_status as published_status,
    obs_status,
    obs_break,
    cast(null as {{ dbt.type_string() }}) as correction_id,
    false as is_held,
    published_on,
    published_basis,
    source_file,
    source_sha256,
    source_locator
from implied
-- What a file prints of the earlier cumulative counts, not what it implies.
where not exists (
    select 1
    from figures
    where
        figures.period_basis = 'ytd'
        and figures.source_id = implied.source_id
        and figures.source_file = implied.source_file
        and figures.series = implied.series
        and figures.ref_area = implied.ref_area
        and coalesce(figures.counterpart, '') = coalesce(implied.counterpart, '')
        and figures.time_period = implied.time_period
)
