-- A revision is the difference of two vintages of one observation that both stand in observation_vintages, and a derived one is
-- more than rounding.
select revisions.observation_id
from {{ ref('revisions') }} as revisions
left join {{ ref('observation_vintages') }} as newer
    on
        revisions.observation_id = newer.observation_id
        and revisions.vintage = newer.vintage
        and revisions.new_source_file = newer.source_file
        and revisions.new_source_locator = newer.source_locator
left join {{ ref('observation_vintages') }} as older
    on
        newer.source_id = older.source_id
        and newer.series = older.series
        and newer.ref_area = older.ref_area
        and coalesce(newer.counterpart, '') = coalesce(older.counterpart, '')
        and newer.freq = older.freq
        and newer.time_period = older.time_period
        and newer.period_basis = older.period_basis
        and revisions.old_source_file = older.source_file
        and revisions.old_source_locator = older.source_locator
where
    older.observation_id is null
    or revisions.new_value - revisions.old_value <> revisions.difference
    or (revisions.vintage = 'derived' and abs(revisions.difference) <= revisions.rounding)
    or (revisions.is_unusual and abs(revisions.relative) <= revisions.usual_revision / 100)
