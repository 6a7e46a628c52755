-- What the draws of each framework vary, and over which range.
select framework, factor, setting, probability
from {{ source('steps', 'varied') }}
