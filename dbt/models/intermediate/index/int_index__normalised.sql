-- Every indicator on the common scale; higher is better from here on. `directed` is the min-max score in the unit interval that
-- data-driven weights are found from, `raw` the value before transform and normalisation.
with cells as (

    select
        treated.node_id,
        treated.parent_id,
        treated.level,
        treated.area_id,
        treated.period_id,
        treated.reference_id,
        treated.in_reference,
        treated.treated as raw,
        treated.value as x,
        treated.reason,
        treated.is_imputed,
        treated.is_zero,
        nodes.normalisation,
        nodes.direction,
        nodes.range_low,
        nodes.range_high,
        nodes.clip,
        nodes.norm_mean,
        nodes.norm_sd,
        nodes.percentile_denominator,
        bounds.n,
        bounds.low,
        bounds.high,
        bounds.mean,
        bounds.sd,
        bounds.reference_value,
        bounds.target,
        bounds.target_high,
        bounds.is_fixed,
        bounds.bottom,
        bounds.top
    from {{ ref('int_index__treated') }} as treated
    inner join {{ ref('int_index__nodes') }} as nodes
        on treated.node_id = nodes.node_id
    inner join {{ ref('int_index__bounds') }} as bounds
        on treated.node_id = bounds.node_id and treated.reference_id = bounds.reference_id

),

-- Competition ranks, ties take the smallest. A cell outside a frozen span takes the place it would have within it.
counted as (

    select
        node_id,
        area_id,
        period_id,
        reference_id,
        in_reference,
        sum(case when in_reference then 1 else 0 end) over (
            partition by node_id, reference_id order by direction * x
        ) as up_to_this,
        sum(case when in_reference then 1 else 0 end) over (
            partition by node_id, reference_id, direction * x
        ) as alike
    from cells
    where normalisation in ('rank', 'borda', 'percentile') and x is not null

),

places as (

    select node_id, area_id, period_id, reference_id, in_reference, 1 + up_to_this - alike as place from counted

),

last_places as (

    select node_id, reference_id, max(place) as place
    from places
    where in_reference
    group by node_id, reference_id

),

-- Where a cell stands on its scale, 0 at the bottom and 1 at the top, or its value itself where the method has no scale.
by_formula as (

    select
        *,
        case
            when x is null or normalisation = 'none' then null
            when not is_fixed and not high > low then null
            when direction = 0
                then
                    case
                        when x >= target and x <= target_high then 1
                        else
                            1 - greatest(target - x, x - target_high)
                            / nullif(greatest(target - least(bottom, top), greatest(bottom, top) - target_high, 0), 0)
                    end
            when normalisation in ('minmax', 'goalposts', 'efficacy', 'efficacy_exp')
                then case when direction = 1 then x - bottom else top - x end / nullif(top - bottom, 0)
            when normalisation = 'zscore' then direction * (x - mean) / nullif(sd, 0)
            when normalisation = 'target_distance'
                then
                    case
                        when direction = 1 and target > bottom then (x - bottom) / nullif(target - bottom, 0)
                        when direction = -1 and top > target then (top - x) / nullif(top - target, 0)
                    end
            when normalisation = 'ratio_to_max'
                then
                    case
                        when direction = 1 and high > 0 then x / nullif(high, 0)
                        when direction = -1 and x > 0 then low / nullif(x, 0)
                    end
            when normalisation = 'ratio_to_reference'
                then
                    case
                        when direction = 1 and reference_value - low > 1e-12 * (high - low)
                            then 1 - (reference_value - x) / nullif(reference_value - low, 0)
                        when direction = -1 and high - reference_value > 1e-12 * (high - low)
                            then 1 - (x - reference_value) / nullif(high - reference_value, 0)
                    end
            when normalisation = 'ampi'
                then direction * (x - coalesce(target, mean)) / nullif(high - low, 0) + 0.5
        end as place_on_scale
    from cells
    where normalisation not in ('rank', 'borda', 'percentile', 'base_index')

),

by_rank as (

    select
        cells.*,
        case
            when not cells.high > cells.low then null
            when cells.normalisation = 'rank' then cast(places.place as double)
            when cells.normalisation = 'borda' then cast(places.place - 1 as double)
            when cells.percentile_denominator = 'max_rank' then cast(places.place - 1 as double) / nullif(last_places.place - 1, 0)
            else cast(places.place - 1 as double) / nullif(cells.n - 1, 0)
        end as place_on_scale
    from cells
    left join places
        on cells.node_id = places.node_id and cells.area_id = places.area_id and cells.period_id = places.period_id
    left join last_places
        on cells.node_id = last_places.node_id and cells.reference_id = last_places.reference_id
    where cells.normalisation in ('rank', 'borda', 'percentile')

),

by_base as (

    select
        cells.*,
        case
            when cells.direction = 1 and bases.x > 0 then cells.x / nullif(bases.x, 0)
            when cells.direction = -1 and bases.x > 0 and cells.x > 0 then bases.x / nullif(cells.x, 0)
        end as place_on_scale,
        bases.x is null as lacks_base
    from cells
    left join cells as bases
        on cells.node_id = bases.node_id and cells.area_id = bases.area_id and bases.in_reference
    where cells.normalisation = 'base_index'

),

united as (

    select *, false as lacks_base from by_formula
    union all
    select *, false as lacks_base from by_rank
    union all
    select * from by_base

),

scored as (

    select
        *,
        case
            when x is null then null
            when normalisation = 'none' then x
            when normalisation = 'zscore' then norm_mean + norm_sd * place_on_scale
            when normalisation in ('rank', 'borda') then place_on_scale
            when normalisation = 'ampi' then 70 + 60 * place_on_scale
            when normalisation = 'base_index' then 100 * place_on_scale
            when normalisation = 'efficacy'
                then case when clip then greatest(0, least(100, 60 + 40 * place_on_scale)) else 60 + 40 * place_on_scale end
            -- Beyond this the power has no finite value that anyone could mean.
            when normalisation = 'efficacy_exp' and abs(place_on_scale) > 1000 then null
            when normalisation = 'efficacy_exp'
                then
                    case
                        when clip then greatest(0, least(100, 60 * exp(-ln(cast(0.6 as double)) * place_on_scale)))
                        else 60 * exp(-ln(cast(0.6 as double)) * place_on_scale)
                    end
            -- Cut before the range is laid on it. Null stays null: greatest and least would skip it.
            when place_on_scale is null then null
            when clip then range_low + (range_high - range_low) * greatest(0, least(1, place_on_scale))
            else range_low + (range_high - range_low) * place_on_scale
        end as value
    from united

)

select
    node_id,
    parent_id,
    level,
    area_id,
    period_id,
    reference_id,
    in_reference,
    value,
    case
        when x is null then reason
        when value is not null then null
        when lacks_base or (normalisation = 'ratio_to_reference' and reference_value is null) then 'missing'
        when normalisation = 'base_index' or abs(place_on_scale) > 1000 then 'domain'
        when normalisation = 'ratio_to_max' and (high <= 0 or (direction = -1 and x <= 0)) then 'domain'
        else 'constant'
    end as reason,
    case
        when direction = 0 then case when clip and place_on_scale is not null then greatest(0, least(1, place_on_scale)) else place_on_scale end
        when high > low then case when direction = 1 then x - low else high - x end / nullif(high - low, 0)
    end as directed,
    raw,
    case when is_imputed then cast(1 as double) else cast(0 as double) end as imputed_share,
    is_zero,
    clip and (place_on_scale < 0 or place_on_scale > 1) as is_clipped
from scored
