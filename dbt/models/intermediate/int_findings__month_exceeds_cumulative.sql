-- A single month above the cumulative of its own file, which contains it. Nothing else judges single months. The months of a
-- cumulative that is held for its unit are held with it already.
with figures as (

    select * from {{ ref('int_figures') }} where kind = 'flow' and freq = 'M' and base_value >= 0 and correction_id is null

)

select
    {{ finding(
        'month_exceeds_cumulative', "'hold'", 'months', 'cumulatives.base_value',
        "months.subject_zh || '印' || months.amount_zh || '，大于同一文件所印' || cumulatives.subject_zh || '的' || cumulatives.amount_zh"
        ~ " || '：当月数不应大于累计数；当月数暂不采用。请核对原文件该行的单位，如属误印，登记于 seeds/corrections.csv。'"
    ) }}
from figures as months
inner join figures as cumulatives
    on
        months.source_id = cumulatives.source_id
        and months.source_file = cumulatives.source_file
        and months.series = cumulatives.series
        and months.ref_area = cumulatives.ref_area
        and months.time_period = cumulatives.time_period
        and months.base_unit = cumulatives.base_unit
left join {{ ref('int_findings__unit_in_doubt') }} as doubted
    on months.observation_id = doubted.observation_id and doubted.severity = 'hold'
where
    doubted.observation_id is null
    and months.period_basis = 'period'
    and cumulatives.period_basis = 'ytd'
    and months.base_value - cumulatives.base_value
    > {{ threshold('rounding_steps') }} * (months.printed_step + cumulatives.printed_step)
    -- The noise of binary fractions in figures printed to the last digit.
    + 1e-9 * cumulatives.base_value
