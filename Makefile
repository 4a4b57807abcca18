# The verbs of the project, the same here and in .ci/run. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
MODELS := $(if $(TOPOGROUP_MODELS),$(TOPOGROUP_MODELS),../shared/models)

.PHONY: help install demo test bench soak check lint types rules lock clean

help:            ## list these verbs
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/'

install: $(STAMP)  ## make .venv with everything that the hashed lock file names

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("topogroup needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install    ## the service with its page on a generated network; Ctrl-C ends it
	$(BIN)/topogroup demo

test: install    ## the tests; those that need models which are not there skip and say so; THOROUGH=1: what takes long, too
	$(if $(THOROUGH),$(BIN)/python -m topogroup.cli.compiling)
	TOPOGROUP_MODELS=$(MODELS) TOPOGROUP_THOROUGH=$(THOROUGH) $(BIN)/python -m pytest -n 2 --dist loadgroup -rs

bench: install   ## what takes minutes to measure; results in benchmarks/results
	$(BIN)/python benchmarks/responsiveness.py --out benchmarks/results/responsiveness.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python benchmarks/topology.py --out benchmarks/results/topology.json

soak: install    ## 10,000 random operations on a million nodes end equal to a fresh start
	$(BIN)/python benchmarks/soak.py --out benchmarks/results/soak.json
	$(BIN)/python benchmarks/soak.py --per-phase --out benchmarks/results/soak_per_phase.json

lint: install    ## style
	$(BIN)/ruff check .

types: install   ## types, strictly
	$(BIN)/mypy

rules: install   ## who may import whom
	$(BIN)/lint-imports

check: lint types rules  ## all that needs no test run

lock:            ## renew the hashed lock files (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra server pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra server --extra interop --extra fast --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra server --extra interop --extra fast --extra bench --group dev pyproject.toml -o requirements-bench.lock

clean:           ## remove what can be made again
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
