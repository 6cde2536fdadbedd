# `make results` and `make test` prepare what they need (a virtual environment from the hash-locked pins)
# and then call snakemake and the test tools; everything else here is shorthand.
PYTHON ?= python3
STUDY ?= .
CORES ?= 2
# Where the jobs are done: `default` on this machine, `slurm` on the nodes of a cluster (workflow/profiles).
PROFILE ?= default
# Relative paths and `python -m`: neither make's prerequisites nor the first line of an installed program can hold the
# spaces that the name of this folder may have.
READY := .venv/.ready
RUN := .venv/bin/python
PLACED := $(if $(filter-out default,$(notdir $(wildcard workflow/profiles/$(PROFILE)))),.venv/.slurm)
# The hashes of the demonstration's results, and the option that compares with them where it is the study.
LIST := tests/reference/results/SHA256SUMS
CHECKSUMS = $(if $(filter .,$(STUDY)),--list $(LIST))
# Part of the shell that runs the command: a mistyped study is named before anything is made in its place.
CHECK_STUDY = [ -f "$(STUDY)/config.yaml" ] || \
	{ echo "STUDY=$(STUDY): no config.yaml in the folder '$(STUDY)', seen from '$(CURDIR)'. Nothing was made." >&2; exit 1; }

# Without byte code every start would compile the project's modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help results archive compare export verify checksums plan test quick lint study data schema api lock pins benchmark long pilot agreement characteristics cdisc clean

help:            ## list the targets
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' Makefile | sed -E 's/:[^#]*## /\t/'

results: $(READY) $(PLACED) ## run the study (STUDY=DIR for another one): tables, figures, report in results/; PROFILE=slurm on a cluster
	@$(CHECK_STUDY); exec $(RUN) -I -S workflow/runner/start.py . "$(STUDY)" $(CORES) \
		$(if $(filter-out default,$(PROFILE)),"PROFILE=$(PROFILE)")

plan: $(READY)   ## what changed since the last run, what a run would do and why (STUDY=DIR); changes nothing
	@$(CHECK_STUDY); exec $(RUN) scripts/plan_run.py --study "$(STUDY)" --cores $(CORES)

verify: $(READY) ## recompute the study in a clean folder (STUDY=DIR for another one), compare every file with results/
	@$(CHECK_STUDY); exec $(RUN) scripts/verify_results.py --study "$(STUDY)" --cores $(CORES) $(CHECKSUMS)

checksums: $(READY) ## write the list of hashes that `make verify` compares the demonstration with, from results/
	@$(RUN) -I -S workflow/runner/complete.py . . || { echo "results/ is not of these files: make results" >&2; exit 1; }
	$(RUN) scripts/write_checksums.py --study . --out $(LIST)

test: lint       ## everything that must hold: style, types, workflow lint, tests
	$(RUN) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not long"

quick: $(READY)  ## tests without the whole-pipeline ones
	$(RUN) -m pytest -q -m "not long" --ignore=tests/workflow

lint: $(READY)   ## style, types and workflow lint only
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m snakefmt --check Snakefile workflow
	$(RUN) -m snakemake --lint

archive: $(READY) ## keep the finished run of a study under locks/<lock id>/, read-only
	@$(CHECK_STUDY); $(RUN) scripts/archive_lock.py --study "$(STUDY)"

compare: $(READY) ## what changed since an archived lock, and why: make compare OLD=locks/DBL-1
	@[ -n "$(OLD)" ] || { echo "Compare with which archive? make compare OLD=locks/<lock id>" >&2; exit 1; }
	@$(CHECK_STUDY); $(RUN) scripts/compare_locks.py --old "$(OLD)" --study "$(STUDY)" --cores "$(CORES)" && \
		$(RUN) scripts/render_compare.py --old "$(OLD)" --study "$(STUDY)"

export: $(READY) ## what leaves the project, from finished results: XPT, Dataset-JSON, programs, checks in results/export/
	@$(CHECK_STUDY); $(RUN) scripts/write_export.py --study "$(STUDY)"

study:           ## write a small study to start from, with comments: make study DIR=path/of/the/new/study
	@[ -n "$(DIR)" ] || { echo "Where? make study DIR=path/of/the/new/study" >&2; exit 1; }
	@[ ! -e "$(DIR)" ] || { echo "DIR=$(DIR) is there already: name a new folder. Nothing was made." >&2; exit 1; }
	@mkdir -p "$(DIR)" && cp -R workflow/template/. "$(DIR)"
	@echo 'Written. Run it: make results STUDY="$(DIR)"; then read "$(DIR)/README.md".'

data: $(READY)   ## make the synthetic demonstration exports again (same seed, same bytes)
	$(RUN) scripts/simulate_trial.py --out data/raw --truth tests/reference/demo --seed 20190426

schema: $(READY) ## make the JSON Schema and the page of the configuration again, from its models
	$(RUN) scripts/describe_config.py --schema workflow/config.schema.json --page workflow/docs/configuration.md

api: $(READY)      ## make the page of the engine's functions again, from its docstrings, and what the tutorial prints
	$(RUN) tests/package/make_api.py
	PYTHONPATH=scripts $(RUN) tests/package/blocks.py --write workflow/docs/tutorial.md workflow/docs/mmrm.md

benchmark: $(READY) .venv-peers/.ready ## speed of the engine and of the intake, against other packages and R where installed
	.venv-peers/bin/python tests/benchmarks/peers.py
	$(RUN) tests/benchmarks/run.py
	$(RUN) tests/benchmarks/bench_import.py
	$(RUN) tests/benchmarks/bench_intake.py
	$(RUN) tests/benchmarks/bench_endpoints.py
	$(RUN) tests/benchmarks/bench_run.py

agreement: $(READY) ## compare the primary analysis of finished results with R (nlme, emmeans), where it is installed
	@$(CHECK_STUDY); $(RUN) scripts/compare_with_r.py --results "$(STUDY)/results"

characteristics: $(READY) $(PLACED) ## simulate this study's design: type I error, power, coverage and bias of the methods; PROFILE=slurm too
	$(if $(PLACED),PATH="$(CURDIR)/.venv/bin:$$PATH") $(RUN) -m snakemake --snakefile workflow/characteristics.smk \
		$(if $(filter default,$(PROFILE)),--cores $(CORES) --quiet rules,--quiet host) \
		--workflow-profile "workflow/profiles/$(PROFILE)"

long: $(READY)   ## slow proofs: the tests marked long, 20,000 mutants of the intake
	$(RUN) -m pytest -q -m long -rs
	$(RUN) tests/fuzz/fuzz_labs.py --mutants 20000 --seed 1

pilot: $(READY) .venv-pilot/.ready ## the CDISC pilot from its SDTM and from its ADaM, against its published numbers (network)
	$(RUN) -m pytest -q -m long tests/pilot

cdisc: $(READY) .venv-cdisc/.ready ## exports of the mini study against CDISC's own schemas (network)
	$(RUN) -m pytest -q -m long tests/cdisc

# A value as it was typed, whatever characters it holds.
TYPED = '$(subst ','\'',$(value $(1)))'
lock: $(READY)   ## lock data/raw: make lock ID=DBL-1 STATE=hard CUT=YYYY-MM-DD SIGNED="role; role" [PARENT=] [REASON=]
	@$(CHECK_STUDY); exec $(RUN) scripts/write_lock.py --study "$(STUDY)" --id=$(call TYPED,ID) \
		--state=$(call TYPED,STATE) --cut=$(call TYPED,CUT) --signed=$(call TYPED,SIGNED) \
		--parent=$(call TYPED,PARENT) --reason=$(call TYPED,REASON) --synthetic=$(call TYPED,SYNTHETIC)

pins:            ## make requirements.lock again from the pins in pyproject.toml (needs uv)
	uv pip compile --group pipeline --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	uv pip compile --group slurm --no-deps --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links -q -o requirements-slurm.lock

clean:           ## remove generated results (not the environment)
	@$(CHECK_STUDY); [ ! -d "$(STUDY)/results" ] || find "$(STUDY)/results" -mindepth 1 ! -name README.md -delete

# uv where it is installed, else pip: the same lock, hashes checked by both. pip has settings (a mirror) that uv does not
# read, so it also tries where uv fails.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Preparing the environment in .venv (once, about a minute)"
	@if ! command -v uv >/dev/null || ! { $(PYTHON) -m venv --without-pip .venv && \
		uv pip sync --quiet --require-hashes --python $(RUN) requirements.lock; }; then \
		$(PYTHON) -m venv .venv && \
		$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; fi
	@touch $@

# What hands jobs to SLURM, beside the pipeline's packages and without any other.
.venv/.slurm: $(READY) requirements-slurm.lock
	@if ! command -v uv >/dev/null || ! uv pip install --quiet --no-deps --require-hashes --python $(RUN) \
		-r requirements-slurm.lock; then \
		$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-slurm.lock; fi
	@touch $@

# The packages the engine is compared with: an environment of their own, nothing of it in the pipeline's lock.
.venv-peers/.ready: tests/benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r tests/benchmarks/peers.txt
	@touch $@

# CDISC's schemas: an environment of their own, nothing of them in the repository.
.venv-cdisc/.ready: tests/cdisc/requirements.txt
	$(PYTHON) -m venv .venv-cdisc
	.venv-cdisc/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/cdisc/requirements.txt
	@touch $@

# The CDISC pilot's data: an environment of their own, nothing of them in the repository.
.venv-pilot/.ready: tests/pilot/requirements.txt
	$(PYTHON) -m venv .venv-pilot
	.venv-pilot/bin/python -m pip install --quiet --disable-pip-version-check -r tests/pilot/requirements.txt
	@touch $@
