-- Every quantified target in its base unit, with the year its way starts after and whether its own year is over.
select
    targets.target_id,
    targets.document,
    targets.clause,
    targets.quote,
    targets.ref_area,
    targets.subject_zh,
    targets.name_zh,
    targets.series,
    series.kind as series_kind,
    targets.target_kind,
    targets.comparator,
    targets.printed_unit,
    units.unit_measure as unit,
    units.unit_mult,
    targets.baseline_period,
    targets.baseline_value * power(cast(10 as double), units.unit_mult) as baseline_value,
    targets.baseline_status,
    targets.period_from,
    targets.target_period,
    targets.target_value * power(cast(10 as double), units.unit_mult) as target_value,
    targets.target_high * power(cast(10 as double), units.unit_mult) as target_high,
    -- What a target is measured from: the year its growth or its sum starts after, the year of its baseline, or else the last
    -- whole year that was known when the document was issued.
    case
        when targets.target_kind in ('average_growth', 'cumulative')
            then cast(cast(targets.period_from as int) - 1 as {{ dbt.type_string() }})
        when targets.target_kind = 'growth'
            then cast(cast(targets.target_period as int) - 1 as {{ dbt.type_string() }})
        else coalesce(
            targets.baseline_period,
            cast(cast(substr(documents.issued_on, 1, 4) as int) - 1 as {{ dbt.type_string() }})
        )
    end as start_period,
    cast(build.reference_day as {{ dbt.type_string() }})
    >= cast(cast(targets.target_period as int) + 1 as {{ dbt.type_string() }}) || '-01-01' as is_closed
from {{ source('declared', 'plan_targets') }} as targets
inner join {{ source('declared', 'plan_documents') }} as documents
    on targets.document = documents.document
inner join {{ source('declared', 'units') }} as units
    on targets.printed_unit = units.unit
left join {{ source('declared', 'series') }} as series
    on targets.series = series.series
cross join {{ source('declared', 'build') }} as build
