-- One row for each source: publisher, licence, what has landed of it and what was held back.
with files as (

    select
        source_id,
        count(*) as files,
        max(published_on) as latest_published_on
    from {{ source('landing', 'files') }}
    group by source_id

),

landed as (

    select
        source_id,
        count(obs_value) as figures,
        min(time_period) as first_period,
        max(time_period) as last_period
    from {{ ref('stg_observations') }}
    group by source_id
    union all
    select
        source_id,
        count(*) as figures,
        min(time_period) as first_period,
        max(time_period) as last_period
    from {{ ref('stg_projects') }}
    group by source_id

),

held as (

    select
        source_id,
        sum(case when level = 'file' then 0 else 1 end) as quarantined,
        sum(case when level = 'file' then 1 else 0 end) as files_set_aside
    from {{ source('landing', 'quarantine') }}
    group by source_id

)

select
    sources.source_id,
    sources.kind as source_kind,
    sources.publisher_zh,
    sources.publisher_en,
    sources.domain,
    sources.title_zh,
    sources.title_en,
    sources.address,
    sources.licence,
    sources.layout,
    sources.unproven,
    sources.frequency,
    cast(coalesce(files.files, 0) as int) as files,
    cast(coalesce(landed.figures, 0) as int) as figures,
    cast(coalesce(held.quarantined, 0) as int) as quarantined,
    cast(coalesce(held.files_set_aside, 0) as int) as files_set_aside,
    landed.first_period,
    landed.last_period,
    files.latest_published_on
from {{ source('declared', 'sources') }} as sources
left join files
    on sources.source_id = files.source_id
left join landed
    on sources.source_id = landed.source_id
left join held
    on sources.source_id = held.source_id
