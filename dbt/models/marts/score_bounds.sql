-- What each indicator is measured against: its reference set, frozen under the version of the framework, and the ends of its scale.
select
    nodes.framework,
    settings.version,
    nodes.code,
    periods.time_period,
    settings.reference_set,
    coalesce(settings.reference_base, settings.span_from) as span_from,
    coalesce(settings.reference_base, settings.span_to) as span_to,
    cast(bounds.n as int) as n,
    bounds.low,
    bounds.high,
    -- Found only for methods that need it.
    case when nodes.normalisation in ('zscore', 'ampi') then bounds.mean end as mean,
    bounds.sd,
    bounds.bottom,
    bounds.top
from {{ ref('int_index__bounds') }} as bounds
inner join {{ ref('int_index__nodes') }} as nodes
    on bounds.node_id = nodes.node_id
inner join {{ ref('int_index__frameworks') }} as settings
    on nodes.framework = settings.framework
left join {{ ref('int_index__periods') }} as periods
    on nodes.framework = periods.framework and bounds.reference_id = periods.period_id
