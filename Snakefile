"""Endpoints of a clinical trial: from locked raw files to tables, figures and review pages.

`snakemake --cores 2` runs everything; the study is `config.yaml` in the working directory.
"""

import gc
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, update_config

min_version("9.0")

# Snakemake's modules last as long as the run: to look for garbage among them costs a quarter of a start with
# nothing to do. What a run makes beside them is little: looked for rarely, as in its jobs (workflow/runner/server.py).
gc.freeze()
gc.set_threshold(50_000, 20, 20)


sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from trial.plan.begin import begin_run
from trial.plan.jobs import prepared_files
from trial.plan.study import AnalysedStudy
from trial.study.errors import TrialError
from trial.study.load import read_yaml

# Values of `--config` and `--configfile` stand above those of the file.
try:
    content = read_yaml(Path("config.yaml"))
    update_config(content, config)
    STUDY, ENVIRONMENT_NOW = begin_run(content, first=workflow.is_main_process)
except TrialError as error:
    raise WorkflowError(error.text())


include: "workflow/rules/common.smk"


if isinstance(STUDY, AnalysedStudy):

    include: "workflow/rules/adam.smk"

else:

    include: "workflow/rules/prepare.smk"
    include: "workflow/rules/homa2.smk"


include: "workflow/rules/collect.smk"


if STUDY.design is not None:

    include: "workflow/rules/design.smk"


include: "workflow/rules/analyse.smk"
include: "workflow/rules/agreement.smk"
include: "workflow/rules/display.smk"
include: "workflow/rules/trace.smk"
include: "workflow/rules/deliver.smk"
include: "workflow/rules/review.smk"


rule prepared:
    """The analysis data: what a change of raw files changes is known when they are made."""
    input:
        prepared_files(STUDY),


rule all:
    """Everything: tables, figures, results data, report, manifest."""
    default_target: True
    input:
        "results/manifest.json",
        COLLECTED,
        OUTPUT_FILES,
        trace_files(),


# On a node of a cluster the jobs are done by the process that SLURM has started, one after the other: else snakemake
# would start itself once more for each of them.
if not workflow.is_main_process:
    workflow.localrules(*(rule.name for rule in workflow.rules))
