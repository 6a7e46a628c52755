# make build   set up what is needed and run the whole nightly job
# make test    set up what is needed and run the tests
# make coverage   the same tests, with the share of lines they run
# make dev     the Dagster UI on 127.0.0.1, with the job and its nightly schedule
# make bench   the budgets, as ratios
# make fuzz    files of every layout, as printed and as damaged (FUZZ_EXAMPLES, 20,000), and drawn frameworks (INDEX_EXAMPLES, 100 a property)
# make test-spark   the models on a local Spark session, compared with DuckDB's (needs Java 17)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_HOME := $(CURDIR)/.dagster_home

.PHONY: build test coverage dev bench fuzz test-spark compare-engines clean

build: $(VENV)/.ready
	$(BIN)/openecon build

test: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -m "not spark" -n auto --dist loadfile --no-loadscope-reorder

# Apart from `make test`, because tracing every line takes half as long again.
coverage: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m "not spark" --cov --cov-report=term

dev: $(VENV)/.ready
	mkdir -p $(DAGSTER_HOME)
	cp dagster.yaml $(DAGSTER_HOME)/dagster.yaml
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000 -m dagster_project.definitions

bench: $(VENV)/.ready-dev
	$(BIN)/python tests/bench/bench_build.py
	$(BIN)/python tests/bench/bench_landing.py
	$(BIN)/python tests/bench/bench_index.py
	$(BIN)/python tests/bench/bench_robustness.py

fuzz: export FUZZ_EXAMPLES ?= 20000
fuzz: export INDEX_EXAMPLES ?= 100
fuzz: $(VENV)/.ready-dev
	$(BIN)/python -m pytest tests/fuzz tests/integration/test_index_engine.py

# In an environment of its own: pandera loads PySpark wherever it is installed, which every build would pay for.
test-spark:
	$(MAKE) VENV=.venv-spark compare-engines

compare-engines: $(VENV)/.ready-spark
	$(BIN)/python -m pytest -rs tests/integration/test_spark.py

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, found %d.%d: set PYTHON=..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

$(VENV)/.ready-spark: $(VENV)/.ready-dev requirements-spark.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.lock
	touch $@

clean:
	rm -rf $(VENV) .venv-spark .dagster_home .pytest_cache .ruff_cache .coverage*
