-- A cumulative that is smaller than the one before it in the same year: revisions can do that, and misprints.
with cumulatives as (

    select
        *,
        lag(base_value) over the_year as earlier_value,
        lag(base_unit) over the_year as earlier_unit,
        lag(printed_step) over the_year as earlier_step,
        lag(value_cny) over the_year as earlier_cny,
        lag(subject_zh) over the_year as earlier_subject_zh,
        lag(amount_zh) over the_year as earlier_amount_zh
    from {{ ref('int_figures') }}
    where period_basis = 'ytd' and kind = 'flow'
    window the_year as (partition by source_id, series, ref_area, freq, year order by period_number)

)

select
    {{ finding(
        'cumulative_shrinks', "'warn'", 'cumulatives', 'cumulatives.earlier_value',
        "subject_zh || '为' || amount_zh || '，少于' || earlier_subject_zh || '的' || earlier_amount_zh"
        ~ " || '：累计数不应减少。可能是来源修订了前期，也可能是误印；照用，请核对。'"
    ) }}
from cumulatives
left join {{ ref('int_findings__unit_in_doubt') }} as doubted
    on cumulatives.observation_id = doubted.observation_id and doubted.severity = 'hold'
where
    -- What is not used need not be told twice.
    doubted.observation_id is null
    and base_unit = earlier_unit
    and cumulatives.correction_id is null
    and earlier_value - base_value > {{ threshold('cumulative_shrink_share') }} * earlier_value
    and earlier_value - base_value > {{ threshold('rounding_steps') }} * (printed_step + earlier_step)
    -- In small sums one amended declaration does it.
    and coalesce(earlier_cny >= {{ threshold('check_min_cny') }}, true)
