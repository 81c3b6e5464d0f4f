# Each target works in a fresh clone: it makes .venv first.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint docs lock clean debs

demo: .venv/run  ## a simulated Asterisk and the exporter, on loopback
	@exec $(BIN)/python -m exporter demo

test: .venv/dev debs lint  ## everything, with a real Asterisk where one can be had
	$(BIN)/pytest -n 7 --dist loadgroup

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/dev  ## what is generated from the declarations
	$(BIN)/python -m exporter metrics > docs/metrics.md
	$(BIN)/python -m exporter schema > docs/config.schema.json

lock: .venv/dev  ## pin the requirements anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade pyproject.toml --group dev -o requirements-dev.txt

# What the lab needs; elsewhere than on Debian as root the tests say what they skip.
debs:
	@.ci/debs

.venv/bin/python:
	@.ci/debs --venv
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt pyproject.toml .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ .venv/run

clean:
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
