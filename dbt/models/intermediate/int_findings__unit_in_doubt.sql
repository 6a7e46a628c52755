-- Figures that look as if their unit were mistaken. Held where two neighbours say which figure is the odd one and a witness
-- bears it out (the printed growth, the other flow, the level that returns), or where the printed growth and the other flow
-- both contradict the figure. Otherwise it is only told.
with jumps as (

    select
        jumps.*,
        figures.source_id,
        figures.source_file,
        figures.series,
        figures.ref_area,
        figures.time_period,
        figures.period_basis
    from {{ ref('int_figures__jumps') }} as jumps
    inner join {{ ref('int_figures') }} as figures
        on jumps.observation_id = figures.observation_id

),

kin as (

    {{ kin() }}

),

borne_out as (

    select jumps.observation_id
    from jumps
    inner join kin
        on jumps.series = kin.series
    inner join jumps as siblings
        on
            kin.sibling = siblings.series
            and jumps.source_id = siblings.source_id
            and jumps.source_file = siblings.source_file
            and jumps.ref_area = siblings.ref_area
            and jumps.time_period = siblings.time_period
            and jumps.period_basis = siblings.period_basis
            and jumps.jump = siblings.jump
    group by jumps.observation_id
    having count(*) = max(kin.needed)

),

judged as (

    select
        jumps.observation_id,
        jumps.jump,
        jumps.ratio,
        jumps.returns,
        jumps.growth_contradicts,
        jumps.neighbours_zh,
        borne_out.observation_id is not null as is_borne_out,
        case
            -- One neighbour and the printed growth may both rest on the same wrong figure of the year before.
            when jumps.neighbours = 1 then jumps.growth_contradicts and borne_out.observation_id is not null
            else jumps.growth_contradicts or borne_out.observation_id is not null or jumps.returns
        end as is_held
    from jumps
    left join borne_out
        on jumps.observation_id = borne_out.observation_id

),

suspected as (

    select * from judged where is_held

    union all

    select
        contradicted.observation_id,
        contradicted.jump,
        contradicted.ratio,
        false as returns,
        contradicted.growth_contradicts,
        contradicted.neighbours_zh,
        true as is_borne_out,
        true as is_held
    from {{ ref('int_figures__contradicted') }} as contradicted
    left join judged
        on contradicted.observation_id = judged.observation_id and judged.is_held
    where judged.observation_id is null

    union all

    select judged.*
    from judged
    left join {{ ref('int_figures__contradicted') }} as contradicted
        on judged.observation_id = contradicted.observation_id
    where not judged.is_held and contradicted.observation_id is null

),

worded as (

    select
        *,
        '与' || neighbours_zh || '相比，约差'
        || case jump
            when 4 then '一万倍' when -4 then '一万倍' when 8 then '一亿倍' when -8 then '一亿倍'
            else '一个美元汇率'
        end
        || '，疑为单位误印；'
        || case
            when not is_held then '尚无旁证，照用。'
            else
                case when growth_contradicts then '公布的增速也差同一倍数；' else '' end
                || case when is_borne_out then '同一文件的分项也差同一倍数；' else '' end
                || case when returns then '前后两期彼此相符；' else '' end
                || '暂不采用。'
        end
        || '请向发布单位核实；如属误印，登记于 seeds/corrections.csv。' as reason_zh
    from suspected

),

-- The month of a doubted cumulative stands in the same line of the same file, under the same unit.
doubted as (

    select figures.*, worded.is_held, worded.ratio, worded.reason_zh
    from worded
    inner join {{ ref('int_figures') }} as figures
        on worded.observation_id = figures.observation_id

    union all

    select months.*, worded.is_held, cast(null as double) as ratio, '其累计数存疑：' || worded.reason_zh as reason_zh
    from worded
    inner join {{ ref('int_figures') }} as cumulatives
        on worded.observation_id = cumulatives.observation_id
    inner join {{ ref('int_figures') }} as months
        on
            cumulatives.source_id = months.source_id
            and cumulatives.source_file = months.source_file
            and cumulatives.series = months.series
            and cumulatives.ref_area = months.ref_area
            and cumulatives.time_period = months.time_period
    where
        worded.is_held and cumulatives.period_basis = 'ytd' and months.period_basis = 'period' and months.correction_id is null

)

select
    {{ finding(
        'unit_in_doubt', "case when doubted.is_held then 'hold' else 'warn' end", 'doubted',
        'doubted.base_value / doubted.ratio', "subject_zh || '印' || amount_zh || '，' || reason_zh"
    ) }}
from doubted
