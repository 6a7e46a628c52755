"""The project's own seeds, read once; every example declares a source of its own beside them."""

from dagster_project.lib import declarations
from dagster_project.lib.house import House

DECLARED = declarations.load(House())
