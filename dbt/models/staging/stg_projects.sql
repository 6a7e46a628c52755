-- Every project of every register, its amounts in yuan, with the furthest stage it had reached (its place in int_projects__stages).
select
    source_id,
    ref_area,
    time_period,
    project,
    name_zh,
    investor_zh,
    economy,
    industry,
    site_zh,
    pitched_on,
    negotiated_on,
    signed_on,
    started_on,
    operating_on,
    ended_on,
    case
        when operating_on is not null then 5
        when started_on is not null then 4
        when signed_on is not null then 3
        when negotiated_on is not null then 2
        else 1
    end as stage_order,
    ended_on is not null as is_ended,
    contracted * power(cast(10 as double), unit_mult) as contracted,
    arrived * power(cast(10 as double), unit_mult) as arrived,
    unit_measure,
    obs_status,
    published_on,
    published_basis,
    source_file,
    source_sha256,
    source_locator
from {{ source('landing', 'projects') }}
