-- A file that lacks an area it is declared to hold may have been cut or renamed.
{{ config(severity='warn') }}
select source_id, source_file, ref_area
from {{ source('landing', 'absent') }}
