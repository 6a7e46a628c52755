-- Ranks of the index and of its pillars that moved beyond both intervals; a move inside them is no move.
with nodes as (

    select distinct framework, code, name_zh, parent from {{ ref('dim_framework') }}

),

told as (

    select
        rules.rule,
        moves.ref_area,
        moves.framework,
        moves.code,
        moves.time_period,
        'period' as period_basis,
        moves.rank as value,
        moves.previous_rank as reference,
        'RANK' as unit,
        coalesce(scores.n_ranked, 0) as n_found,
        case
            when moves.previous_rank is null or scores.n_ranked < rules.n_needed then null
            -- No interval is needed to see that a rank is the same.
            when moves.rank = moves.previous_rank then false
            when moves.is_significant is null then null
            when rules.polarity = 'bright' then moves.is_significant and moves.previous_rank - moves.rank >= rules.threshold
            else moves.is_significant and moves.rank - moves.previous_rank >= rules.threshold
        end as fired,
        areas.name_zh || moves.time_period || '年“' || nodes.name_zh || '”位次由第'
        || cast(moves.previous_rank as {{ dbt.type_string() }}) || '位' || case when rules.polarity = 'bright' then '升' else '降' end || '至第'
        || cast(moves.rank as {{ dbt.type_string() }}) || '位，两年的位次区间互不包含' as message_zh,
        '参评' || cast(scores.n_ranked as {{ dbt.type_string() }}) || '市，位次区间 '
        || {{ decimal_text('scores.rank_q05', 0) }} || '—' || {{ decimal_text('scores.rank_q95', 0) }}
        || coalesce('；排到其前面的：' || moves.overtaken_by, '') || coalesce('；新落在其后的：' || moves.overtook, '')
        || '；见位次说明' as evidence_zh
    from {{ ref('rank_moves') }} as moves
    inner join nodes
        on moves.framework = nodes.framework and moves.code = nodes.code
    inner join {{ ref('index_scores') }} as scores
        on
            moves.framework = scores.framework
            and moves.ref_area = scores.ref_area
            and moves.time_period = scores.time_period
            and moves.code = scores.code
    inner join {{ ref('dim_area') }} as areas
        on moves.ref_area = areas.ref_area
    inner join {{ source('declared', 'signal_rules') }} as rules
        on rules.rule in ('rank_up', 'rank_down')

)

select {{ signal_case('told', ['framework', 'code', 'reference']) }} from told
