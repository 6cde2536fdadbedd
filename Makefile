# `make results` and `make test` prepare what they need (a virtual environment from the hash-locked pins)
# and then call snakemake and the test tools; everything else here is shorthand.
PYTHON ?= python3
STUDY ?= .
CORES ?= 2
VENV := $(CURDIR)/.venv
PEERS := $(CURDIR)/.venv-peers
PILOT := $(CURDIR)/.venv-pilot
READY := $(VENV)/.ready
BIN := $(VENV)/bin
SNAKEMAKE = $(BIN)/snakemake --snakefile "$(CURDIR)/Snakefile" --directory "$(STUDY)" --cores $(CORES) \
	--workflow-profile "$(CURDIR)/workflow/profiles/default"

.PHONY: help results test quick lint data schema lock benchmark long pilot clean

help:            ## list the targets
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' Makefile | sed -E 's/:[^#]*## /\t/'

results: $(READY) ## run the study (STUDY=DIR for another one): tables, figures, report in results/
	$(SNAKEMAKE)

test: lint       ## everything that must hold: style, types, workflow lint, tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not long"

quick: $(READY)  ## tests without the whole-pipeline ones
	$(BIN)/python -m pytest -q -m "not long" --ignore=tests/workflow

lint: $(READY)   ## style, types and workflow lint only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

data: $(READY)   ## make the synthetic demonstration exports again (same seed, same bytes)
	$(BIN)/python scripts/simulate_trial.py --out data/raw --truth tests/reference/demo --seed 20190426

schema: $(READY) ## make the JSON Schema and the page of the configuration again, from its models
	$(BIN)/python scripts/describe_config.py --schema workflow/config.schema.json --page workflow/docs/configuration.md

benchmark: $(READY) $(PEERS)/.ready ## speed of the engine and of the intake, against other packages and R where installed
	$(PEERS)/bin/python tests/benchmarks/peers.py
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/bench_intake.py
	$(BIN)/python tests/benchmarks/bench_endpoints.py

long: $(READY)   ## slow proofs: the tests marked long, 20,000 mutants of the intake
	$(BIN)/python -m pytest -q -m long
	$(BIN)/python tests/fuzz/fuzz_labs.py --mutants 20000 --seed 1

pilot: $(READY) $(PILOT)/.ready ## the CDISC pilot from its SDTM and from its ADaM, against its published numbers (network)
	$(BIN)/python -m pytest -q -m long tests/pilot

lock:            ## make requirements.lock again from the pins in pyproject.toml (needs uv)
	uv pip compile --group pipeline --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links -q -o requirements.lock

clean:           ## remove generated results (not the environment)
	find "$(STUDY)/results" -mindepth 1 ! -name README.md -delete

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Preparing the environment in .venv (once, about a minute)"
	$(PYTHON) -m venv "$(VENV)"
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# The packages the engine is compared with: an environment of their own, nothing of it in the pipeline's lock.
$(PEERS)/.ready: tests/benchmarks/peers.txt
	$(PYTHON) -m venv "$(PEERS)"
	"$(PEERS)/bin/pip" install --quiet --disable-pip-version-check -r tests/benchmarks/peers.txt
	@touch $@

# The CDISC pilot's data: an environment of their own, nothing of them in the repository.
$(PILOT)/.ready: tests/pilot/requirements.txt
	$(PYTHON) -m venv "$(PILOT)"
	"$(PILOT)/bin/pip" install --quiet --disable-pip-version-check -r tests/pilot/requirements.txt
	@touch $@
