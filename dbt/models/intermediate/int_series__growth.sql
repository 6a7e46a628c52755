-- Every chosen amount beside the same period of the year before, from the same source: as best known today and as first
-- released. Areas: the nine cities, their zones and facilities, and the peers.
with areas as (

    select ref_area from {{ source('declared', 'areas') }} where use in ('scope', 'peer')
    union all
    select facility as ref_area from {{ source('declared', 'facilities') }}

),

chosen as (

    select
        chosen.series,
        chosen.ref_area,
        chosen.freq,
        chosen.time_period,
        chosen.period_basis,
        chosen.source_id,
        chosen.derivation,
        chosen.value,
        chosen.obs_status,
        series.unit_measure as unit,
        series.kind = 'flow' and chosen.freq = 'M' and chosen.period_basis = 'ytd' as is_cumulative,
        cast(cast(substr(chosen.time_period, 1, 4) as int) - 1 as {{ dbt.type_string() }}) as year_before,
        substr(chosen.time_period, 5) as of_year,
        -- First and last month of what the two periods cover together.
        case
            when chosen.freq = 'A' or chosen.period_basis = 'ytd' then '-01'
            when substr(chosen.time_period, 5) = '-Q1' then '-01'
            when substr(chosen.time_period, 5) = '-Q2' then '-04'
            when substr(chosen.time_period, 5) = '-Q3' then '-07'
            when substr(chosen.time_period, 5) = '-Q4' then '-10'
            else substr(chosen.time_period, 5)
        end as first_month,
        case
            when chosen.freq = 'A' then '-12'
            when substr(chosen.time_period, 5) = '-Q1' then '-03'
            when substr(chosen.time_period, 5) = '-Q2' then '-06'
            when substr(chosen.time_period, 5) = '-Q3' then '-09'
            when substr(chosen.time_period, 5) = '-Q4' then '-12'
            else substr(chosen.time_period, 5)
        end as last_month
    from {{ ref('int_series__chosen') }} as chosen
    inner join areas
        on chosen.ref_area = areas.ref_area
    inner join {{ source('declared', 'series') }} as series
        on chosen.series = series.series
    -- Growth is of amounts; a rate or an index is one itself.
    where series.kind in ('flow', 'stock', 'price')

),

-- A break after the first month of the base and not after the value lies between what is compared.
broken as (

    select distinct chosen.series, chosen.ref_area, chosen.freq, chosen.time_period, chosen.period_basis
    from chosen
    inner join {{ source('declared', 'breaks') }} as breaks
        on
            chosen.series = breaks.series
            and breaks.ref_area in ('*', chosen.ref_area)
            and {{ first_month('breaks.time_period') }}
            > chosen.year_before || chosen.first_month
            and {{ first_month('breaks.time_period') }}
            <= substr(chosen.time_period, 1, 4) || chosen.last_month

),

printed as (

    select source_id, series, ref_area, freq, time_period, period_basis, value from {{ ref('int_series__values') }}

),

known as (

    select * from {{ ref('int_series__known') }}

)

select
    chosen.series,
    chosen.ref_area,
    chosen.freq,
    chosen.time_period,
    chosen.period_basis,
    chosen.source_id,
    chosen.derivation,
    chosen.value,
    chosen.unit,
    chosen.obs_status,
    chosen.is_cumulative,
    base.best_value as base_value,
    base.vintage as base_vintage,
    base.first_value as first_base_value,
    case when chosen.is_cumulative then december.best_value end as december_value,
    printed.value as published_growth,
    broken.series is not null as is_broken
from chosen
left join known as base
    on
        chosen.source_id = base.source_id
        and chosen.series = base.series
        and chosen.ref_area = base.ref_area
        and chosen.freq = base.freq
        and chosen.period_basis = base.period_basis
        and chosen.year_before || chosen.of_year = base.time_period
left join known as december
    on
        chosen.source_id = december.source_id
        and chosen.series = december.series
        and chosen.ref_area = december.ref_area
        and december.freq = 'M'
        and december.period_basis = 'ytd'
        and chosen.year_before || '-12' = december.time_period
left join printed
    on
        chosen.source_id = printed.source_id
        and chosen.series || '_yoy' = printed.series
        and chosen.ref_area = printed.ref_area
        -- The rate of a year that is its December cumulative stands beside that.
        and case when chosen.derivation = 'december_cumulative' then 'M' else chosen.freq end = printed.freq
        and case when chosen.derivation = 'december_cumulative' then 'ytd' else chosen.period_basis end = printed.period_basis
        and case
            when chosen.derivation = 'december_cumulative' then chosen.time_period || '-12' else chosen.time_period
        end = printed.time_period
left join broken
    on
        chosen.series = broken.series
        and chosen.ref_area = broken.ref_area
        and chosen.freq = broken.freq
        and chosen.time_period = broken.time_period
        and chosen.period_basis = broken.period_basis
