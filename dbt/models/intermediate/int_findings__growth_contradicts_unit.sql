-- A printed growth rate and the printed figures of both years that disagree beyond a revision. Where a figure is held for its
-- unit already, nothing is left to say; where the disagreement goes on from month to month, it is told once, unless it is of a unit, which is wrong every month.
with growth as (

    select
        growth.*,
        figures.source_id,
        figures.source_file,
        figures.series,
        figures.ref_area,
        figures.freq,
        figures.time_period,
        figures.period_basis,
        figures.period_number,
        figures.base_value,
        figures.value_cny,
        figures.subject_zh,
        figures.amount_zh,
        earlier.subject_zh as earlier_subject_zh,
        earlier.amount_zh as earlier_amount_zh,
        earlier.value_cny as earlier_cny,
        earlier.correction_id as earlier_correction_id,
        figures.correction_id
    from {{ ref('int_figures__growth') }} as growth
    inner join {{ ref('int_figures') }} as figures
        on growth.observation_id = figures.observation_id
    inner join {{ ref('int_figures') }} as earlier
        on growth.earlier_id = earlier.observation_id

),

contradicted as (

    select
        growth.*,
        earlier_months.disagreement as disagreement_before
    from growth
    left join growth as earlier_months
        on
            growth.source_id = earlier_months.source_id
            and growth.series = earlier_months.series
            and growth.ref_area = earlier_months.ref_area
            and growth.freq = earlier_months.freq
            and growth.period_basis = earlier_months.period_basis
            and growth.freq <> 'A'
            and growth.period_number - 1 = earlier_months.period_number
    where
        abs(ln(growth.disagreement)) > ln({{ threshold('growth_contradiction_factor') }})
        and coalesce(greatest(growth.value_cny, growth.earlier_cny) >= {{ threshold('check_min_cny') }}, true)
        and growth.correction_id is null
        and growth.earlier_correction_id is null

)

select
    {{ finding(
        'growth_contradicts_unit', "'warn'", 'contradicted', 'base_value / disagreement',
        "subject_zh || '印' || amount_zh || '、增速' || " ~ digits_zh('growth') ~ " || '%，而'"
        ~ " || earlier_subject_zh || '为' || earlier_amount_zh || '，按两数算为' || " ~ digits_zh('growth_of_figures')
        ~ " || '%：' || case when jump is not null then '约差一个单位或汇率的倍数，看不出是哪一年误印' else '相差超过通常的修订，上年基数或口径可能已变' end"
        ~ " || '；照用，请核对单位与口径。'"
    ) }}
from contradicted
left join {{ ref('int_findings__unit_in_doubt') }} as doubted
    on contradicted.observation_id = doubted.observation_id and doubted.severity = 'hold'
left join {{ ref('int_findings__unit_in_doubt') }} as earlier_doubted
    on contradicted.earlier_id = earlier_doubted.observation_id and earlier_doubted.severity = 'hold'
where
    doubted.observation_id is null
    and earlier_doubted.observation_id is null
    and coalesce(
        -- A power of ten that lasts is told every month; a rate's factor may be a real change of level and is told once.
        coalesce(jump in (4, -4, 8, -8), false)
        or abs(ln(disagreement / disagreement_before)) > ln({{ threshold('growth_contradiction_factor') }}), true
    )
