-- Growth of every chosen amount over the year before, on the base as revised and as first released, beside the printed growth;
-- and the sum of the last twelve months.
with compared as (

    select
        *,
        case
            when value is null then 'missing'
            when base_value is null then 'missing_base'
            when is_broken then 'break'
            when base_value <= 0 then 'zero_base'
        end as reason,
        case
            when not is_cumulative then 'not_applicable'
            when value is null then 'missing'
            -- Twelve months to December are the year, whatever is known of the one before.
            when substr(time_period, 6, 2) = '12' then null
            when base_value is null or december_value is null then 'missing_base'
            when is_broken then 'break'
        end as trailing_reason
    from {{ ref('int_series__growth') }}

),

grown as (

    select
        *,
        case when reason is null then 100 * (value - base_value) / base_value end as growth,
        case
            when reason is null then {{ safe_divide('100 * (value - first_base_value)', 'first_base_value') }}
        end as growth_on_first_base,
        case
            when trailing_reason is not null then null
            when substr(time_period, 6, 2) = '12' then value
            else value + december_value - base_value
        end as trailing_twelve
    from compared

)

select
    series,
    ref_area,
    freq,
    time_period,
    period_basis,
    source_id,
    derivation,
    value,
    unit,
    obs_status,
    base_value,
    base_vintage,
    first_base_value,
    growth,
    growth_on_first_base,
    reason,
    published_growth,
    published_growth - growth as gap_pp,
    december_value,
    trailing_twelve,
    trailing_reason
from grown
