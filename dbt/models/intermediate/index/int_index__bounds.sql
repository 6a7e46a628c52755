-- What each indicator is measured against: smallest, largest, mean and standard deviation of its reference set, its goalposts under the
-- same transform as the values, and the scale that comes of them. On the scale a value stands at (value - zero) / span, and scores
-- points_at_zero + points * that.
with reached as (

    select node_id, reference_id, count(value) as n, min(value) as low, max(value) as high
    from {{ ref('int_index__treated') }}
    where in_reference
    group by node_id, reference_id

),

-- On the way from the smallest (0) to the largest (1), so that sums are of moderate size whatever the unit.
placed as (

    select
        reached.node_id,
        reached.reference_id,
        {{ order_free_sum('(cells.value - reached.low) / (reached.high - reached.low)') }} as total,
        {{ order_free_sum(
            '(cells.value - reached.low) / (reached.high - reached.low) * ((cells.value - reached.low) / (reached.high - reached.low))'
        ) }} as squares
    from reached
    inner join {{ ref('int_index__nodes') }} as nodes
        on reached.node_id = nodes.node_id
    inner join {{ ref('int_index__treated') }} as cells
        on reached.node_id = cells.node_id and reached.reference_id = cells.reference_id
    where nodes.normalisation in ('zscore', 'ampi') and cells.in_reference and {{ has_range('reached.low', 'reached.high') }}
    group by reached.node_id, reached.reference_id

),

-- The mean of the unit that a ratio refers to.
referred as (

    select cells.node_id, cells.reference_id, max(abs(cells.value)) as size, count(cells.value) as n
    from {{ ref('int_index__treated') }} as cells
    inner join {{ ref('int_index__nodes') }} as nodes
        on cells.node_id = nodes.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and nodes.reference_unit = areas.ref_area and cells.area_id = areas.area_id
    where nodes.normalisation = 'ratio_to_reference' and cells.in_reference and cells.value is not null
    group by cells.node_id, cells.reference_id

),

reference_units as (

    select
        cells.node_id,
        cells.reference_id,
        {{ order_free_sum('cells.value / nullif(referred.size, 0)') }} / referred.n * referred.size as mean,
        referred.size
    from {{ ref('int_index__treated') }} as cells
    inner join {{ ref('int_index__nodes') }} as nodes
        on cells.node_id = nodes.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and nodes.reference_unit = areas.ref_area and cells.area_id = areas.area_id
    inner join referred
        on cells.node_id = referred.node_id and cells.reference_id = referred.reference_id
    where cells.in_reference and cells.value is not null
    group by cells.node_id, cells.reference_id, referred.size, referred.n

),

sets as (

    select distinct nodes.node_id, sets.reference_id
    from {{ ref('int_index__nodes') }} as nodes
    inner join {{ ref('int_index__references') }} as sets
        on nodes.framework = sets.framework
    where nodes.type = 'indicator'

),

described as (

    select
        sets.node_id,
        sets.reference_id,
        coalesce(reached.n, 0) as n,
        reached.low,
        reached.high,
        case
            when placed.total is null then reached.low
            else reached.low + (reached.high - reached.low) * placed.total / reached.n
        end as mean,
        case
            when placed.total is not null and reached.n > 1
                then
                    (reached.high - reached.low)
                    * sqrt(greatest(placed.squares - placed.total * placed.total / reached.n, 0) / (reached.n - 1))
        end as sd,
        case when reference_units.size = 0 then 0 else reference_units.mean end as reference_value,
        {{ transformed('nodes.goalpost_low', 'nodes.transform') }} as goal_low,
        {{ transformed('nodes.goalpost_high', 'nodes.transform') }} as goal_high,
        {{ transformed('nodes.target', 'nodes.transform') }} as goal_target,
        {{ transformed('coalesce(nodes.target_high, nodes.target)', 'nodes.transform') }} as goal_target_high,
        nodes.normalisation in ('goalposts', 'efficacy', 'efficacy_exp') or settings.reference_set = 'fixed' as is_fixed
    from sets
    inner join {{ ref('int_index__nodes') }} as nodes
        on sets.node_id = nodes.node_id
    inner join {{ ref('int_index__frameworks') }} as settings
        on nodes.framework = settings.framework
    left join reached
        on sets.node_id = reached.node_id and sets.reference_id = reached.reference_id
    left join placed
        on sets.node_id = placed.node_id and sets.reference_id = placed.reference_id
    left join reference_units
        on sets.node_id = reference_units.node_id and sets.reference_id = reference_units.reference_id

),

-- `bottom` and `top` are the ends of the scale: the goalposts where these decide, else the ends of the reference set.
ended as (

    select
        *,
        case when is_fixed then coalesce(goal_low, low) else low end as bottom,
        case when is_fixed then coalesce(goal_high, high) else high end as top,
        -- A reciprocal turns the order round.
        least(goal_target, goal_target_high) as target,
        greatest(goal_target, goal_target_high) as target_high
    from described

),

measured as (

    select
        ended.*,
        nodes.direction,
        nodes.normalisation,
        nodes.range_low,
        nodes.range_high,
        nodes.norm_mean,
        nodes.norm_sd,
        nodes.clip,
        case
            when nodes.direction = 0 then 'moderate'
            when nodes.normalisation = 'ratio_to_max' and nodes.direction = -1 then 'inverse'
            when nodes.normalisation = 'efficacy_exp' then 'exponential'
            when nodes.normalisation in ('rank', 'borda', 'percentile') then 'rank'
            when nodes.normalisation = 'base_index' then 'base'
            else 'line'
        end as shape,
        case
            when nodes.normalisation in ('minmax', 'goalposts', 'efficacy', 'efficacy_exp', 'target_distance')
                then case when nodes.direction = 1 then ended.bottom else ended.top end
            when nodes.normalisation = 'zscore' then ended.mean
            when nodes.normalisation in ('ratio_to_max', 'none') then 0
            when nodes.normalisation = 'ratio_to_reference'
                then case when nodes.direction = 1 then ended.low else ended.high end
            when nodes.normalisation = 'ampi'
                then coalesce(ended.target, ended.mean) - nodes.direction * (ended.high - ended.low) / 2
        end as zero,
        case
            when nodes.normalisation in ('minmax', 'goalposts', 'efficacy', 'efficacy_exp')
                then nodes.direction * (ended.top - ended.bottom)
            when nodes.normalisation = 'zscore' then nodes.direction * ended.sd
            -- A target that the worst value already reaches leaves no distance.
            when nodes.normalisation = 'target_distance' and nodes.direction = 1 and ended.target > ended.bottom
                then ended.target - ended.bottom
            when nodes.normalisation = 'target_distance' and nodes.direction = -1 and ended.target < ended.top
                then ended.target - ended.top
            when nodes.normalisation = 'ratio_to_max' and ended.high > 0 then ended.high
            when nodes.normalisation = 'ratio_to_reference' and nodes.direction = 1
                and ended.reference_value - ended.low > 1e-12 * (ended.high - ended.low)
                then ended.reference_value - ended.low
            when nodes.normalisation = 'ratio_to_reference' and nodes.direction = -1
                and ended.high - ended.reference_value > 1e-12 * (ended.high - ended.low)
                then ended.reference_value - ended.high
            when nodes.normalisation = 'ampi' then nodes.direction * (ended.high - ended.low)
            when nodes.normalisation = 'none' then 1
        end as span,
        -- Beyond the nearer of its ends a moderate indicator loses all.
        greatest(
            ended.target - least(ended.bottom, ended.top), greatest(ended.bottom, ended.top) - ended.target_high, 0
        ) as reach
    from ended
    inner join {{ ref('int_index__nodes') }} as nodes
        on ended.node_id = nodes.node_id

),

scaled as (

    select
        *,
        case
            when normalisation in ('none', 'base_index') then null
            when normalisation = 'ratio_to_reference' and n > 0 and reference_value is null then 'missing'
            when not is_fixed and not {{ has_range('low', 'high') }}
                then case when normalisation = 'ratio_to_max' and high <= 0 then 'domain' else 'constant' end
            when normalisation = 'ratio_to_max' and high <= 0 then 'domain'
            when shape in ('line', 'exponential') and coalesce(span, 0) = 0 then 'constant'
        end as no_scale
    from measured

)

select
    node_id,
    reference_id,
    n,
    low,
    high,
    mean,
    sd,
    target,
    target_high,
    bottom,
    top,
    shape,
    no_scale,
    case when no_scale is null then zero end as zero,
    case when no_scale is null and shape in ('line', 'exponential') then nullif(span, 0) end as span,
    nullif(reach, 0) as reach,
    case
        when normalisation = 'zscore' then norm_mean
        when normalisation = 'ampi' then 70
        when normalisation = 'efficacy' then 60
        when normalisation in ('rank', 'borda', 'efficacy_exp', 'base_index', 'none') then 0
        else range_low
    end as points_at_zero,
    case
        when normalisation = 'zscore' then norm_sd
        when normalisation = 'ampi' then 60
        when normalisation = 'efficacy' then 40
        when normalisation = 'efficacy_exp' then 60
        when normalisation = 'base_index' then 100
        when normalisation in ('rank', 'borda', 'none') then 1
        else range_high - range_low
    end as points,
    -- The ends at which a score is cut, as places on the scale.
    case when clip then cast(case when normalisation = 'efficacy' then -1.5 else 0 end as double) end as lowest_place,
    case when clip then case when normalisation = 'efficacy_exp' then cast(100 as double) / 60 else 1 end end as highest_place,
    -- The min-max score of a directed indicator in the unit interval, which data-driven weights are found from.
    case when direction = -1 then high else low end as directed_zero,
    case when direction = 0 or not {{ has_range('low', 'high') }} then null else direction * (high - low) end as directed_span
from scaled
