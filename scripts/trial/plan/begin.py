"""What a run stands on, settled while the Snakefile is read: study, lock, environment, slices of its jobs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.plan.environment import describe
from trial.plan.load import load_study
from trial.plan.locked import read_lock
from trial.plan.slices import as_read, write_slices
from trial.plan.study import AnyStudy
from trial.study.dummy_arms import with_dummy_labels
from trial.study.files import begin_ledger
from trial.study.label import read_label

CONFIG, RESULTS = Path("config.yaml"), Path("results")


def begin_run(content: Mapping[str, Any], *, verify: bool) -> tuple[AnyStudy, dict[str, Any]]:
    """Return the study in the working directory, and the environment that its jobs run in.

    Every problem of the configuration is reported at once, before any job. Then every raw file is compared
    with the data lock. What is left in `results` (`lock.json` and below `spec`) changes only with what it
    tells of. In a dry run arms are printed as DUMMY; the jobs that read arms deal them anew.

    Parameters
    ----------
    content : mapping
        The parsed configuration, with what the command line changed.
    verify : bool
        Whether to compare the raw files: the process that the user started does.

    Raises
    ------
    TrialError
        If configuration, lock or raw files are refused, or `results` cannot be written.
    """
    study = load_study(content)
    begin_ledger(RESULTS)
    if verify:
        read_lock(study, content, Path())
    if read_label(RESULTS / "spec" / "label.json")["dummy_arms"]:
        study = load_study(with_dummy_labels(content))
    environment = describe()
    whole = {"config": as_read(CONFIG, content), "environment": environment}
    write_slices(study, RESULTS / "spec", whole)
    return study, environment
