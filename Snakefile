"""Endpoints of a clinical trial: from locked raw files to tables, figures and review pages.

`snakemake --cores 2` runs everything; the study is `config.yaml` in the working directory.
"""

import gc
import sys
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, update_config

min_version("9.0")

# Snakemake's modules last as long as the run: to look for garbage among them costs a quarter of a start with
# nothing to do.
gc.freeze()


sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from trial.analysis.design.config import baselines
from trial.display.registry import TEMPLATES
from trial.plan.code import Closures
from trial.plan.environment import describe
from trial.plan.comparisons import set_aside_comparisons
from trial.plan.jobs import (
    POPULATION_TABLES,
    SUBJECT_TABLES,
    agreement_job,
    analysis_jobs,
    book_files,
    design_files,
    earlier_files,
    homa2_files,
    output_jobs,
    prepared_files,
    traced_tables,
)
from trial.plan.load import load_study
from trial.plan.locked import read_lock
from trial.plan.slices import as_read, write_slices
from trial.plan.stale import announce, output_pages, set_aside
from trial.plan.study import AnalysedStudy
from trial.study.dummy_arms import with_dummy_labels
from trial.study.errors import TrialError
from trial.study.files import begin_ledger
from trial.study.label import read_label
from trial.study.load import read_yaml
from trial.trace.shards import shard_names, trace_files

# Every problem of the configuration is reported at once, before any job. Values of `--config` and `--configfile`
# stand above those of the file. Then every raw file is compared with the data lock, in the process that was
# started by the user: it leaves results/lock.json and results/spec/label.json, which change only with the lock.
# In a dry run arms are printed as DUMMY; the jobs that read arms deal them anew.
try:
    content = read_yaml(Path("config.yaml"))
    update_config(content, config)
    STUDY = load_study(content)
    begin_ledger(Path("results"))
    if workflow.is_main_process:
        read_lock(STUDY, content, Path())
    if read_label(Path("results/spec/label.json"))["dummy_arms"]:
        STUDY = load_study(with_dummy_labels(content))
    ENVIRONMENT_NOW = describe()
    write_slices(
        STUDY,
        Path("results/spec"),
        {
            "config": as_read(Path("config.yaml"), content),
            "environment": ENVIRONMENT_NOW,
        },
    )
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
