-- Every indicator on the common scale; higher is better from here on. `directed` is the min-max score in the unit interval that
-- data-driven weights are found from, `raw` the value before transform and normalisation.
with ranked_nodes as (

    select node_id, normalisation, direction, percentile_denominator
    from {{ ref('int_index__nodes') }}
    where normalisation in ('rank', 'borda', 'percentile')

),

-- Competition ranks, ties take the smallest. A cell outside a frozen span takes the place it would have within it.
counted as (

    select
        treated.node_id,
        treated.area_id,
        treated.period_id,
        treated.reference_id,
        treated.in_reference,
        nodes.normalisation,
        nodes.percentile_denominator,
        sum(case when treated.in_reference then 1 else 0 end) over (
            partition by treated.node_id, treated.reference_id order by nodes.direction * treated.value
        ) as up_to_this,
        sum(case when treated.in_reference then 1 else 0 end) over (
            partition by treated.node_id, treated.reference_id, nodes.direction * treated.value
        ) as alike
    from {{ ref('int_index__treated') }} as treated
    inner join ranked_nodes as nodes
        on treated.node_id = nodes.node_id
    where treated.value is not null

),

last_places as (

    select node_id, reference_id, max(1 + up_to_this - alike) as place
    from counted
    where in_reference
    group by node_id, reference_id

),

places as (

    select
        counted.node_id,
        counted.area_id,
        counted.period_id,
        case
            when counted.normalisation = 'rank' then cast(1 + counted.up_to_this - counted.alike as double)
            when counted.normalisation = 'borda' then cast(counted.up_to_this - counted.alike as double)
            when counted.percentile_denominator = 'max_rank'
                then cast(counted.up_to_this - counted.alike as double) / nullif(last_places.place - 1, 0)
            else cast(counted.up_to_this - counted.alike as double) / nullif(bounds.n - 1, 0)
        end as place
    from counted
    inner join {{ ref('int_index__bounds') }} as bounds
        on counted.node_id = bounds.node_id and counted.reference_id = bounds.reference_id
    left join last_places
        on counted.node_id = last_places.node_id and counted.reference_id = last_places.reference_id
    where bounds.no_scale is null

),

bases as (

    select treated.node_id, treated.area_id, treated.value, nodes.direction
    from {{ ref('int_index__treated') }} as treated
    inner join {{ ref('int_index__nodes') }} as nodes
        on treated.node_id = nodes.node_id
    where nodes.normalisation = 'base_index' and treated.in_reference and treated.value is not null

),

-- What depends on other cells of its column than those that bounds tell of.
looked_up as (

    select node_id, area_id, period_id, place from places
    union all
    select
        treated.node_id,
        treated.area_id,
        treated.period_id,
        case
            when bases.direction = 1 and bases.value > 0 then treated.value / nullif(bases.value, 0)
            when bases.direction = -1 and bases.value > 0 and treated.value > 0 then bases.value / nullif(treated.value, 0)
        end as place
    from {{ ref('int_index__treated') }} as treated
    inner join bases
        on treated.node_id = bases.node_id and treated.area_id = bases.area_id
    where treated.value is not null

),

placed as (

    {{ index_placed("bounds.shape in ('line', 'moderate', 'inverse', 'exponential')") }}

    union all

    {{ index_placed("bounds.shape in ('rank', 'base')", looked_up=true) }}

),

cut as (

    select
        *,
        -- Null stays null: greatest and least would skip it.
        case
            when place < lowest_place then lowest_place
            when place > highest_place then highest_place
            else place
        end as cut_place
    from placed

)

select
    node_id,
    parent_id,
    level,
    area_id,
    period_id,
    reference_id,
    in_reference,
    points_at_zero + points * cut_place as value,
    case
        when place is null
            then
                case
                    when x is null then reason
                    when no_scale is not null then no_scale
                    when shape = 'base' and not is_looked_up then 'missing'
                    else 'domain'
                end
    end as reason,
    case when shape = 'moderate' then cut_place else directed end as directed,
    raw,
    is_imputed,
    is_zero,
    coalesce(place <> cut_place, false) as is_clipped
from cut
