{#- The scores of the groups at one level, made from their children. One row for each group, area and period, whether there is a score
    or not. -#}
{% macro index_scores(level) -%}
with rules as (

    select
        children.node_id,
        weights.reference_id,
        weights.weight,
        parents.aggregation,
        parents.power,
        parents.topsis_normalisation,
        parents.topsis_weights,
        parents.topsis_ideal,
        children.range_low,
        children.range_high
    from {{ ref('int_index__weights_' ~ level) }} as weights
    inner join {{ ref('int_index__nodes') }} as children
        on weights.node_id = children.node_id
    inner join {{ ref('int_index__nodes') }} as parents
        on weights.parent_id = parents.node_id

),

-- Terms are taken relative to the largest child of a parent, so that sums are of moderate size.
sizes as (

    select parent_id, coalesce(nullif(max(abs(value)), 0), 1) as largest
    from (
        {{ index_children(level, like_with_like=(level == 0)) }}
    ) as cells
    group by parent_id

),

terms as (

    select rules.*, children.parent_id, sizes.largest as size
    from rules
    inner join {{ ref('int_index__nodes') }} as children
        on rules.node_id = children.node_id
    inner join sizes
        on children.parent_id = sizes.parent_id

),

-- Powers, and figures on no common scale, are relative to the largest (for negative powers the smallest) of the unit's own: beside
-- those of a far larger unit nothing would be left of them.
own_scales as (

    select distinct nodes.parent_id, parents.aggregation = 'harmonic' or coalesce(parents.power, 0) < 0 as is_inverse
    from {{ ref('int_index__nodes') }} as nodes
    inner join {{ ref('int_index__nodes') }} as parents
        on nodes.parent_id = parents.node_id
    inner join (
        select framework, max(case when normalisation in ('none', 'base_index') then 1 else 0 end) = 1 as is_unscaled
        from {{ ref('int_index__nodes') }}
        group by framework
    ) as frameworks
        on nodes.framework = frameworks.framework
    where parents.aggregation in ('harmonic', 'power') or frameworks.is_unscaled

),

own_sizes as (

    select
        cells.parent_id,
        cells.area_id,
        cells.period_id,
        case
            when own_scales.is_inverse then min(case when cells.value <> 0 then abs(cells.value) end)
            else max(case when cells.value <> 0 then abs(cells.value) end)
        end as size
    from (
        {{ index_children(level, like_with_like=(level == 0)) }}
    ) as cells
    inner join own_scales
        on cells.parent_id = own_scales.parent_id
    where cells.value is not null
    group by cells.parent_id, cells.area_id, cells.period_id, own_scales.is_inverse

),

united as (

    select
        cells.parent_id as node_id,
        cells.area_id,
        cells.period_id,
        count(*) as n_children,
        count(cells.value) as n_present,
        min(case when cells.value is null then {{ reason_order('cells.reason') }} end) as first_reason,
        min(case when cells.value is not null then case when cells.is_zero then 1 else 0 end end) as is_zero,
        {{ order_free_sum('case when cells.value is not null then terms.weight end') }} as present,
        {{ order_free_sum('case when cells.value is not null and cells.imputed_share > 0 then terms.weight * cells.imputed_share end') }}
            as imputed,
        {{ order_free_sum("""case terms.aggregation
                when 'arithmetic' then terms.weight * (cells.value / coalesce(own_sizes.size, terms.size))
                when 'ampi' then terms.weight * (cells.value / coalesce(own_sizes.size, terms.size))
                when 'geometric' then case when cells.value > 0 then terms.weight * ln(cells.value) end
                when 'harmonic' then case when cells.value > 0 then terms.weight * (coalesce(own_sizes.size, terms.size) / cells.value) end
                when 'product' then case when cells.value <> 0 then ln(abs(cells.value)) end
                when 'power'
                    then
                        case
                            when cells.value > 0 or (cells.value < 0 and terms.power = floor(terms.power))
                                then terms.weight * power(cells.value / coalesce(own_sizes.size, terms.size), terms.power)
                        end
            end""") }} as term,
        {{ order_free_sum("""case
                when terms.aggregation = 'ampi' then terms.weight * (cells.value / coalesce(own_sizes.size, terms.size)) * (cells.value / coalesce(own_sizes.size, terms.size))
            end""") }} as squares,
        max(case when cells.is_relative then 1 else 0 end) as is_relative,
        max(own_sizes.size) as own_size,
        count(case when cells.value = 0 then 1 end) as zeros,
        count(case when cells.value < 0 then 1 end) as negatives
    from (
        {{ index_children(level, like_with_like=(level == 0)) }}
    ) as cells
    inner join terms
        on cells.node_id = terms.node_id and cells.reference_id = terms.reference_id
    left join own_sizes
        on
            cells.parent_id = own_sizes.parent_id
            and cells.area_id = own_sizes.area_id
            and cells.period_id = own_sizes.period_id
    group by cells.parent_id, cells.area_id, cells.period_id

),

-- The cells of parents whose scores depend on the scores of other areas.
children as (

    select cells.*, terms.weight, terms.aggregation, terms.topsis_normalisation, terms.topsis_weights, terms.topsis_ideal,
        terms.range_low, terms.range_high
    from (
        {{ index_children(level, like_with_like=(level == 0)) }}
    ) as cells
    inner join terms
        on cells.node_id = terms.node_id and cells.reference_id = terms.reference_id
    where terms.aggregation in ('topsis', 'copeland') and cells.value is not null

),

described as (

    select
        united.node_id,
        united.area_id,
        united.period_id,
        united.n_children,
        united.n_present,
        united.first_reason,
        united.is_zero,
        coalesce(united.present, 0) as present,
        coalesce(united.imputed, 0) as imputed,
        coalesce(united.term, 0) as term,
        united.squares,
        united.zeros,
        united.negatives,
        nodes.framework,
        nodes.parent_id,
        nodes.aggregation,
        nodes.on_zero,
        nodes.power,
        nodes.penalty,
        nodes.min_coverage,
        settings.on_missing,
        coalesce(united.own_size, sizes.largest) as size,
        united.is_relative = 1 or nodes.aggregation = 'copeland' as is_relative,
        case settings.coverage_by
            when 'count' then cast(united.n_present as double) / united.n_children else coalesce(united.present, 0)
        end as coverage
    from united
    inner join sizes
        on united.node_id = sizes.parent_id
    inner join {{ ref('int_index__nodes') }} as nodes
        on united.node_id = nodes.node_id
    inner join {{ ref('int_index__frameworks') }} as settings
        on nodes.framework = settings.framework

),

covered as (

    select
        *,
        case
            when n_present = 0 then {{ reason_of_order('first_reason') }}
            when on_missing = 'null' and n_present < n_children then {{ reason_of_order('first_reason') }}
            -- What is present has no weight at all: indicators that do not vary, under weights found from the data.
            when aggregation not in ('product', 'copeland') and present <= 0
                then coalesce({{ reason_of_order('first_reason') }}, 'constant')
            -- Weights are decimal fractions: a coverage of exactly the minimum must pass.
            when coverage < min_coverage - 1e-9 then 'below_coverage'
            when aggregation in ('geometric', 'harmonic') and (negatives > 0 or (zeros > 0 and on_zero <> 'zero')) then 'domain'
            when aggregation = 'power' and power < 0 and zeros > 0 then 'domain'
            when aggregation = 'power' and negatives > 0 and power <> floor(power) then 'domain'
        end as why_not
    from described

),

{{ index_topsis() }},

{{ index_copeland() }},

by_unit as (

    select
        cells.parent_id as node_id,
        cells.area_id,
        cells.period_id,
        {{ order_free_sum('steps.weight * cells.value') }} as score
    from (
        {{ index_children(level, like_with_like=(level == 0)) }}
    ) as cells
    inner join {{ source('steps', 'weights') }} as steps
        on
            cells.parent_id = steps.parent_id
            and cells.node_id = steps.node_id
            and cells.area_id = steps.area_id
            and cells.period_id = steps.cell_period_id
    where steps.weighting_id = 1
    group by cells.parent_id, cells.area_id, cells.period_id

),

combined as (

    select
        covered.*,
        case
            when covered.why_not is not null then null
            when by_unit.node_id is not null then by_unit.score
            when covered.aggregation = 'arithmetic' then covered.term / covered.present * covered.size
            when covered.aggregation in ('geometric', 'harmonic') and covered.zeros > 0 then 0
            when covered.aggregation = 'geometric' then exp(covered.term / covered.present)
            when covered.aggregation = 'harmonic' then covered.present / covered.term * covered.size
            when covered.aggregation = 'power'
                then
                    case
                        when covered.term > 0 or (covered.term < 0 and abs(covered.power) = 1)
                            then power(covered.term / covered.present, 1 / covered.power) * covered.size
                        when covered.term = 0 and covered.power > 0 then 0
                    end
            when covered.aggregation = 'product'
                then
                    case
                        when covered.zeros > 0 then 0
                        -- Beyond this a product has no finite value.
                        when abs(covered.term) > 400 then null
                        when covered.negatives % 2 = 1 then -exp(covered.term)
                        else exp(covered.term)
                    end
            when covered.aggregation = 'ampi' and covered.term > 0
                then
                    covered.size * (
                        covered.term / covered.present
                        + case covered.penalty when 'plus' then 1 else -1 end
                        * greatest(
                            covered.squares / covered.present
                            - (covered.term / covered.present) * (covered.term / covered.present), 0
                        ) / (covered.term / covered.present)
                    )
            when covered.aggregation = 'topsis' then topsis.score
            when covered.aggregation = 'copeland' then copeland.score
        end as score
    from covered
    left join topsis
        on
            covered.node_id = topsis.node_id
            and covered.area_id = topsis.area_id
            and covered.period_id = topsis.period_id
    left join copeland
        on
            covered.node_id = copeland.node_id
            and covered.area_id = copeland.area_id
            and covered.period_id = copeland.period_id
    left join by_unit
        on
            covered.node_id = by_unit.node_id
            and covered.area_id = by_unit.area_id
            and covered.period_id = by_unit.period_id

){% if level == 0 %},

-- Too few areas are no ranking; a framework that compares like with like says how many it needs.
ranked as (

    select node_id, period_id, count(score) as areas from combined group by node_id, period_id

){% endif %}

select
    combined.node_id,
    combined.parent_id,
    combined.area_id,
    combined.period_id,
    sets.reference_id,
    sets.in_reference,
    {% if level == 0 -%}
    case when ranked.areas >= settings.min_units then combined.score end as value,
    {%- else -%}
    combined.score as value,
    {%- endif %}
    case
        when combined.why_not is not null then combined.why_not
        when combined.score is null
            then
                case combined.aggregation
                    when 'topsis' then 'constant'
                    when 'copeland' then 'too_few'
                    when 'arithmetic' then 'too_few'
                    else 'domain'
                end
        {% if level == 0 -%}
        when ranked.areas < settings.min_units then 'too_few'
        {%- endif %}
    end as reason,
    combined.coverage,
    case
        when combined.score is null then null
        when combined.present > 0 then combined.imputed / combined.present
        else 0
    end as imputed_share,
    combined.is_zero = 1 as is_zero,
    combined.is_relative
from combined
inner join {{ ref('int_index__references') }} as sets
    on combined.framework = sets.framework and combined.period_id = sets.period_id
{% if level == 0 -%}
inner join {{ ref('int_index__frameworks') }} as settings
    on combined.framework = settings.framework
inner join ranked
    on combined.node_id = ranked.node_id and combined.period_id = ranked.period_id
{%- endif %}
{%- endmacro %}

{#- TOPSIS: distances of a unit's weighted row from the best and the worst of the reference set. -#}
{% macro index_topsis() -%}
topsis_children as (

    select * from children where aggregation = 'topsis' and value is not null

),

topsis_ends as (

    select
        node_id,
        reference_id,
        min(value) as low,
        max(value) as high,
        max(abs(value)) as size
    from topsis_children
    where in_reference
    group by node_id, reference_id

),

topsis_columns as (

    select
        ends.node_id,
        ends.reference_id,
        ends.low,
        ends.high,
        ends.size * sqrt({{ order_free_sum('(cells.value / nullif(ends.size, 0)) * (cells.value / nullif(ends.size, 0))') }}) as norm
    from topsis_ends as ends
    inner join topsis_children as cells
        on ends.node_id = cells.node_id and ends.reference_id = cells.reference_id
    where cells.in_reference
    group by ends.node_id, ends.reference_id, ends.low, ends.high, ends.size

),

topsis_scales as (

    select
        cells.parent_id,
        cells.node_id,
        cells.reference_id,
        max(case cells.topsis_normalisation when 'minmax' then columns.low else 0 end) as origin,
        max(
            case cells.topsis_normalisation
                when 'minmax' then columns.high - columns.low
                when 'vector' then columns.norm
                else 1
            end
        ) as span,
        max(columns.low) as low,
        max(columns.high) as high,
        max(cells.topsis_normalisation) as normalisation,
        max(cells.topsis_ideal) as ideal,
        max(coalesce(cells.range_low, 0)) as range_low,
        max(coalesce(cells.range_high, 1)) as range_high
    from topsis_children as cells
    inner join topsis_columns as columns
        on cells.node_id = columns.node_id and cells.reference_id = columns.reference_id
    group by cells.parent_id, cells.node_id, cells.reference_id

),

topsis_placed as (

    select
        cells.parent_id,
        cells.area_id,
        cells.period_id,
        cells.topsis_weights,
        cells.weight,
        (cells.value - scales.origin) / nullif(scales.span, 0) as r,
        case
            when scales.ideal = 'observed' then (scales.high - scales.origin) / nullif(scales.span, 0)
            when scales.normalisation = 'none' then scales.range_high
            else 1
        end as best,
        case
            when scales.ideal = 'observed' then (scales.low - scales.origin) / nullif(scales.span, 0)
            when scales.normalisation = 'none' then scales.range_low
            else 0
        end as worst
    from topsis_children as cells
    inner join topsis_scales as scales
        on
            cells.parent_id = scales.parent_id
            and cells.node_id = scales.node_id
            and cells.reference_id = scales.reference_id
    where scales.span > 0

),

topsis_rows as (

    select
        parent_id,
        area_id,
        period_id,
        {{ order_free_sum('weight') }} as present,
        greatest(max(abs(r - best)), max(abs(r - worst))) as size
    from topsis_placed
    group by parent_id, area_id, period_id

),

topsis_distances as (

    select
        placed.parent_id as node_id,
        placed.area_id,
        placed.period_id,
        sqrt({{ order_free_sum("""case placed.topsis_weights when 'before' then placed.weight / rows.present * (placed.weight / rows.present)
                else placed.weight / rows.present end
            * ((placed.r - placed.best) / nullif(rows.size, 0)) * ((placed.r - placed.best) / nullif(rows.size, 0))""") }}) as to_best,
        sqrt({{ order_free_sum("""case placed.topsis_weights when 'before' then placed.weight / rows.present * (placed.weight / rows.present)
                else placed.weight / rows.present end
            * ((placed.r - placed.worst) / nullif(rows.size, 0)) * ((placed.r - placed.worst) / nullif(rows.size, 0))""") }}) as to_worst
    from topsis_placed as placed
    inner join topsis_rows as rows
        on placed.parent_id = rows.parent_id and placed.area_id = rows.area_id and placed.period_id = rows.period_id
    where rows.present > 0
    group by placed.parent_id, placed.area_id, placed.period_id

),

topsis as (

    select node_id, area_id, period_id, to_worst / nullif(to_best + to_worst, 0) as score
    from topsis_distances

)
{%- endmacro %}

{#- Copeland: how many areas an area beats, less how many beat it, by the share of weight on which it stands above. -#}
{% macro index_copeland() -%}
copeland_children as (

    select children.parent_id, children.node_id, children.area_id, children.period_id, children.value, children.weight
    from children
    inner join covered
        on
            children.parent_id = covered.node_id
            and children.area_id = covered.area_id
            and children.period_id = covered.period_id
    where children.aggregation = 'copeland' and children.value is not null and covered.why_not is null

),

copeland_pairs as (

    select
        one.parent_id,
        one.area_id,
        other.area_id as other_id,
        one.period_id,
        {{ order_free_sum("""one.weight
            * case
                when abs(one.value - other.value) <= 1e-12 * greatest(abs(one.value), abs(other.value)) then 0
                when one.value > other.value then 1
                else -1
            end""") }} as balance,
        {{ order_free_sum('one.weight') }} as whole
    from copeland_children as one
    inner join copeland_children as other
        on one.node_id = other.node_id and one.period_id = other.period_id and one.area_id <> other.area_id
    group by one.parent_id, one.area_id, other.area_id, one.period_id

),

copeland_opponents as (

    select node_id, period_id, count(*) as areas
    from covered
    where aggregation = 'copeland' and why_not is null
    group by node_id, period_id

),

copeland as (

    select
        covered.node_id,
        covered.area_id,
        covered.period_id,
        cast(
            sum(
                case
                    when pairs.balance > 2e-12 * pairs.whole then 1
                    when pairs.balance < -2e-12 * pairs.whole then -1
                    else 0
                end
            ) as double
        ) as score
    from covered
    inner join copeland_opponents as opponents
        on covered.node_id = opponents.node_id and covered.period_id = opponents.period_id
    left join copeland_pairs as pairs
        on covered.node_id = pairs.parent_id and covered.area_id = pairs.area_id and covered.period_id = pairs.period_id
    where covered.aggregation = 'copeland' and covered.why_not is null and opponents.areas > 1
    group by covered.node_id, covered.area_id, covered.period_id

)
{%- endmacro %}
