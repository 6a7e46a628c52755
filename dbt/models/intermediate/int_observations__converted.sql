-- The latest vintage of every observation in the unit of its series, and money in yuan beside it. A figure that a check holds
-- back keeps its row and loses its value, as one that a correction holds.
with held as (

    {{ held_figures() }}

),

sifted as (

    select
        comparable.*,
        held.observation_id is not null as is_doubted
    from {{ ref('int_observations__comparable') }} as comparable
    left join held
        on comparable.observation_id = held.observation_id

),

valued as (

    select
        observation_id,
        source_id,
        series,
        ref_area,
        counterpart,
        freq,
        time_period,
        period_basis,
        period_start,
        period_end,
        obs_value,
        unit_measure,
        unit_mult,
        base_unit,
        series_unit,
        kind,
        case when not is_doubted then base_value end as base_value,
        case when not is_doubted then value end as value,
        case when not is_doubted then value_cny end as value_cny,
        rate,
        exchange_rate,
        rate_published_on,
        rate_published_basis,
        published_status,
        obs_status,
        obs_break,
        correction_id,
        is_held or is_doubted as is_held,
        published_on,
        published_basis,
        source_file,
        source_sha256,
        source_locator,
        printed_step
    from sifted

)

select
    *,
    -- A figure that is held, or for whose period no rate is known, has no value, and says so.
    case
        when value is null and obs_status not in ('L', 'M', 'O') then 'O' else obs_status
    end as value_status,
    -- What is known of a converted figure is known since the later of figure and rate.
    case
        when exchange_rate is not null and rate_published_on > published_on then rate_published_on else published_on
    end as value_published_on,
    case
        when exchange_rate is not null and rate_published_on > published_on then rate_published_basis else published_basis
    end as value_published_basis
from valued
