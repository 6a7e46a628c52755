"""openecon: monitoring and composite indicators of the open economy of the Wuhan metropolitan area."""

import os

# Nothing is sent out. Set before any of these libraries is imported, so that no entry point can forget it.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "true")
