-- On what little an amount rests: one city in the circle's total, one direction in a city's trade.
with shares as (

    select
        rules.rule,
        'WHMA' as ref_area,
        inequality.indicator,
        inequality.time_period,
        'period' as period_basis,
        100 * inequality.value as value,
        inequality.n_cities as n_found,
        case
            when inequality.n_cities >= rules.n_needed then round(100 * inequality.value, 9) >= rules.threshold
        end as fired,
        '武汉都市圈' || inequality.time_period || '年' || series.name_zh || '首位城市占九市的'
        || {{ decimal_text('100 * inequality.value', 1) }} || '％' as message_zh,
        cast(inequality.n_cities as {{ dbt.type_string() }}) || '市齐全，首位占比 '
        || {{ decimal_text('100 * inequality.value', 1) }} || '％；见城市差异' as evidence_zh,
        null as source_ids
    from {{ ref('circle_inequality') }} as inequality
    inner join {{ source('declared', 'series') }} as series
        on inequality.indicator = series.series
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'concentration'
    where
        inequality.measure = 'primacy_share'
        and series.domain in ('trade', 'investment', 'port', 'rail', 'aviation')

),

directions as (

    select
        exports.ref_area,
        exports.time_period,
        exports.period_basis,
        exports.area_zh,
        exports.period_zh,
        exports.publisher_zh,
        exports.source_id,
        exports.value as exported,
        imports.value as imported,
        case when exports.value > 0 and imports.value >= 0 then exports.value + imports.value end as total,
        case when exports.value is null then 0 else 1 end + case when imports.value is null then 0 else 1 end as n_found
    from {{ ref('int_signals__figures') }} as exports
    -- From the figures of growth themselves: a direction may be smaller than what growth is judged of.
    left join {{ ref('growth') }} as imports
        on
            imports.series = 'trade_import'
            and exports.ref_area = imports.ref_area
            and exports.freq = imports.freq
            and exports.time_period = imports.time_period
            and exports.period_basis = imports.period_basis
            and exports.source_id = imports.source_id
    where exports.series = 'trade_export' and exports.is_city

),

sides as (

    select
        rules.rule,
        directions.ref_area,
        'trade_total' as indicator,
        directions.time_period,
        directions.period_basis,
        100 * greatest(directions.exported, directions.imported) / directions.total as value,
        directions.n_found,
        case
            when directions.total is not null
                then round(100 * greatest(directions.exported, directions.imported) / directions.total, 9) >= rules.threshold
        end as fired,
        directions.area_zh || directions.period_zh
        || case when directions.exported >= directions.imported then '出口' else '进口' end || '占进出口的'
        || {{ decimal_text('100 * greatest(directions.exported, directions.imported) / directions.total', 1) }} || '％' as message_zh,
        '出口 ' || {{ digits_zh('directions.exported / 1e8') }} || '亿元，进口 ' || {{ digits_zh('directions.imported / 1e8') }}
        || '亿元；' || directions.period_zh || '；' || directions.publisher_zh as evidence_zh,
        directions.source_id as source_ids
    from directions
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'one_sided'

),

told as (

    select
        cases.*,
        'PERCENT' as unit
    from (
        select * from shares
        union all
        select * from sides
    ) as cases

)

select {{ signal_case('told', ['indicator', 'source_ids']) }} from told
