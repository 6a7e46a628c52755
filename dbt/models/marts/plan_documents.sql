-- The documents that targets and measures come from.
select
    document,
    ref_area,
    number,
    -- The circle's plan was obtained without its title page.
    coalesce(title_zh, '武汉都市圈对外开放规划（所得文本未印题名）') as document_zh,
    cast(issued_on as date) as issued_on,
    file as source_file,
    source as origin_zh
from {{ source('declared', 'plan_documents') }}
