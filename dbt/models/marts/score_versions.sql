-- One version of the official framework beside the next, where both score a city in the same year: the difference of their indices,
-- indicator by indicator. Scoring: the indicator itself is measured otherwise (or is only in one of them); weighting: it counts otherwise.
with official as (

    select framework, version, valid_from, row_number() over (order by valid_from, version, framework) as place
    from {{ ref('int_index__frameworks') }}
    where official

),

pairs as (

    select earlier.framework as framework_from, later.framework as framework_to
    from official as earlier
    inner join official as later
        on later.place = earlier.place + 1

),

indices as (

    select framework, ref_area, time_period, code as node, score
    from {{ ref('index_scores') }}
    where node = 'index' and score is not null

),

scored_by_both as (

    select
        pairs.framework_from,
        pairs.framework_to,
        earlier.ref_area,
        earlier.time_period,
        earlier.node as node_from,
        later.node as node_to
    from pairs
    inner join indices as earlier
        on pairs.framework_from = earlier.framework
    inner join indices as later
        on
            pairs.framework_to = later.framework
            and earlier.ref_area = later.ref_area
            and earlier.time_period = later.time_period

),

-- What the finest items below an index add up to: effective weight times score, or what a geometric mean shares out by weight.
parts as (

    select
        nodes.framework,
        areas.ref_area,
        periods.time_period,
        nodes.code as node,
        items.code,
        amounts.amount,
        coalesce(indicators.score, scores.score) as score
    from {{ ref('int_index__amounts') }} as amounts
    inner join {{ ref('int_index__nodes') }} as nodes
        on amounts.node_id = nodes.node_id
    inner join {{ ref('int_index__nodes') }} as items
        on amounts.item_id = items.node_id
    inner join {{ ref('int_index__areas') }} as areas
        on nodes.framework = areas.framework and amounts.area_id = areas.area_id
    inner join {{ ref('int_index__periods') }} as periods
        on nodes.framework = periods.framework and amounts.period_id = periods.period_id
    left join {{ ref('indicator_scores') }} as indicators
        on
            items.framework = indicators.framework
            and items.code = indicators.code
            and areas.ref_area = indicators.ref_area
            and periods.time_period = indicators.time_period
    left join {{ ref('index_scores') }} as scores
        on
            items.framework = scores.framework
            and items.code = scores.code
            and areas.ref_area = scores.ref_area
            and periods.time_period = scores.time_period
    where amounts.is_finest

),

-- Indices that cannot be taken apart (Copeland, TOPSIS) have no parts, and then nothing is said of the difference.
whole as (

    select distinct framework, ref_area, time_period, node from parts

),

parted_by_both as (

    select scored_by_both.*
    from scored_by_both
    inner join whole as earlier
        on
            scored_by_both.framework_from = earlier.framework
            and scored_by_both.node_from = earlier.node
            and scored_by_both.ref_area = earlier.ref_area
            and scored_by_both.time_period = earlier.time_period
    inner join whole as later
        on
            scored_by_both.framework_to = later.framework
            and scored_by_both.node_to = later.node
            and scored_by_both.ref_area = later.ref_area
            and scored_by_both.time_period = later.time_period

),

ends as (

    select parted_by_both.*, parts.code, parts.amount as amount_0, parts.score as score_0, null as amount_1, null as score_1
    from parted_by_both
    inner join parts
        on
            parted_by_both.framework_from = parts.framework
            and parted_by_both.node_from = parts.node
            and parted_by_both.ref_area = parts.ref_area
            and parted_by_both.time_period = parts.time_period
    union all
    select parted_by_both.*, parts.code, null as amount_0, null as score_0, parts.amount as amount_1, parts.score as score_1
    from parted_by_both
    inner join parts
        on
            parted_by_both.framework_to = parts.framework
            and parted_by_both.node_to = parts.node
            and parted_by_both.ref_area = parts.ref_area
            and parted_by_both.time_period = parts.time_period

),

joined as (

    select
        framework_from,
        framework_to,
        ref_area,
        time_period,
        code,
        max(amount_0) as amount_0,
        max(score_0) as score_0,
        max(amount_1) as amount_1,
        max(score_1) as score_1
    from ends
    group by framework_from, framework_to, ref_area, time_period, code

),

-- The weight of an indicator is what it adds over its score. A score of 0 does not tell its weight, which is then taken as in the
-- other version.
weighed as (

    select
        *,
        coalesce(amount_0 / nullif(score_0, 0), amount_1 / nullif(score_1, 0), 0) as weight_0,
        coalesce(amount_1 / nullif(score_1, 0), amount_0 / nullif(score_0, 0), 0) as weight_1
    from joined

)

select
    framework_from,
    framework_to,
    ref_area,
    time_period,
    code,
    case
        when score_0 is null or score_1 is null then 0
        else (weight_0 + weight_1) / 2 * (score_1 - score_0)
    end as scoring,
    coalesce(amount_1, 0) - coalesce(amount_0, 0)
    - case
        when score_0 is null or score_1 is null then 0
        else (weight_0 + weight_1) / 2 * (score_1 - score_0)
    end as weighting
from weighed
