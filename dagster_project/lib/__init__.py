"""Plain functions: reading, landing, building, releasing. Never imports dagster."""
