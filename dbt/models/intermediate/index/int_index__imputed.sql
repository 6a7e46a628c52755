-- Every indicator for each area and period, with the imputed value where one is missing and the framework asks for that.
with to_impute as (

    select
        denominated.node_id,
        denominated.area_id,
        denominated.period_id,
        denominated.value,
        denominated.reason,
        denominated.is_zero,
        nodes.imputation,
        nodes.imputation_max_gap,
        nodes.imputation_value,
        areas.area_group,
        periods.position
    from {{ ref('int_index__denominated') }} as denominated
    inner join {{ ref('int_index__nodes') }} as nodes
        on denominated.node_id = nodes.node_id and nodes.imputation <> 'none'
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and denominated.area_id = areas.area_id
    inner join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and denominated.period_id = periods.period_id

),

sizes as (

    select node_id, period_id, area_group, max(abs(value)) as size
    from to_impute
    where imputation in ('group_mean', 'group_median') and value is not null
    group by node_id, period_id, area_group

),

groups as (

    select
        cells.node_id,
        cells.period_id,
        cells.area_group,
        sizes.size,
        {{ order_free_sum('cells.value / nullif(sizes.size, 0)') }} / count(cells.value) * sizes.size as mean,
        {{ median('cells.value') }} as median
    from to_impute as cells
    inner join sizes
        on
            cells.node_id = sizes.node_id
            and cells.period_id = sizes.period_id
            and cells.area_group = sizes.area_group
    where cells.value is not null
    group by cells.node_id, cells.period_id, cells.area_group, sizes.size

),

neighbours as (

    select
        *,
        max(case when value is not null then position end) over (
            partition by node_id, area_id order by position rows between unbounded preceding and current row
        ) as before,
        min(case when value is not null then position end) over (
            partition by node_id, area_id order by position rows between current row and unbounded following
        ) as after
    from to_impute

),

filled as (

    select
        cells.node_id,
        cells.area_id,
        cells.period_id,
        cells.value,
        cells.reason,
        cells.is_zero,
        case
            when cells.value is not null or cells.reason not in ('missing', 'bad_denominator') then null
            when cells.imputation = 'zero' then 0
            when cells.imputation = 'constant' then cells.imputation_value
            when cells.imputation = 'group_mean' then case when groups.size = 0 then 0 else groups.mean end
            when cells.imputation = 'group_median' then groups.median
            when cells.imputation = 'locf' and cells.position - cells.before <= coalesce(cells.imputation_max_gap, 1000000)
                then earlier.value
            when cells.imputation = 'linear' and cells.after - cells.before - 1 <= coalesce(cells.imputation_max_gap, 1000000)
                then
                    earlier.value
                    + (later.value - earlier.value)
                    * (cells.position - cells.before) / nullif(cells.after - cells.before, 0)
        end as imputed,
        cells.imputation,
        case cells.imputation
            when 'locf' then cells.position - cells.before
            when 'linear' then cells.after - cells.before - 1
        end as gap
    from neighbours as cells
    left join groups
        on
            cells.node_id = groups.node_id
            and cells.period_id = groups.period_id
            and cells.area_group = groups.area_group
    left join to_impute as earlier
        on cells.node_id = earlier.node_id and cells.area_id = earlier.area_id and cells.before = earlier.position
    left join to_impute as later
        on cells.node_id = later.node_id and cells.area_id = later.area_id and cells.after = later.position

)

select
    denominated.node_id,
    denominated.area_id,
    denominated.period_id,
    denominated.value,
    denominated.reason,
    denominated.is_zero,
    cast(null as {{ dbt.type_string() }}) as imputation,
    cast(null as int) as gap
from {{ ref('int_index__denominated') }} as denominated
inner join {{ ref('int_index__nodes') }} as nodes
    on denominated.node_id = nodes.node_id
where nodes.imputation = 'none'

union all

select
    node_id,
    area_id,
    period_id,
    coalesce(value, {{ significant('imputed', 14) }}) as value,
    case when coalesce(value, imputed) is null then reason end as reason,
    is_zero,
    case when imputed is not null then imputation end as imputation,
    case when imputed is not null then cast(gap as int) end as gap
from filled
