-- How the weights of every framework are found: 1 is the weighting in force, the others are parts of a combined one.
select * from {{ source('declared', 'framework_weightings') }}
