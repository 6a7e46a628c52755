-- The value of every series by source, area and period, from its parts: the most direct derivation that is complete.
with summed as (

    select
        source_id,
        series,
        ref_area,
        freq,
        time_period,
        period_basis,
        derivation,
        priority,
        case
            when count(value) < max(parts_needed) then null
            -- A figure that stands alone keeps every bit; only sums pass through decimals.
            when max(parts_needed) = 1 then max(value)
            else {{ exact_sum('value') }}
        end as value,
        case
            when count(value_cny) < max(parts_needed) then null
            -- A figure that stands alone keeps every bit; only sums pass through decimals.
            when max(parts_needed) = 1 then max(value_cny)
            else {{ exact_sum('value_cny') }}
        end as value_cny,
        -- The weakest part decides: estimated before provisional before normal.
        case
            when count(value) < max(parts_needed)
                then coalesce(max(case when value is null and obs_status in ('L', 'M') then obs_status end), 'O')
            when max(case when obs_status in ('E', 'I') then 1 else 0 end) = 1 then 'E'
            when max(case when obs_status = 'P' then 1 else 0 end) = 1 then 'P'
            else 'A'
        end as obs_status,
        max(case when is_held then 1 else 0 end) = 1 as is_held,
        max(published_on) as published_on,
        -- The basis of the latest day: both are of one part.
        substr(max(cast(published_on as {{ dbt.type_string() }}) || published_basis), 11) as published_basis,
        count(*) as parts
    from {{ ref('int_series__parts') }}
    group by source_id, series, ref_area, freq, time_period, period_basis, derivation, priority
    having count(*) = max(parts_needed)

),

ordered as (

    select
        *,
        row_number() over (
            partition by source_id, series, ref_area, freq, time_period, period_basis
            order by case when value is null then 1 else 0 end, priority
        ) as choice
    from summed

)

select * from ordered where choice = 1
