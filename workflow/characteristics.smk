"""The operating characteristics of the design: a workflow of its own, `make characteristics`.

One job per design, effect and run of chunks; the table does not depend on how the chunks are spread over jobs.
"""

import sys
from pathlib import Path
from shlex import quote

ROOT = Path(workflow.basedir).parent
sys.path.insert(0, str(ROOT / "scripts"))

from trial.characteristics.config import Simulation
from trial.study.load import parse, read_yaml

PLAN = config.get("plan", str(ROOT / "workflow/characteristics.yaml"))
SIMULATION = parse(Simulation, read_yaml(Path(PLAN)), PLAN)
RUN = int(config.get("run", 10))  # chunks of one job
RUNS = {
    effect: range(-(-len(SIMULATION.chunks(effect)) // RUN))
    for effect in SIMULATION.effects
}
OUT = config.get("out", "results/characteristics")
PYTHON = f"OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 {quote(sys.executable)}"


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
