-- Every node of every framework, with the settings that hold for it.
select * from {{ source('declared', 'framework_nodes') }}
