-- A figure that a check holds back has no value anywhere, and is marked as held.
select findings.check_name, findings.observation_id
from {{ ref('findings') }} as findings
inner join {{ ref('observations') }} as observations
    on findings.observation_id = observations.observation_id
where findings.severity = 'hold' and (observations.value is not null or not observations.is_held)
