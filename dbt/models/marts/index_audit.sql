-- The audit of each framework on the published data: what a reader should know of its making.
select check_name, framework, code, of_what, value, threshold, verdict from {{ ref('int_index__audit') }}
