-- Every indicator of every framework for each area and period, over its denominator where it has one: one row for each, whether there
-- is a value or not.
select
    observed.node_id,
    observed.area_id,
    observed.period_id,
    observed.value * nodes.scale as value,
    observed.reason,
    observed.is_zero
from {{ ref('int_index__observed') }} as observed
inner join {{ ref('int_index__nodes') }} as nodes
    on observed.node_id = nodes.node_id
where nodes.type = 'indicator' and nodes.denominator_id is null

union all

select
    observed.node_id,
    observed.area_id,
    observed.period_id,
    case when below.value > 1e-30 then {{ significant('(observed.value / below.value * nodes.scale)', 14) }} end as value,
    case
        when observed.value is null then observed.reason
        -- So small a denominator is noise, and what comes of it no figure.
        when below.value is null or below.value <= 1e-30 then 'bad_denominator'
    end as reason,
    observed.is_zero
from {{ ref('int_index__observed') }} as observed
inner join {{ ref('int_index__nodes') }} as nodes
    on observed.node_id = nodes.node_id
inner join (
    select * from {{ ref('int_index__observed') }}
    where node_id in (select denominator_id from {{ ref('int_index__nodes') }} where denominator_id is not null)
) as below
    on
        nodes.denominator_id = below.node_id
        and observed.area_id = below.area_id
        and observed.period_id = below.period_id
where nodes.type = 'indicator'
