-- Every figure that was held back, with its reason and the cell it stands in.
select
    source_id,
    source_file,
    source_sha256,
    source_locator,
    level,
    reason,
    place,
    label,
    time_period,
    raw_value,
    message_zh
from {{ source('landing', 'quarantine') }}
