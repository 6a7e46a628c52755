-- What each indicator is measured against: smallest, largest, mean and standard deviation of its reference set, and its goalposts
-- under the same transform as the values.
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
    where nodes.normalisation in ('zscore', 'ampi') and cells.in_reference and reached.high > reached.low
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

)

-- `bottom` and `top` are the ends of the scale: the goalposts where these decide, else the ends of the reference set.
select
    node_id,
    reference_id,
    n,
    low,
    high,
    mean,
    sd,
    reference_value,
    -- A reciprocal turns the order round.
    least(goal_target, goal_target_high) as target,
    greatest(goal_target, goal_target_high) as target_high,
    is_fixed,
    case when is_fixed then coalesce(goal_low, low) else low end as bottom,
    case when is_fixed then coalesce(goal_high, high) else high end as top
from described
