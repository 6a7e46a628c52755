-- The indicators that each published score rests on: of an indicator itself, of a pillar, of the index.
with indicators as (

    select framework, ref_area, time_period, code, parent
    from {{ ref('int_scores__indicators') }}
    where score is not null

)

select framework, ref_area, time_period, code, code as indicator from indicators

union all

select indicators.framework, indicators.ref_area, indicators.time_period, pillars.code, indicators.code as indicator
from indicators
inner join {{ ref('int_scores__pillars') }} as pillars
    on
        indicators.framework = pillars.framework
        and indicators.ref_area = pillars.ref_area
        and indicators.time_period = pillars.time_period
        and indicators.parent = pillars.code
where pillars.score is not null

union all

select indicators.framework, indicators.ref_area, indicators.time_period, scores.code, indicators.code as indicator
from indicators
inner join {{ ref('int_scores__panel') }} as panel
    on
        indicators.framework = panel.framework
        and indicators.ref_area = panel.ref_area
        and indicators.time_period = panel.time_period
        and indicators.parent = panel.code
inner join {{ ref('int_scores__index') }} as scores
    on
        indicators.framework = scores.framework
        and indicators.ref_area = scores.ref_area
        and indicators.time_period = scores.time_period
where scores.score is not null
