{#- Inequality between areas 区域差异: the CTEs from `sizes` to `named` (item, period, n, measure, value) over a relation `units`
    of one value for each item, area and period (item, area, period, value, area_group, population).

    Where the population of all areas is given, values are totals: Gini and Theil then compare what each area has with how many people
    share it. Without it each area counts the same. -#}
{% macro inequality(units) %}
{% set measures = ['gini', 'theil', 'theil_between', 'theil_within', 'cv', 'range_ratio', 'primacy', 'primacy_share', 'hhi',
    'hhi_normalised', 'sigma'] %}
sizes as (

    select
        item,
        period,
        count(*) as n,
        min(value) as low,
        max(value) as high,
        max(abs(value)) as size,
        -- Beside the largest population one below this is noise.
        case when count(population) = count(*) and min(population) > 1e-12 * max(population) then max(population) end as most_people
    from {{ units }} as units
    group by item, period
    having count(*) > 1 and max(abs(value)) > 0

),

placed as (

    select
        units.item,
        units.area,
        units.period,
        units.area_group,
        units.value,
        sizes.n,
        sizes.low,
        sizes.high,
        units.value / nullif(sizes.size, 0) as y,
        (sizes.high - sizes.low) / nullif(sizes.size, 0) as span,
        -- Relative to the largest, whose logarithm is then 0.
        case when sizes.low > 0 and sizes.low / sizes.high > 1e-300 then ln(units.value / nullif(sizes.size, 0)) end as ln_y,
        case when sizes.low > 0 and sizes.low / sizes.high > 1e-300 then -ln(sizes.low / nullif(sizes.size, 0)) end as ln_span,
        coalesce(units.population / sizes.most_people, cast(1 as double)) as people
    from {{ units }} as units
    inner join sizes
        on units.item = sizes.item and units.period = sizes.period

),

totals as (

    select
        item,
        period,
        {{ order_free_sum('y') }} as y,
        {{ order_free_sum('ln_y') }} as ln_y,
        {{ order_free_sum('people') }} as people
    from placed
    group by item, period

),

shares as (

    select
        placed.*,
        totals.y / placed.n as mean,
        case when placed.low >= 0 then placed.y / totals.y end as share,
        placed.people / totals.people as people_share,
        (placed.y - totals.y / placed.n) / nullif(placed.span, 0) as deviation,
        (placed.ln_y - totals.ln_y / placed.n) / nullif(placed.ln_span, 0) as ln_deviation
    from placed
    inner join totals
        on placed.item = totals.item and placed.period = totals.period
    where totals.y > 1e-12

),

groups as (

    select
        item,
        period,
        area_group,
        {{ order_free_sum('share') }} as share,
        {{ order_free_sum('people_share') }} as people_share
    from shares
    group by item, period, area_group

),

-- The people of an area and of all that have less each, as a share of all people.
ordered as (

    select
        *,
        cast(
            sum(cast(people_share as decimal(38, 18))) over (
                partition by item, period
                order by share / people_share, area rows between unbounded preceding and current row
            ) as double
        ) as people_to_here,
        row_number() over (partition by item, period order by share desc, area) as place
    from shares

),

between_groups as (

    select
        item,
        period,
        {{ order_free_sum('case when share > 0 then share * (ln(share) - ln(people_share)) end') }} as theil
    from groups
    group by item, period

),

sums as (

    select
        ordered.item,
        ordered.period,
        ordered.n,
        ordered.low,
        ordered.high,
        ordered.mean,
        ordered.span,
        ordered.ln_span,
        -- The double sum over all pairs of areas, taken along the order of what a person has.
        {{ order_free_sum('ordered.share * (2 * ordered.people_to_here - ordered.people_share - 1)') }} as gini,
        {{ order_free_sum('case when ordered.share > 0 then ordered.share * (ln(ordered.share) - ln(ordered.people_share)) end') }}
            as theil,
        {{ order_free_sum("""case
                when ordered.share > 0
                    then
                        ordered.share
                        * (ln(ordered.share) - ln(ordered.people_share) - ln(groups.share) + ln(groups.people_share))
            end""") }} as theil_within,
        {{ order_free_sum('ordered.share * ordered.share') }} as hhi,
        {{ order_free_sum('ordered.deviation * ordered.deviation') }} as squares,
        {{ order_free_sum('ordered.ln_deviation * ordered.ln_deviation') }} as ln_squares,
        max(ordered.share) as first_share,
        max(case when ordered.place = 2 then ordered.value end) as second
    from ordered
    inner join groups
        on
            ordered.item = groups.item
            and ordered.period = groups.period
            and ordered.area_group = groups.area_group
    group by
        ordered.item, ordered.period, ordered.n, ordered.low, ordered.high, ordered.mean, ordered.span, ordered.ln_span

),

-- Rounded where equal values would otherwise leave the noise of their last bits, which may lie below 0.
measured as (

    select
        sums.item,
        sums.period,
        sums.n,
        {{ noiseless('sums.gini') }} as gini,
        {{ noiseless('sums.theil') }} as theil,
        {{ noiseless('between_groups.theil') }} as theil_between,
        {{ noiseless('sums.theil_within') }} as theil_within,
        round(coalesce(sums.span * sqrt(sums.squares / (sums.n - 1)), 0) / sums.mean, 15) as cv,
        case when sums.low > 0 and sums.low / sums.high > 1e-300 then sums.high / sums.low end as range_ratio,
        case when sums.low >= 0 and sums.second > 0 and sums.second / sums.high > 1e-300 then sums.high / sums.second end as primacy,
        sums.first_share as primacy_share,
        sums.hhi,
        {{ noiseless('(sums.hhi - cast(1 as double) / sums.n) / (1 - cast(1 as double) / sums.n)') }} as hhi_normalised,
        case
            when sums.ln_span = 0 then 0
            when sums.ln_span > 0 then round(sums.ln_span * sqrt(sums.ln_squares / (sums.n - 1)), 15)
        end as sigma
    from sums
    inner join between_groups
        on sums.item = between_groups.item and sums.period = between_groups.period

),

named as (

    select
        measured.item,
        measured.period,
        measured.n,
        measures.measure,
        case measures.measure
            {%- for measure in measures %}
            when '{{ measure }}' then measured.{{ measure }}
            {%- endfor %}
        end as value
    from measured
    cross join (
        {%- for measure in measures %}
        {{ "union all" if not loop.first }}
        select '{{ measure }}' as measure
        {%- endfor %}
    ) as measures

)
{% endmacro %}
