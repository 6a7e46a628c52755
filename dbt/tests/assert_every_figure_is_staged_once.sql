-- Joining corrections neither loses nor doubles a figure.
select landed.figures, staged.figures as staged
from (select count(*) as figures from {{ source('landing', 'observations') }}) as landed
cross join (select count(*) as figures from {{ ref('stg_observations') }}) as staged
where landed.figures <> staged.figures
