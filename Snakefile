"""Endpoints of a clinical trial: from locked raw files to tables, figures and review pages.

`snakemake --cores 2` runs everything; the study is `config.yaml` in the working directory.
"""

import sys
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")


sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from trial.plan.code import write_closure
from trial.plan.load import load_study
from trial.plan.slices import write_slices
from trial.study.errors import TrialError
from trial.study.load import read_yaml

# A file that is no YAML is reported with its line before snakemake reads it in its own way.
try:
    read_yaml(Path("config.yaml"))
except TrialError as error:
    raise WorkflowError(error.text())


configfile: "config.yaml"


# Every problem of the configuration is reported at once, before any job.
try:
    STUDY = load_study(dict(config))
except TrialError as error:
    raise WorkflowError(error.text())
write_slices(STUDY, Path("results/spec"))


include: "workflow/rules/common.smk"
include: "workflow/rules/lock.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/display.smk"
include: "workflow/rules/review.smk"


rule all:
    """Everything: tables, figures, results data, report, manifest."""
    default_target: True
    input:
        "results/ard.csv",
        "results/report/index.html",
        "results/manifest.json",
        outputs_of_displays(),
        outputs_of_homa2(),
