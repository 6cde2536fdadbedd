"""The operating characteristics of the design: a workflow of its own, `make characteristics`.

One job per design, effect and run of chunks; the table does not depend on how the chunks are spread over jobs.
"""

import sys
from pathlib import Path
from shlex import quote

ROOT = Path(workflow.basedir).parent
sys.path.insert(0, str(ROOT / "scripts"))

from snakemake.exceptions import WorkflowError

from trial.characteristics.config import Simulation
from trial.plan.environment import describe, settled
from trial.study.errors import TrialError
from trial.study.files import json_text, read_json, write_if_changed
from trial.study.load import parse, read_yaml

PLAN = config.get("plan", str(ROOT / "workflow/characteristics.yaml"))
RUN = int(config.get("run", 10))  # chunks of one job
OUT = config.get("out", "results/characteristics")
# On a node of a cluster the jobs have the kernels that the run began with, or the node is refused.
NOTE = Path(OUT) / "environment.json"
try:
    SIMULATION = parse(Simulation, read_yaml(Path(PLAN)), PLAN)
    ENVIRONMENT = describe()
    if workflow.is_main_process:
        write_if_changed(NOTE, json_text(ENVIRONMENT))
    else:
        ENVIRONMENT = settled(read_json(NOTE), ENVIRONMENT)
except TrialError as error:
    raise WorkflowError(error.text())
RUNS = {
    effect: range(-(-len(SIMULATION.chunks(effect)) // RUN))
    for effect in SIMULATION.effects
}
PINS = [f"{name}={quote(value)}" for name, value in ENVIRONMENT["pinned"].items()]
PYTHON = " ".join([*PINS, quote(sys.executable)])


rule all:
    input:
        f"{OUT}/table.csv",
        f"{OUT}/characteristics.md",


rule simulate:
    """Draw and analyse the trials of a run of chunks."""
    input:
        PLAN,
    output:
        f"{OUT}/answers/{{design}}.{{effect}}.{{run}}.csv",
    log:
        f"{OUT}/logs/{{design}}.{{effect}}.{{run}}.log",
    params:
        first=lambda wildcards: int(wildcards.run) * RUN,
        chunks=RUN,
        script=str(ROOT / "scripts/simulate_design.py"),
    shell:
        PYTHON + " {params.script:q} --plan {input:q} --design {wildcards.design}"
        " --effect {wildcards.effect} --first {params.first} --chunks {params.chunks} --out {output:q} 2> {log:q}"


rule tabulate:
    """Put the answers together into the characteristics and their page."""
    input:
        plan=PLAN,
        answers=[
            f"{OUT}/answers/{design}.{effect}.{run}.csv"
            for effect, runs in RUNS.items()
            for design in SIMULATION.designs
            for run in runs
        ],
    output:
        table=f"{OUT}/table.csv",
        page=f"{OUT}/characteristics.md",
    log:
        f"{OUT}/logs/tabulate.log",
    params:
        script=str(ROOT / "scripts/tabulate_design.py"),
    shell:
        PYTHON + " {params.script:q} --plan {input.plan:q} --answers {input.answers:q}"
        " --table {output.table:q} --page {output.page:q} 2> {log:q}"


if not workflow.is_main_process:  # as in the Snakefile
    workflow.localrules("all", "simulate", "tabulate")
