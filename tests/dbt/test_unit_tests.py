"""The arithmetic of the models, proved by dbt's unit tests (the YAML beside each model)."""

import json
import subprocess
import sys

from dagster_project.lib import transform
from tests.dbt import test_signals, test_target_progress
from tests.dbt.conftest import BuiltDatabase

#: Models of one select and no computation, which their columns' meanings describe in full.
NOTHING_TO_COMPUTE = {
    "circle_values", "dim_framework", "dim_indicator", "dim_scope", "dim_series", "observation_vintages", "observations",
    "plan_documents", "plan_measure_units", "quarantine", "revisions", "schemes", "sensitivity", "uncertainty_settings",
    "int_projects__stages",
}  # fmt: skip

#: The index engine is proved whole: tests/integration/test_index_engine.py and test_index_command.py compare every stage with an
#: independent implementation of the method. Unit tests there are of how published data enter it.
ENGINE = "models/intermediate/index/"

#: Proved together by the cases worked by hand in test_target_progress.py and test_signals.py.
BY_CASES = {*test_target_progress.ORDER, *test_signals.ORDER}


def test_every_unit_test_passes(built: BuiltDatabase):
    declared = set(built.manifest["unit_tests"])
    assert declared
    (built.target / "run_results.json").unlink(missing_ok=True)
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors", "--log-level", "error"]
    run = subprocess.run(
        [*dbt, "test", "--select", "test_type:unit", "--vars", transform.levels(built.house)],
        env=transform.environment(built.house, built.building),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    said = run.stdout + run.stderr
    assert (built.target / "run_results.json").is_file(), said
    results = json.loads((built.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    ended = {result["unique_id"]: result["status"] for result in results if result["unique_id"] in declared}
    assert not [name for name, status in ended.items() if status != "pass"], said
    assert set(ended) == declared, said
    assert run.returncode == 0, said


def test_every_model_that_computes_has_a_unit_test(built: BuiltDatabase):
    manifest = built.manifest
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    engine = {node["name"] for node in models if node["original_file_path"].startswith(ENGINE)}
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    assert engine
    assert tested | NOTHING_TO_COMPUTE | engine | BY_CASES == {node["name"] for node in models}
    assert not tested & (NOTHING_TO_COMPUTE | BY_CASES)


def test_names_state_the_rule(built: BuiltDatabase):
    # A name such as test_3 says nothing in the report of a failure.
    short = [test["name"] for test in built.manifest["unit_tests"].values() if test["name"].count("_") < 3]
    assert not short
