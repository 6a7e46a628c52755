-- Early warning: a level rises at once and falls only when the figures have been better for as many periods with data as declared.
with held as (

    select
        later.warning,
        later.ref_area,
        later.place,
        max(earlier.raw_rank) as level_rank
    from {{ ref('int_warnings') }} as later
    inner join {{ ref('int_warnings') }} as earlier
        on
            later.warning = earlier.warning
            and later.ref_area = earlier.ref_area
            and later.place >= earlier.place
            and later.place - later.hold_periods < earlier.place
    group by later.warning, later.ref_area, later.place

),

levelled as (

    select
        warnings.*,
        held.level_rank,
        areas.name_zh as area_zh,
        sources.publisher_zh,
        max(warnings.place) over (partition by warnings.warning, warnings.ref_area) as last_place,
        max(warnings.time_period) over (partition by warnings.warning, warnings.ref_area) as last_period
    from {{ ref('int_warnings') }} as warnings
    inner join {{ ref('dim_area') }} as areas
        on warnings.ref_area = areas.ref_area
    left join {{ source('declared', 'sources') }} as sources
        on warnings.source_id = sources.source_id
    left join held
        on warnings.warning = held.warning and warnings.ref_area = held.ref_area and warnings.place = held.place

)

select
    warning,
    warning_zh,
    ref_area,
    series,
    time_period,
    period_basis,
    value,
    'PERCENT' as unit,
    {{ level_zh('raw_rank') }} as raw_level,
    {{ level_zh('level_rank') }} as warning_level,
    reason,
    cast(hold_periods as int) as hold_periods,
    -- Of a city without any figure the newest period stands for all, as a gap.
    coalesce(place = last_place, last_place is null and time_period = last_period) as is_current,
    cast(substr(time_period, 1, 4) as int) < year(build.reference_day) - {{ threshold('warning_current_years') }} as is_stale,
    area_zh || {{ period_zh_of('time_period', 'period_basis') }} || warning_zh || case
        when value is null then '：没有数据，不定级'
        else
            ' ' || {{ decimal_text('value', 1) }} || '％（' || case when is_printed then '公布' else '按所知最佳的上年数计算' end || '，'
            || publisher_zh || '），本期应为' || {{ level_zh('raw_rank') }}
            || case
                when level_rank > raw_rank
                    then
                        '；前期为' || {{ level_zh('level_rank') }} || '，须连续' || cast(cast(hold_periods as int) as {{ dbt.type_string() }})
                        || '期有数据好转才下调'
                else ''
            end
            || '。界线：低于' || {{ short_zh('blue_below') }} || '％为蓝，低于' || {{ short_zh('yellow_below') }} || '％为黄，低于'
            || {{ short_zh('orange_below') }} || '％为橙，低于' || {{ short_zh('red_below') }} || '％为红'
    end as evidence_zh,
    source_id
from levelled
cross join {{ source('declared', 'build') }} as build
