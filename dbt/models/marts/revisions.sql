-- Each change from one vintage of an observation to the next: old and new figure, size, and the cells of both.
select * from {{ ref('int_revisions') }}
