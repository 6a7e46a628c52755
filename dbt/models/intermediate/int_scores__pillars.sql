-- The score of every pillar: the weighted mean of its indicators that have a score, if they carry enough of its weight.
with nodes as (

    select
        nodes.framework,
        nodes.code,
        nodes.parent,
        nodes.weight,
        coalesce(nodes.min_coverage, settings.min_coverage) as min_coverage
    from {{ source('declared', 'framework_nodes') }} as nodes
    inner join {{ source('declared', 'framework_settings') }} as settings
        on nodes.framework = settings.framework
    where nodes.type = 'group'

),

summed as (

    select
        framework,
        ref_area,
        time_period,
        parent as code,
        {{ exact_sum('case when score is not null then weight * score end') }} as weighted,
        {{ exact_sum('case when score is not null then weight else 0 end') }} as present,
        {{ exact_sum('weight') }} as whole,
        {{ text_list('case when score is not null then code end') }} as scored,
        {{ text_list("case when score is null then code end") }} as missing,
        -- Nothing but declared structural zeros below this score.
        min(case when score is not null then case when is_structural_zero then 1 else 0 end end) = 1 as is_all_zeros
    from {{ ref('int_scores__indicators') }}
    group by framework, ref_area, time_period, parent

),

covered as (

    select
        summed.*,
        nodes.parent,
        nodes.weight,
        summed.present / summed.whole as coverage,
        -- Weights are decimal fractions: a coverage of exactly the minimum must pass.
        summed.present > 0 and summed.present >= nodes.min_coverage * summed.whole - 1e-9 as is_covered
    from summed
    inner join nodes
        on summed.framework = nodes.framework and summed.code = nodes.code

)

select
    framework,
    ref_area,
    time_period,
    code,
    parent,
    weight,
    case when is_covered then weighted / present end as score,
    case when is_covered then null when present > 0 then 'below_coverage' else 'missing' end as reason,
    coverage,
    scored,
    missing,
    is_covered and is_all_zeros as is_all_zeros
from covered
