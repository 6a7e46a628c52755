"""The Chinese tables of a release: which files each city and the circle receive."""

from dagster_project.lib import circle_tables, city_tables, investment_tables, plan_tables, signal_tables, target_tables

CITY_TABLES = [*city_tables.TABLES, target_tables.CITY, *signal_tables.CITY, *investment_tables.CITY]
CIRCLE_TABLES = [
    *circle_tables.TABLES,
    target_tables.CIRCLE,
    plan_tables.CIRCLE,
    *signal_tables.CIRCLE,
    *investment_tables.CIRCLE,
]
