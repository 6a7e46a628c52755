-- One value for each series, area and period: of the sources that seeds/preference.csv admits, the first that has a value;
-- where none has one, a declared structural zero.
with admitted as (

    select
        candidates.*,
        preference.rank as preference_rank,
        row_number() over (
            partition by candidates.series, candidates.ref_area, candidates.freq, candidates.time_period, candidates.period_basis
            -- Of one rank, what is declared for the area goes before what is declared for all.
            order by
                case when candidates.value is null then 1 else 0 end,
                preference.rank,
                case when preference.ref_area = '*' then 1 else 0 end,
                candidates.source_id
        ) as place
    from {{ ref('int_series__values') }} as candidates
    inner join {{ source('declared', 'preference') }} as preference
        on
            candidates.series = preference.series
            and candidates.source_id = preference.source_id
            and preference.ref_area in ('*', candidates.ref_area)
            and candidates.time_period >= coalesce(preference.period_from, '0000')
            and substr(candidates.time_period, 1, length(coalesce(preference.period_to, '9999')))
            <= coalesce(preference.period_to, '9999')

),

chosen as (

    select * from admitted where place = 1

),

years as (

    select distinct time_period from chosen where freq = 'A'

),

zeros as (

    select
        structural.series,
        structural.ref_area,
        'A' as freq,
        years.time_period,
        'period' as period_basis,
        structural.declared_line
    from {{ source('declared', 'structural') }} as structural
    inner join years
        on years.time_period between structural.period_from and coalesce(structural.period_to, '9999')
    left join chosen
        on
            structural.series = chosen.series
            and structural.ref_area = chosen.ref_area
            and chosen.freq = 'A'
            and years.time_period = chosen.time_period
            and chosen.value is not null
    where chosen.series is null

)

select
    series,
    ref_area,
    freq,
    time_period,
    period_basis,
    source_id,
    derivation,
    value,
    value_cny,
    obs_status,
    is_held,
    published_on,
    published_basis,
    cast(null as int) as declared_line
from chosen
where not exists (
    select 1 from zeros
    where
        zeros.series = chosen.series
        and zeros.ref_area = chosen.ref_area
        and zeros.freq = chosen.freq
        and zeros.time_period = chosen.time_period
)

union all

select
    series,
    ref_area,
    freq,
    time_period,
    period_basis,
    cast(null as {{ dbt.type_string() }}) as source_id,
    'structural_zero' as derivation,
    cast(0 as double) as value,
    -- Nothing is nothing in any currency.
    cast(0 as double) as value_cny,
    'A' as obs_status,
    false as is_held,
    cast(null as date) as published_on,
    cast(null as {{ dbt.type_string() }}) as published_basis,
    declared_line
from zeros
