"""What a run stands on, settled while the Snakefile is read: study, lock, environment, slices of its jobs.

On a cluster each job reads the Snakefile anew, on its node: it settles nothing there, but compares.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.plan.environment import describe, settled
from trial.plan.load import load_study
from trial.plan.locked import read_lock
from trial.plan.slices import as_read, compare_slices, write_slices
from trial.plan.study import AnyStudy
from trial.study.dummy_arms import with_dummy_labels
from trial.study.files import begin_ledger, read_json
from trial.study.label import read_label

CONFIG, RESULTS = Path("config.yaml"), Path("results")
SPEC = RESULTS / "spec"


def begin_run(content: Mapping[str, Any], *, first: bool) -> tuple[AnyStudy, Mapping[str, Any]]:
    """Return the study in the working directory, and the environment that its jobs run in.

    Every problem of the configuration is reported at once, before any job. Then every raw file is compared
    with the data lock. What is left in `results` (`lock.json` and below `spec`) changes only with what it
    tells of. In a dry run arms are printed as DUMMY; the jobs that read arms deal them anew. A process on a
    node of a cluster changes no file: where it finds another configuration or environment than the first
    process has settled, the job is refused.

    Parameters
    ----------
    content : mapping
        The parsed configuration, with what the command line changed.
    first : bool
        Whether this is the process that the user started, and not that of a job on a node.

    Raises
    ------
    TrialError
        If configuration, lock or raw files are refused, `results` cannot be written, or a node differs.
    """
    study = load_study(content)
    if first:
        begin_ledger(RESULTS)
        read_lock(study, content, Path())
    if read_label(SPEC / "label.json")["dummy_arms"]:
        study = load_study(with_dummy_labels(content))
    environment = describe() if first else settled(read_json(SPEC / "environment.json"), describe())
    whole = {"config": as_read(CONFIG, content), "environment": environment}
    (write_slices if first else compare_slices)(study, SPEC, whole)
    return study, environment
