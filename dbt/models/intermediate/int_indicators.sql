-- Every indicator that is published, with its formula: what seeds/indicators.csv declares, and beside it each other series as
-- it is, with a second indicator (…_ytd) for its cumulative from January.
with declared as (

    select
        indicators.indicator,
        coalesce(indicators.name_zh, series.name_zh) as name_zh,
        coalesce(indicators.name_en, series.name_en) as name_en,
        series.domain,
        indicators.numerator,
        indicators.denominator,
        coalesce(indicators.scale, 1) as scale,
        'period' as period_basis,
        coalesce(indicators.unit, series.unit_measure) as unit,
        coalesce(indicators.display_unit_zh, series.display_unit_zh) as display_unit_zh,
        coalesce(indicators.display_mult, series.display_mult) as display_mult,
        coalesce(indicators.decimals, series.decimals) as decimals,
        indicators.annual_since,
        indicators.monthly_since,
        coalesce(indicators.meaning_zh, series.meaning_zh) as meaning_zh,
        coalesce(indicators.meaning_en, series.meaning_en) as meaning_en
    from {{ source('declared', 'indicators') }} as indicators
    inner join {{ source('declared', 'series') }} as series
        on indicators.numerator = series.series

),

plain as (

    select
        series.series as indicator,
        series.name_zh,
        series.name_en,
        series.domain,
        series.series as numerator,
        cast(null as {{ dbt.type_string() }}) as denominator,
        cast(1 as double) as scale,
        'period' as period_basis,
        series.unit_measure as unit,
        series.display_unit_zh,
        series.display_mult,
        series.decimals,
        cast(null as {{ dbt.type_string() }}) as annual_since,
        cast(null as {{ dbt.type_string() }}) as monthly_since,
        series.meaning_zh,
        series.meaning_en
    from {{ source('declared', 'series') }} as series
    left join {{ source('declared', 'indicators') }} as indicators
        on series.series = indicators.indicator
    where indicators.indicator is null

),

levels as (

    select * from declared where denominator is null
    union all
    select * from plain

),

cumulative as (

    select
        concat(levels.numerator, '_ytd') as indicator,
        -- The printed growth of a cumulative already says so in its name.
        case
            when series.kind = 'rate' then levels.name_zh else concat(levels.name_zh, '（1月至本月累计）')
        end as name_zh,
        case
            when series.kind = 'rate' then levels.name_en else concat(levels.name_en, ' (cumulative from January)')
        end as name_en,
        levels.domain,
        levels.numerator,
        levels.denominator,
        levels.scale,
        'ytd' as period_basis,
        levels.unit,
        levels.display_unit_zh,
        levels.display_mult,
        levels.decimals,
        cast(null as {{ dbt.type_string() }}) as annual_since,
        levels.monthly_since,
        levels.meaning_zh,
        levels.meaning_en
    from levels
    inner join (
        select distinct series from {{ ref('int_series__chosen') }} where period_basis = 'ytd'
    ) as cumulated
        on levels.numerator = cumulated.series
    inner join {{ source('declared', 'series') }} as series
        on levels.numerator = series.series

)

select * from declared
union all
select * from plain
union all
select * from cumulative
