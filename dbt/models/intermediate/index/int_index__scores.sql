-- The scores of all groups and indices, with rank among the areas that have one in the same period. What counts victories over others
-- (Copeland) cannot be compared over time, nor what rests on it.
with united as (

    {% for level in range(deepest_level()) %}
    {{ "union all" if not loop.first }}
    select node_id, area_id, period_id, value, reason, coverage, imputed_share, is_zero, is_relative
    from {{ ref('int_index__scores_' ~ level) }}
    {%- endfor %}

),

-- Rounded before ranking, so that float noise neither makes nor breaks a tie.
rounded as (

    select
        united.*,
        settings.reference_set <> 'period' and not united.is_relative as comparable_over_time,
        case
            when settings.rank_decimals is not null
                then round(united.value * power(cast(10 as double), settings.rank_decimals))
            else {{ significant('united.value', 'settings.rank_significant') }}
        end as rank_value
    from united
    inner join {{ ref('int_index__nodes') }} as nodes
        on united.node_id = nodes.node_id
    inner join {{ ref('int_index__frameworks') }} as settings
        on nodes.framework = settings.framework

)

select
    node_id,
    area_id,
    period_id,
    value,
    case
        when value is not null
            then cast(rank() over (partition by node_id, period_id order by rank_value desc nulls last) as int)
    end as rank,
    cast(count(value) over (partition by node_id, period_id) as int) as n_ranked,
    reason,
    coverage,
    imputed_share,
    comparable_over_time,
    is_zero
from rounded
