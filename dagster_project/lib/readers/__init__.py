"""One module for each layout. A reader turns the bytes of one publication into cells; it resolves no names.

A cell is one printed figure with its place in the file:
    line, locator     line number in the file; the cell a person would look in
    place             the place as printed (or a code)
    label             the indicator as printed, or the series itself where the layout fixes it (`series`)
    freq, time_period, period_basis, unit, raw_value, obs_status (null: the source's default)
    problem           why the line cannot be read, in Chinese for the office; else null
"""

import polars as pl

from dagster_project.lib.readers import customs_by_location, tidy_long, tidy_wide

CELL = {
    "line": pl.Int64,
    "locator": pl.String,
    "place": pl.String,
    "label": pl.String,
    "series": pl.String,
    "freq": pl.String,
    "time_period": pl.String,
    "period_basis": pl.String,
    "unit": pl.String,
    "raw_value": pl.String,
    "obs_status": pl.String,
    "problem": pl.String,
}

READERS = {
    "customs_by_location": customs_by_location.read,
    "tidy_long": tidy_long.read,
    "tidy_wide": tidy_wide.read,
}
