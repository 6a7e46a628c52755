-- Growth of a city beside that of Hubei, of the circle and of its declared peers: the same series, period and source. Printed growth
-- is compared with printed growth, computed with computed; never one with the other.
with figures as (

    select * from {{ ref('int_signals__figures') }}

),

mine as (

    select * from figures where is_city

),

circle as (

    select
        series,
        freq,
        time_period,
        period_basis,
        source_id,
        100 * ({{ exact_sum('value') }} / {{ exact_sum('base_value') }} - 1) as growth,
        count(*) as n_found,
        {{ text_list('area_zh') }} as cities_zh
    from mine
    where growth is not null
    group by series, freq, time_period, period_basis, source_id

),

peers as (

    select
        peers.ref_area,
        figures.series,
        figures.freq,
        figures.time_period,
        figures.period_basis,
        figures.source_id,
        {{ median('figures.growth') }} as growth,
        {{ median('figures.published_growth') }} as published_growth,
        count(figures.growth) as n_growth,
        count(figures.published_growth) as n_published,
        {{ text_list('figures.area_zh') }} as cities_zh
    from {{ source('declared', 'signal_peers') }} as peers
    inner join figures
        on peers.peer = figures.ref_area
    group by
        peers.ref_area, figures.series, figures.freq, figures.time_period, figures.period_basis, figures.source_id

),

compared as (

    select
        mine.*,
        'hubei' as whom,
        '全省' as other_zh,
        hubei.growth as other_growth,
        hubei.published_growth as other_published,
        case when hubei.growth is null then 0 else 1 end as n_growth,
        case when hubei.published_growth is null then 0 else 1 end as n_published
    from mine
    left join figures as hubei
        on
            hubei.ref_area = '420000'
            and mine.series = hubei.series
            and mine.freq = hubei.freq
            and mine.time_period = hubei.time_period
            and mine.period_basis = hubei.period_basis
            and mine.source_id = hubei.source_id
    union all
    select
        mine.*,
        'circle' as whom,
        '都市圈' || coalesce(cast(circle.n_found as {{ dbt.type_string() }}) || '市合计（' || circle.cities_zh || '）', '合计') as other_zh,
        circle.growth as other_growth,
        -- Nobody prints the growth of a sum of cities.
        cast(null as double) as other_published,
        coalesce(circle.n_found, 0) as n_growth,
        0 as n_published
    from mine
    left join circle
        on
            mine.series = circle.series
            and mine.freq = circle.freq
            and mine.time_period = circle.time_period
            and mine.period_basis = circle.period_basis
            and mine.source_id = circle.source_id
    union all
    select
        mine.*,
        'peers' as whom,
        '对标城市中位数' || coalesce('（' || peers.cities_zh || '）', '') as other_zh,
        peers.growth as other_growth,
        peers.published_growth as other_published,
        coalesce(peers.n_growth, 0) as n_growth,
        coalesce(peers.n_published, 0) as n_published
    from mine
    left join peers
        on
            mine.ref_area = peers.ref_area
            and mine.series = peers.series
            and mine.freq = peers.freq
            and mine.time_period = peers.time_period
            and mine.period_basis = peers.period_basis
            and mine.source_id = peers.source_id
    where mine.ref_area in (select ref_area from {{ source('declared', 'signal_peers') }})

),

ruled as (

    select
        compared.*,
        rules.rule,
        rules.polarity,
        rules.threshold,
        rules.n_needed,
        compared.published_growth is not null and compared.n_published >= rules.n_needed as is_printed,
        compared.growth is not null and compared.n_growth >= rules.n_needed as is_computed
    from compared
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule in ('growth_above_' || compared.whom, 'growth_below_' || compared.whom)

),

judged as (

    select
        *,
        case when is_printed then published_growth when is_computed then growth end as mine,
        case when is_printed then other_published when is_computed then other_growth end as other,
        case when is_printed then n_published else n_growth end as n_found,
        case when is_printed then '公布的增速' else '按所知最佳的上年数计算' end as basis_zh
    from ruled

),

told as (

    select
        rule,
        ref_area,
        series as indicator,
        time_period,
        period_basis,
        mine as value,
        other as reference,
        'PERCENT' as unit,
        n_found,
        case
            when mine is null or other is null then null
            when polarity = 'bright' then round(mine - other, 9) >= threshold
            else round(other - mine, 9) >= threshold
        end as fired,
        area_zh || period_zh || series_zh || '同比' || case when is_printed then '' else '（按所知最佳的上年数）' end
        || {{ change_zh('mine') }} || '，' || other_zh || {{ change_zh('other') }}
        || case when polarity = 'bright' then '，快' else '，慢' end
        || {{ decimal_text('abs(mine - other)', 1) }} || '个百分点' as message_zh,
        area_zh || ' ' || {{ decimal_text('mine', 1) }} || '％，' || other_zh || ' ' || {{ decimal_text('other', 1) }} || '％；'
        || period_zh || '，' || basis_zh || '；' || publisher_zh as evidence_zh,
        source_id as source_ids
    from judged

)

select {{ signal_case('told', ['indicator', 'reference', 'source_ids']) }} from told
