-- A cumulative that is smaller than the one before it in the same year: revisions can do that, and misprints.
with held as (

    {{ held_figures() }}

),

cumulatives as (

    select
        *,
        lag(base_value) over the_year as earlier_value,
        lag(base_unit) over the_year as earlier_unit,
        lag(printed_step) over the_year as earlier_step,
        lag(value_cny) over the_year as earlier_cny,
        lag(subject_zh) over the_year as earlier_subject_zh,
        lag(amount_zh) over the_year as earlier_amount_zh
    from {{ ref('int_figures') }}
    -- What is not used need not be told twice, nor as the fault of the month after it.
    where period_basis = 'ytd' and kind = 'flow' and observation_id not in (select held.observation_id from held)
    window the_year as (partition by source_id, series, ref_area, freq, year order by period_number)

)

select
    {{ finding(
        'cumulative_shrinks', "'warn'", 'cumulatives', 'cumulatives.earlier_value',
        "subject_zh || '为' || amount_zh || '，少于' || earlier_subject_zh || '的' || earlier_amount_zh"
        ~ " || '：累计数不应减少。可能是来源修订了前期，也可能是误印；照用，请核对。'"
    ) }}
from cumulatives
where
    base_unit = earlier_unit
    and cumulatives.correction_id is null
    and earlier_value - base_value > {{ threshold('cumulative_shrink_share') }} * earlier_value
    and earlier_value - base_value > {{ threshold('rounding_steps') }} * (printed_step + earlier_step)
    -- In small sums one amended declaration does it.
    and coalesce(earlier_cny >= {{ threshold('check_min_cny') }}, true)
