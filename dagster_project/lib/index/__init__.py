"""The index engine: a framework as data, its models in dbt, and the steps that SQL is not the tool for."""
