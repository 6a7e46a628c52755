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
        {{ value_of_parts('value') }} as value,
        {{ value_of_parts('value_cny') }} as value_cny,
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
        count(*) as parts,
        min(sign) = -1 as is_difference
    from {{ ref('int_series__parts') }}
    group by source_id, series, ref_area, freq, time_period, period_basis, derivation, priority
    having count(*) = max(parts_needed)

),

-- A flow is never negative: a cumulative below the one before it says that one of the two is wrong, not what the month was.
judged as (

    select
        source_id,
        series,
        ref_area,
        freq,
        time_period,
        period_basis,
        derivation,
        priority,
        case when is_shrinking then null else value end as value,
        case when is_shrinking then null else value_cny end as value_cny,
        case when is_shrinking then 'O' else obs_status end as obs_status,
        is_held,
        published_on,
        published_basis,
        parts,
        is_shrinking
    from (
        select *, coalesce(is_difference and value < 0, false) as is_shrinking
        from summed
    ) as marked

),

ordered as (

    select
        *,
        row_number() over (
            partition by source_id, series, ref_area, freq, time_period, period_basis
            order by case when value is null then 1 else 0 end, priority
        ) as choice
    from judged

)

select * from ordered where choice = 1
