-- Turning points of the sum of the last twelve months, which has no season: so many falls in a row and then as many rises, or the
-- other way round. Only after so many neighbouring months as the rules ask.
with sums as (

    select
        *,
        {{ period_zh('freq', 'time_period', "'period'") }} as month_zh,
        cast(substr(time_period, 1, 4) as int) * 12 + cast(substr(time_period, 6, 2) as int) as place
    from {{ ref('int_signals__amounts') }}
    where
        is_city
        and freq = 'M'
        and period_basis = 'ytd'
        and value is not null

),

chained as (

    select
        *,
        place - row_number() over (partition by series, ref_area, source_id order by place) as chain
    from sums

),

moved as (

    select
        *,
        row_number() over (partition by series, ref_area, source_id, chain order by place) as n_found,
        sign(
            trailing_twelve - lag(trailing_twelve) over (partition by series, ref_area, source_id, chain order by place)
        ) as direction
    from chained

),

-- How long the sum has moved one way, and before that the other.
runs as (

    select
        *,
        row_number() over (partition by series, ref_area, source_id, chain, direction, island order by place) as n_run
    from (
        select
            *,
            place - row_number() over (partition by series, ref_area, source_id, chain, direction order by place) as island
        from moved
    ) as islands

),

turned as (

    select
        runs.*,
        rules.rule,
        rules.n_needed,
        rules.threshold,
        case when rules.rule = 'turn_up' then 1 else -1 end as way,
        before.direction as way_before,
        before.n_run as n_before
    from runs
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule in ('turn_up', 'turn_down')
    left join runs as before
        on
            runs.series = before.series
            and runs.ref_area = before.ref_area
            and runs.source_id = before.source_id
            and runs.chain = before.chain
            and runs.place - runs.n_run = before.place

),

told as (

    select
        rule,
        ref_area,
        series as indicator,
        time_period,
        period_basis,
        trailing_twelve as value,
        unit,
        n_found,
        case
            when n_found >= n_needed and trailing_twelve is not null
                -- Told once, in the month that makes it certain.
                then direction = way and n_run = threshold and coalesce(way_before = -way and n_before >= threshold, false)
        end as fired,
        area_zh || series_zh || '滚动十二个月合计'
        || case when way = 1 then '先降后升' else '先升后降' end || '，连续'
        || cast(cast(threshold as int) as {{ dbt.type_string() }}) || '个月' || case when way = 1 then '回升' else '回落' end
        || '，至' || month_zh as message_zh,
        month_zh || '滚动十二个月合计 ' || {{ amount_zh('trailing_twelve', 'unit', 'display_unit_zh', 'display_mult') }}
        || '；' || publisher_zh as evidence_zh,
        source_id as source_ids
    from turned

)

select {{ signal_case('told', ['indicator', 'source_ids']) }} from told
