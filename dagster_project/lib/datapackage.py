"""datapackage.json: the descriptor of every table of a release, generated from the marts' YAML and the city tables' headings."""

import polars as pl

from dagster_project.lib.circle_tables import CircleTable
from dagster_project.lib.city_tables import CityTable, Heading
from dagster_project.lib.marts import Mart
from dagster_project.lib.release_tables import CIRCLE_TABLES, CITY_TABLES

FIELD_TYPE = {"string": "string", "double": "number", "int": "integer", "date": "date", "boolean": "boolean"}


def describe(tables: list[Mart], frames: dict[str, pl.DataFrame], cities: list[dict]) -> dict:
    """A tabular data package: types, units, Chinese and English titles, keys, sources, licences; no clock, no absolute path."""
    return {
        "profile": "tabular-data-package",
        "name": "openecon",
        "title": "武汉都市圈开放型经济运行监测与综合指标体系",
        "licenses": _licences(frames["dim_source"]),
        "sources": _sources(frames["dim_source"]),
        "resources": [_mart_resource(mart) for mart in tables]
        + [_city_resource(city, table) for city in cities for table in CITY_TABLES]
        + [_circle_resource(table) for table in CIRCLE_TABLES],
    }


def _licences(sources: pl.DataFrame) -> list[dict]:
    return [{"name": name, "title": name} for name in sorted(sources["licence"].unique())]


def _sources(sources: pl.DataFrame) -> list[dict]:
    return [
        {"title": f"{row['publisher_zh']}：{row['title_zh']}"} | ({"path": row["address"]} if row["address"] else {})
        for row in sources.sort("source_id").iter_rows(named=True)
    ]


def _mart_resource(mart: Mart) -> dict:
    fields = [
        {
            "name": column.name,
            "type": FIELD_TYPE[column.data_type],
            "title": column.title_zh,
            "title_en": column.title_en,
            "description": column.meaning_zh,
        }
        | ({"unit": column.unit} if column.unit else {})
        for column in mart.columns
    ]
    schema = {"fields": fields, "missingValues": [""]} | ({"primaryKey": mart.key} if mart.key else {})
    return _resource(mart.name, f"all/{mart.name}.csv", mart.title_zh, mart.meaning_zh, schema) | {"title_en": mart.title_en}


def _city_resource(city: dict, table: CityTable) -> dict:
    name = f"{city['ref_area']}-{city['pinyin']}-{table.name}"
    path = f"cities/{city['ref_area']}-{city['pinyin']}/{table.file}"
    return _resource(name, path, f"{city['name_zh']} {table.title}", table.title, _schema(table.headings))


def _circle_resource(table: CircleTable) -> dict:
    return _resource(table.name, f"circle/{table.file}", table.title, table.title, _schema(table.headings))


def _schema(headings: list[Heading]) -> dict:
    fields = [{"name": h.title, "type": h.data_type, "title": h.title, "description": h.meaning} for h in headings]
    return {"fields": fields, "missingValues": [""]}


def _resource(name: str, path: str, title: str, description: str, schema: dict) -> dict:
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "title": title,
        "description": description,
        "schema": schema,
    }
