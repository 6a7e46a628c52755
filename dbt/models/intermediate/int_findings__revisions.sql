-- Revisions beyond what seeds/series.csv calls usual, in the areas and facilities that the release is about.
with areas as (

    select ref_area, name_zh from {{ source('declared', 'areas') }} where use in ('scope', 'peer')
    union all
    select facility as ref_area, name_zh from {{ source('declared', 'facilities') }}

),

told as (

    select
        revisions.*,
        areas.name_zh as area_zh,
        series.name_zh as series_zh,
        case when revisions.unit = series.unit_measure then series.display_unit_zh else revisions.unit end as unit_zh,
        case
            when revisions.unit = series.unit_measure then power(cast(10 as double), series.display_mult) else 1
        end as shown_in
    from {{ ref('int_revisions') }} as revisions
    inner join areas
        on revisions.ref_area = areas.ref_area
    inner join {{ source('declared', 'series') }} as series
        on revisions.series = series.series
    where revisions.is_unusual

)

select
    'unusual_revision' as check_name,
    'warn' as severity,
    source_id,
    new_source_file as source_file,
    series,
    ref_area,
    time_period,
    period_basis,
    observation_id,
    new_value as value,
    old_value as expected,
    area_zh || series_zh || ' ' || time_period
    || case when period_basis = 'ytd' then '（累计）' else '' end
    || case when vintage = 'derived' then '：按后一期文件推算，由 ' else '：再次发布，由 ' end
    || {{ decimal_text('old_value / shown_in', 4) }} || ' 改为 '
    || {{ decimal_text('new_value / shown_in', 4) }} || ' ' || unit_zh
    -- From zero there is no percentage.
    || case when relative is null then '' else '，变动 ' || {{ decimal_text('100 * relative', 2) }} || '％' end
    || '，超出通常的 ' || {{ decimal_text('usual_revision', 1) }} || '％' as message_zh
from told
