-- What a reader of the index should know of its making (methods of the OECD/JRC handbook): one row for each check and subject, with the
-- verdict `ok` or what is the matter. None of these stops a run; faults of a framework did so before.
with nodes as (

    select * from {{ ref('int_index__nodes') }}

),

indicators as (

    select
        imputed.node_id,
        count(*) as cells,
        count(case when imputed.imputation is null then imputed.value end) as present,
        count(distinct imputed.value) as distinct_values,
        count(imputed.value) as n,
        min(imputed.value) as low,
        max(imputed.value) as high
    from {{ ref('int_index__imputed') }} as imputed
    group by imputed.node_id

),

means as (

    select
        imputed.node_id,
        indicators.n,
        {{ order_free_sum('(imputed.value - indicators.low) / (indicators.high - indicators.low)') }} / indicators.n as mean
    from {{ ref('int_index__imputed') }} as imputed
    inner join indicators
        on imputed.node_id = indicators.node_id
    where imputed.value is not null and indicators.high > indicators.low
    group by imputed.node_id, indicators.n

),

deviations as (

    select
        means.node_id,
        means.n,
        (imputed.value - indicators.low) / (indicators.high - indicators.low) - means.mean as d
    from {{ ref('int_index__imputed') }} as imputed
    inner join indicators
        on imputed.node_id = indicators.node_id
    inner join means
        on imputed.node_id = means.node_id
    where imputed.value is not null

),

powers as (

    select
        node_id,
        cast(n as double) as n,
        {{ order_free_sum('d * d') }} as d2,
        {{ order_free_sum('d * d * d') }} as d3,
        {{ order_free_sum('d * d * d * d') }} as d4
    from deviations
    group by node_id, n

),

-- Bias-corrected skewness and excess kurtosis.
moments as (

    select
        node_id,
        case
            when n >= 3 and d2 > 0 then sqrt(n * (n - 1)) / (n - 2) * (d3 / n) / power(d2 / n, cast(1.5 as double))
        end as skewness,
        case
            when n >= 4 and d2 > 0
                then (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (n * d4 / (d2 * d2) - 3) + 6)
        end as kurtosis
    from powers

),

clipped as (

    select
        node_id,
        period_id,
        count(value) as n,
        sum(case when is_clipped then 1 else 0 end) as clipped
    from {{ ref('int_index__normalised') }}
    group by node_id, period_id

),

refused as (

    select node_id, reason, count(*) as cells
    from {{ ref('int_index__normalised') }}
    where reason in ('domain', 'bad_denominator')
    group by node_id, reason
    union all
    select node_id, reason, count(*) as cells
    from {{ ref('int_index__scores') }}
    where reason = 'domain'
    group by node_id, reason
    union all
    -- A target that the worst value already reaches leaves no distance to be measured.
    select bounds.node_id, 'target' as reason, count(*) as cells
    from {{ ref('int_index__bounds') }} as bounds
    inner join nodes
        on bounds.node_id = nodes.node_id
    where nodes.normalisation = 'target_distance' and bounds.no_scale = 'constant' and bounds.high > bounds.low
    group by bounds.node_id

),

correlations as (

    select
        associations.relation,
        one.node_id,
        other.code as other_code,
        associations.r
    from {{ ref('int_index__associations') }} as associations
    inner join nodes as one
        on associations.node_id = one.node_id
    inner join nodes as other
        on associations.other_id = other.node_id
    inner join (
        select parent_id, count(*) as n from nodes where parent_id is not null group by parent_id
    ) as siblings
        on one.parent_id = siblings.parent_id
    -- An only child is its parent.
    where associations.relation <> 'index' and associations.node_id <> associations.other_id and siblings.n > 1

),

siblings as (

    select
        nodes.parent_id as node_id,
        associations.node_id = associations.other_id as is_variance,
        associations.covariance,
        max(abs(associations.covariance)) over (partition by nodes.parent_id) as size
    from {{ ref('int_index__associations') }} as associations
    inner join nodes
        on associations.node_id = nodes.node_id
    where associations.relation = 'siblings'

),

-- Relative to the largest covariance of the parent, which the ratio of the two does not show.
alphas as (

    select
        node_id,
        count(case when is_variance then 1 end) as k,
        {{ order_free_sum('case when is_variance then covariance / nullif(size, 0) end') }} as variances,
        {{ order_free_sum('case when is_variance then 1 else 2 end * (covariance / nullif(size, 0))') }} as variance_of_sum
    from siblings
    group by node_id

),

squares as (

    select node_id, r * r as square
    from {{ ref('int_index__associations') }}
    where relation = 'index' and r is not null

),

square_totals as (

    select nodes.framework, {{ order_free_sum('squares.square') }} as total
    from squares
    inner join nodes
        on squares.node_id = nodes.node_id
    group by nodes.framework

),

nominal as (

    select node_id, max(effective_weight) as effective_weight
    from {{ ref('int_index__weights') }}
    where not by_period
    group by node_id

),

checks as (

    select
        'coverage' as check_name,
        node_id,
        cast(null as {{ dbt.type_string() }}) as of_what,
        cast(present as double) / cells as value,
        cast(0.5 as double) as threshold,
        case when present = 0 then 'missing' when present * 2 < cells then 'weak' else 'ok' end as verdict
    from indicators

    union all

    select
        'constant', node_id, null, cast(distinct_values as double), cast(2 as double),
        case when distinct_values < 2 then 'constant' else 'ok' end
    from indicators

    union all

    select
        'skewness', moments.node_id, null, moments.skewness, nodes.treatment_skewness,
        case
            when abs(moments.skewness) >= nodes.treatment_skewness and moments.kurtosis >= nodes.treatment_kurtosis
                then 'outliers'
            else 'ok'
        end
    from moments
    inner join nodes
        on moments.node_id = nodes.node_id

    union all

    select
        'kurtosis', moments.node_id, null, moments.kurtosis, nodes.treatment_kurtosis,
        case
            when abs(moments.skewness) >= nodes.treatment_skewness and moments.kurtosis >= nodes.treatment_kurtosis
                then 'outliers'
            else 'ok'
        end
    from moments
    inner join nodes
        on moments.node_id = nodes.node_id

    union all

    select
        'treatment', treatments.node_id, periods.time_period, cast(treatments.changed as double),
        cast(nodes.treatment_winmax as double), treatments.outcome
    from {{ source('steps', 'treatments') }} as treatments
    inner join nodes
        on treatments.node_id = nodes.node_id
    left join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and treatments.period_id = periods.period_id

    union all

    select
        'correlation_' || relation, node_id, case relation when 'siblings' then other_code end, r,
        cast(case when r > 0.92 then 0.92 when r < 0 then 0 else 0.3 end as double),
        case
            when r is null then 'undefined'
            when r < 0 then 'negative'
            when r < 0.3 then 'weak'
            when r > 0.92 then 'redundant'
            else 'ok'
        end
    from correlations

    union all

    select
        'cronbach_alpha', node_id, null,
        case when k > 1 and variance_of_sum > 0 then cast(k as double) / (k - 1) * (1 - variances / nullif(variance_of_sum, 0)) end,
        cast(0.7 as double),
        case
            when k < 2 or not coalesce(variance_of_sum, 0) > 0 then 'undefined'
            when cast(k as double) / (k - 1) * (1 - variances / nullif(variance_of_sum, 0)) < 0.7 then 'weak'
            else 'ok'
        end
    from alphas

    union all

    select
        'importance', squares.node_id, null, squares.square / nullif(square_totals.total, 0), nominal.effective_weight,
        case
            when squares.square / nullif(square_totals.total, 0) > 2 * nominal.effective_weight then 'above_weight'
            when squares.square / nullif(square_totals.total, 0) * 2 < nominal.effective_weight then 'below_weight'
            else 'ok'
        end
    from squares
    inner join nodes
        on squares.node_id = nodes.node_id
    inner join square_totals
        on nodes.framework = square_totals.framework
    left join nominal
        on squares.node_id = nominal.node_id

    union all

    select
        'clipped', clipped.node_id, periods.time_period, cast(clipped.clipped as double) / clipped.n, cast(0 as double),
        case when clipped.clipped > 0 then 'clipped' else 'ok' end
    from clipped
    inner join nodes
        on clipped.node_id = nodes.node_id
    inner join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and clipped.period_id = periods.period_id
    where nodes.clip and clipped.n > 0

    union all

    select 'refused', node_id, reason, cast(cells as double), cast(0 as double), 'error' from refused

    union all

    select
        'weights', weights.node_id, case when weights.by_period then periods.time_period end, weights.method_value, null, weights.flag
    from {{ ref('int_index__weights') }} as weights
    inner join nodes
        on weights.node_id = nodes.node_id
    left join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and weights.reference_id = periods.period_id
    where weights.flag is not null

    union all

    -- Bounds that move when a period arrives: scores of this run are not those of the next.
    select
        'reference', nodes.node_id, settings.reference_set, null, null,
        case
            when settings.reference_set = 'period' then 'within_period'
            when settings.span_to is not null or settings.reference_set = 'base' then 'ok'
            when settings.reference_set = 'panel' or data_driven.framework is not null then 'moving'
            else 'ok'
        end
    from nodes
    inner join {{ ref('int_index__frameworks') }} as settings
        on nodes.framework = settings.framework
    -- Fixed goalposts do not freeze what is found from the data beside them.
    left join (
        select framework from {{ ref('int_index__weightings') }} where method not in ('expert', 'equal', 'ahp', 'combined')
        union
        select framework from nodes where aggregation = 'topsis' or treatment <> 'none'
    ) as data_driven
        on nodes.framework = data_driven.framework
    where nodes.type = 'index'

)

select distinct
    checks.check_name,
    nodes.framework,
    nodes.code,
    checks.of_what,
    checks.value,
    checks.threshold,
    checks.verdict
from checks
inner join nodes
    on checks.node_id = nodes.node_id
