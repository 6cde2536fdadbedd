"""A scratch copy of a study, in which the next run is begun, and asked for what it does not do there."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from trial.plan.forecast import Job, read_jobs
from trial.review.clean_run import copy_inputs, start_command
from trial.study.apart import LATER, TOLD
from trial.study.errors import TrialError
from trial.study.files import read_json

# What snakemake and the plan remember of earlier runs.
REMEMBERED = ("metadata", "incomplete", "imports.json")
BLOCKS = {
    "lock": "lock.json",
    "config": "spec/config.json",
    "code": "spec/code/everything.json",
    "environment": "spec/environment.json",
}


class RunEndedError(TrialError):
    """The run ends before it is done: what snakemake said of it is the problem."""

    exit_code = 1


def copy_study(study: Path, scratch: Path) -> None:
    """Copy a study with its results, their time stamps, and what is remembered of earlier runs."""
    copy_inputs(study, scratch)
    needless = {study / "results" / name for name in (*TOLD, *LATER)}
    shutil.copytree(
        study / "results",
        scratch / "results",
        ignore=lambda folder, names: {name for name in names if Path(folder, name) in needless},
    )
    for name in REMEMBERED:
        source, target = study / ".snakemake" / name, scratch / ".snakemake" / name
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def ask(code: Path, scratch: Path, cores: int, *options: str) -> list[Job]:
    """Run a scratch copy with further options, and return the jobs that were done or planned.

    Raises
    ------
    RunEndedError
        If the run fails, with its own words.
    """
    command = [*start_command(code, scratch, cores), *options, "--quiet", "progress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    if done.returncode:
        raise RunEndedError("the run would end here", text, hint="as the message says; nothing was changed")
    return read_jobs(text)


def state_of(study: Path) -> dict[str, Any]:
    """Return what a run of the study stands on now, block by block as in a manifest."""
    return {block: read_json(study / "results" / name) for block, name in BLOCKS.items()}
