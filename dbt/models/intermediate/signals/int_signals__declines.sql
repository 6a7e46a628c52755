-- How many periods in a row a city's trade has fallen short of the year before: single months, January and February as one. A month
-- without growth ends the run: what is not known is not a fall.
with months as (

    select
        *,
        -- Eleven periods a year.
        cast(substr(time_period, 1, 4) as int) * 11 + cast(substr(time_period, 6, 2) as int) - 1 as place
    from {{ ref('int_signals__amounts') }}
    where
        is_city
        and freq = 'M'
        and (
            (period_basis = 'period' and substr(time_period, 6, 2) > '02')
            or (period_basis = 'ytd' and substr(time_period, 6, 2) = '02')
        )
        and (unit <> 'CNY' or base_value is null or base_value >= {{ threshold('check_min_cny') }})

),

-- `chain` numbers the stretches of neighbouring months with growth; one that is not known belongs to none.
known as (

    select
        *,
        place - row_number() over (partition by series, ref_area order by place) as chain
    from months
    where growth is not null

),

counted as (

    select
        *,
        row_number() over (partition by series, ref_area, chain order by place) as n_found,
        sum(case when growth < 0 then 0 else 1 end) over (
            partition by series, ref_area, chain order by place rows between unbounded preceding and current row
        ) as stretch
    from known

),

runs as (

    select
        *,
        sum(case when growth < 0 then 1 else 0 end) over (
            partition by series, ref_area, chain, stretch order by place rows between unbounded preceding and current row
        ) as falls
    from counted

),

-- The falls of each run by name.
listed as (

    select
        runs.series,
        runs.ref_area,
        runs.place,
        {{ ordered_text_list("earlier.period_zh || ' ' || " ~ decimal_text('earlier.growth', 1) ~ " || '％'", 'earlier.place') }} as falls_zh
    from runs
    inner join runs as earlier
        on
            runs.series = earlier.series
            and runs.ref_area = earlier.ref_area
            and runs.chain = earlier.chain
            and runs.stretch = earlier.stretch
            and runs.place >= earlier.place
            and earlier.growth < 0
    group by runs.series, runs.ref_area, runs.place

),

told as (

    select
        rules.rule,
        months.ref_area,
        months.series as indicator,
        months.time_period,
        months.period_basis,
        case when runs.n_found >= rules.n_needed then runs.falls end as value,
        'COUNT' as unit,
        coalesce(runs.n_found, 0) as n_found,
        case when runs.n_found >= rules.n_needed then runs.falls >= rules.threshold end as fired,
        months.area_zh || months.series_zh || '截至' || months.period_zh || '连续'
        || cast(cast(runs.falls as int) as {{ dbt.type_string() }}) || '期同比下降，最近一期' || {{ change_zh('runs.growth') }} as message_zh,
        listed.falls_zh || '；1—2月合为一期；' || months.publisher_zh as evidence_zh,
        months.source_id as source_ids
    from months
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule = 'decline_run'
    left join runs
        on months.series = runs.series and months.ref_area = runs.ref_area and months.place = runs.place
    left join listed
        on months.series = listed.series and months.ref_area = listed.ref_area and months.place = listed.place

)

select {{ signal_case('told', ['indicator', 'source_ids']) }} from told
