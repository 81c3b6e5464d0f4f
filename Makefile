# Each target works in a fresh clone: it makes .venv first.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test faults fuzz soak lint docs dashboards dashboard-pictures screenshots lock clean debs wheel deb audit man test-deb

demo: .venv/run  ## a simulated Asterisk and the exporter, on loopback
	@exec $(BIN)/python -m exporter demo

test: .venv/dev debs lint  ## everything, with a real Asterisk where one can be had
	$(BIN)/python -m tests.again

faults: .venv/dev debs  ## hundreds of faults on the way to real Asterisks; docs/reliability.md
	@$(BIN)/python -m tests.long.faults

fuzz: .venv/dev  ## hostile input to all that reads any; guided by coverage where atheris can be had
	@$(BIN)/pip install --quiet "atheris>=3" || true
	@$(BIN)/python -m tests.long.fuzz

soak: .venv/dev  ## bursts, then a day of a busy PBX as fast as it goes
	@$(BIN)/python -m tests.long.soak

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/dev  ## what is generated from the declarations
	$(BIN)/python -m exporter metrics > docs/metrics.md
	$(BIN)/python -m exporter schema > docs/config.schema.json

dashboards: .venv/dev  ## dashboards, rules and alerts, from grafana/src and grafana/thresholds.yaml
	$(BIN)/python -m grafana.src

dashboard-pictures: .venv/dev debs  ## docs/images/dashboards, from the demo under a real Prometheus
	$(BIN)/pip install --quiet 'matplotlib>=3.9'
	$(BIN)/python -m grafana.pictures

screenshots: .venv/dev debs  ## docs/images of the pages, from the demo after ten minutes
	$(BIN)/python -m tests.web.pages.screenshots

bench: .venv/dev benchmarks/.venv/peers  ## what is measured, beside others; QUICK=1 only sees whether all works
	@for name in receive scrape freshness size pbx fleet; do \
		QUICK=$(QUICK) timeout 3600 $(BIN)/python -m benchmarks.$$name || exit 1; done

lock: .venv/dev  ## pin the requirements anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade pyproject.toml --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade --group build -o requirements-build.txt

man: .venv/dev  ## the manual page, from the arguments
	$(BIN)/python -m deploy.manual > deploy/man/asterisk-ami-exporter.1

wheel: .venv/dev  ## dist/*.whl, with its SBOM, which lies beside it too
	rm -rf dist/*.whl
	$(BIN)/hatchling build -t wheel

deb: wheel man  ## dist/*.deb, for Debians that have the minor version of $(PYTHON)
	PYTHON=$(BIN)/python deploy/debian/build dist/*.whl dist

test-deb: .venv/dev debs  ## the .deb, built and installed in a bare Debian, and a PBX whose zone changes; takes minutes
	$(BIN)/pytest -m long tests/long

audit: .venv/dev  ## known weaknesses of what is pinned; asks the internet
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/pip install --quiet 'pip-audit>=2.7'
	.venv/audit/bin/pip-audit --require-hashes --disable-pip -r requirements.txt

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

benchmarks/.venv/peers: benchmarks/requirements.txt .venv/bin/python
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/pip install --quiet --require-hashes -r $<
	@touch $@

clean:
	rm -rf .venv benchmarks/.venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
