{#- A dbt unit test asks the engine for the column types of each input it replaces. On DuckDB a source is a Parquet file
    and not a table of the database, so the answer has to come from the file; all else is as in dbt-duckdb. On Spark
    landing is tables, and nothing is needed. -#}
{% macro duckdb__get_columns_in_relation(relation) -%}
  {%- set asked = namespace(of=relation.render()) -%}
  {%- for source in graph.sources.values() -%}
    {%- if source.schema == relation.schema and source.identifier == relation.identifier -%}
      {%- set asked.of = "'" ~ source.meta.external_location ~ "'" -%}
    {%- endif -%}
  {%- endfor -%}
  {% call statement('get_columns_in_relation', fetch_result=True) %}
      select
          column_name,
          column_type as data_type,
          cast(null as bigint) as character_maximum_length,
          cast(null as bigint) as numeric_precision,
          cast(null as bigint) as numeric_scale
      from (describe {{ asked.of }})
  {% endcall %}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
