"""One module for each layout. A reader turns the bytes of one publication into cells; it resolves no names.

It gives a list of cells, or, where files may be large (tidy_long), frames of them one after the other. A register of projects
(project_form) gives rows of its own kind, which lib/projects.py makes sense of.

A cell is one printed figure with its place in the file:
    line, locator     line number in the file; the cell a person would look in
    place, label      the place (or a code) and the indicator as printed
    series            where the declaration or the layout fixes it, else null
    freq, time_period, period_basis
    unit, raw_value   as printed
    obs_status        null: the source's default
    problem           why the line cannot be read, in Chinese for the office; else null

A reader is given the bytes, the file's name for its messages, the period in that name (or null), and the options of
schemas/layouts.py, to which landing adds `known_units`: every spelling of seeds/units.csv.
"""

import polars as pl

from dagster_project.lib.readers import bulletin, customs_by_location, form, nbs_json, project_form, table, tidy_long

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
    "bulletin": bulletin.read,
    "nbs_json": nbs_json.read,
    "customs_by_location": customs_by_location.read,
    "form": form.read,
    "project_form": project_form.read,
    "tidy_long": tidy_long.read,
    "table": table.read,
}

#: Layouts whose files print their own day of publication and title: (content, file) -> (day, title).
PRINTED = {"form": form.publication, "project_form": project_form.publication}

#: Layouts whose rows are no cells of figures: their columns.
ROWS = {"project_form": project_form.ROW}
