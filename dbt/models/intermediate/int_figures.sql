-- What the checks judge: the latest figure of every observation that has one, as it stands, with the words it is told in.
select
    figures.observation_id,
    figures.source_id,
    figures.source_file,
    figures.series,
    figures.kind,
    figures.ref_area,
    figures.freq,
    figures.time_period,
    figures.period_basis,
    cast(substr(figures.time_period, 1, 4) as int) as year,
    case figures.freq when 'A' then 1 when 'Q' then 4 else 12 end as periods_a_year,
    -- Counts the periods of a frequency, so that the next one is one more.
    case figures.freq
        when 'A' then cast(substr(figures.time_period, 1, 4) as int)
        when 'Q' then 4 * cast(substr(figures.time_period, 1, 4) as int) + cast(substr(figures.time_period, 7, 1) as int)
        else 12 * cast(substr(figures.time_period, 1, 4) as int) + cast(substr(figures.time_period, 6, 2) as int)
    end as period_number,
    figures.base_value,
    figures.base_unit,
    figures.printed_step,
    figures.value,
    figures.value_cny,
    -- Only money can have been mistaken for another currency.
    case when figures.value_cny is not null then figures.rate end as rate,
    figures.correction_id,
    coalesce(areas.name_zh, facilities.name_zh, figures.ref_area)
    || {{ period_zh('figures.freq', 'figures.time_period', 'figures.period_basis') }}
    || series.name_zh as subject_zh,
    {{ amount_zh('figures.base_value', 'figures.base_unit', 'series.display_unit_zh', 'series.display_mult') }} as amount_zh
from {{ ref('int_observations__comparable') }} as figures
inner join {{ source('declared', 'series') }} as series
    on figures.series = series.series
left join {{ source('declared', 'areas') }} as areas
    on figures.ref_area = areas.ref_area
left join {{ source('declared', 'facilities') }} as facilities
    on figures.ref_area = facilities.facility
-- A part by partner or product is not the series itself.
where figures.counterpart is null and figures.base_value is not null
