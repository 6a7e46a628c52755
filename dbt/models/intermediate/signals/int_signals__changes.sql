-- What changed in the figures themselves: a revised base that turns a rise into a fall, a declared break between the year before and
-- now, and figures that are held back.
with figures as (

    select * from {{ ref('int_signals__figures') }} where is_city

),

turned as (

    select
        rules.rule,
        figures.ref_area,
        figures.series as indicator,
        figures.time_period,
        figures.period_basis,
        figures.growth as value,
        figures.growth_on_first_base as reference,
        'PERCENT' as unit,
        case when figures.growth is null then 0 else 1 end + case when figures.growth_on_first_base is null then 0 else 1 end as n_found,
        case
            when figures.growth is not null and figures.growth_on_first_base is not null
                then
                    sign(figures.growth) * sign(figures.growth_on_first_base) < 0
                    and round(abs(figures.growth - figures.growth_on_first_base), 9) >= rules.threshold
        end as fired,
        figures.area_zh || figures.period_zh || figures.series_zh || '按首次公布的上年数' || {{ change_zh('figures.growth_on_first_base') }}
        || '，按修订后的上年数' || {{ change_zh('figures.growth') }} as message_zh,
        '本期 ' || {{ amount_zh('figures.value', 'figures.unit', 'figures.display_unit_zh', 'figures.display_mult') }} || '，上年数所知最佳 '
        || {{ amount_zh('figures.base_value', 'figures.unit', 'figures.display_unit_zh', 'figures.display_mult') }} || '；见修订；'
        || figures.publisher_zh as evidence_zh,
        figures.source_id as source_ids
    from figures
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'revision_turns_growth'

),

breaks as (

    select
        figures.series,
        figures.ref_area,
        figures.freq,
        figures.time_period,
        figures.period_basis,
        {{ text_list('breaks.reason_zh') }} as reasons_zh
    from figures
    inner join {{ source('declared', 'breaks') }} as breaks
        on
            figures.series = breaks.series
            and breaks.ref_area in ('*', figures.ref_area)
            and cast(substr(breaks.time_period, 1, 4) as int)
            in (cast(substr(figures.time_period, 1, 4) as int), cast(substr(figures.time_period, 1, 4) as int) - 1)
    where figures.reason = 'break'
    group by figures.series, figures.ref_area, figures.freq, figures.time_period, figures.period_basis

),

broken as (

    select
        rules.rule,
        figures.ref_area,
        figures.series as indicator,
        figures.time_period,
        figures.period_basis,
        figures.value,
        figures.base_value as reference,
        figures.unit,
        case when figures.base_value is null then 0 else 1 end as n_found,
        case when figures.value is not null and figures.base_value is not null then coalesce(figures.reason = 'break', false) end as fired,
        figures.area_zh || figures.period_zh || figures.series_zh || '与上年口径不同，不作同比' as message_zh,
        breaks.reasons_zh || '；本期 '
        || {{ amount_zh('figures.value', 'figures.unit', 'figures.display_unit_zh', 'figures.display_mult') }} || '，上年 '
        || {{ amount_zh('figures.base_value', 'figures.unit', 'figures.display_unit_zh', 'figures.display_mult') }} || '；'
        || figures.publisher_zh as evidence_zh,
        figures.source_id as source_ids
    from figures
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'series_break'
    left join breaks
        on
            figures.series = breaks.series
            and figures.ref_area = breaks.ref_area
            and figures.freq = breaks.freq
            and figures.time_period = breaks.time_period
            and figures.period_basis = breaks.period_basis

),

held as (

    select
        rules.rule,
        observations.ref_area,
        observations.series as indicator,
        max(case when observations.is_held then observations.time_period end) as held_to,
        max(observations.time_period) as time_period,
        sum(case when observations.is_held then 1 else 0 end) as n_held,
        count(*) as n_found,
        {{ text_list('case when observations.is_held then observations.source_id end') }} as source_ids
    from {{ ref('observations') }} as observations
    inner join {{ ref('int_cities') }} as cities
        on observations.ref_area = cities.ref_area
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'figure_held'
    group by rules.rule, observations.ref_area, observations.series

),

kept_back as (

    select
        held.rule,
        held.ref_area,
        held.indicator,
        coalesce(held.held_to, held.time_period) as time_period,
        'period' as period_basis,
        held.n_held as value,
        cast(null as double) as reference,
        'COUNT' as unit,
        held.n_found,
        held.n_held > 0 as fired,
        areas.name_zh || series.name_zh || '有' || cast(cast(held.n_held as int) as {{ dbt.type_string() }})
        || '个数值搁置不用，最近一个为' || held.held_to as message_zh,
        '共' || cast(held.n_found as {{ dbt.type_string() }}) || '个数值；原因见质检提示' as evidence_zh,
        nullif(held.source_ids, '') as source_ids
    from held
    inner join {{ ref('dim_area') }} as areas
        on held.ref_area = areas.ref_area
    inner join {{ source('declared', 'series') }} as series
        on held.indicator = series.series

),

told as (

    select * from turned
    union all
    select * from broken
    union all
    select * from kept_back

)

select {{ signal_case('told', ['indicator', 'reference', 'source_ids']) }} from told
