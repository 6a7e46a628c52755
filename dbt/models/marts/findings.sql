-- What the checks found odd, at the door and in the values: one row for each figure or file and check.
{% set checks = [
    'total_is_not_sum', 'unit_in_doubt', 'month_exceeds_cumulative', 'growth_contradicts_unit', 'cumulative_shrinks',
    'part_exceeds_whole', 'duplicate_disagrees', 'revisions',
] -%}
with found as (

    select
        check_name,
        severity,
        source_id,
        source_file,
        series,
        ref_area,
        time_period,
        cast(null as {{ dbt.type_string() }}) as period_basis,
        cast(null as {{ dbt.type_string() }}) as observation_id,
        value,
        expected,
        message_zh
    from {{ source('landing', 'findings') }}

    {% for check in checks -%}
    union all

    select
        check_name,
        severity,
        source_id,
        source_file,
        series,
        ref_area,
        time_period,
        period_basis,
        observation_id,
        value,
        expected,
        message_zh
    from {{ ref('int_findings__' ~ check) }}

    {% endfor -%}
),

-- A check may tell two things of one figure or file: they are counted. Engines may round the digits of a message apart, so
-- that it is no part of the identifier.
numbered as (

    select
        *,
        row_number() over (
            partition by
                check_name, source_id, source_file, series, ref_area, time_period, period_basis, observation_id
            order by expected, message_zh
        ) as place
    from found

)

select
    md5(concat_ws(
        '|', found.check_name, coalesce(found.source_id, ''), coalesce(found.source_file, ''), coalesce(found.series, ''),
        coalesce(found.ref_area, ''), coalesce(found.time_period, ''), coalesce(found.period_basis, ''),
        coalesce(found.observation_id, ''),
        cast(found.place as {{ dbt.type_string() }})
    )) as finding_id,
    found.check_name,
    found.severity,
    found.source_id,
    found.source_file,
    found.series,
    found.ref_area,
    found.time_period,
    found.period_basis,
    found.observation_id,
    found.value,
    found.expected,
    observations.base_unit as unit,
    found.message_zh
from numbered as found
left join {{ ref('int_observations__vintages') }} as observations
    on found.observation_id = observations.observation_id
