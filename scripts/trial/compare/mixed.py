"""Runs that no lock ever had: everything of the old run, one factor of the new.

Each is a run of its own in a scratch folder, by the code that the factor says, up to `results/ard.csv`. It
starts from results that are there, with their times of change, and from inputs with theirs: only what
depends on the factor is older than it, and made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trial.compare.files import NOT_ARCHIVED, copy_files, digest, hashes, read_rows, run_pipeline
from trial.compare.results import Result, read_results
from trial.compare.run import Run, study_run

TARGET = "results/ard.csv"
LOCK = "lock.json"
# The analysis data first: what they hold unchanged is not analysed again.
TARGETS = ("prepared", TARGET)
# What comes after the results is not copied either.
AFTER_RESULTS = ("report", "tables", "figures", "outputs", "rendered", "qc")


@dataclass(frozen=True)
class Mix:
    """Where data, configuration and code of a mixed run come from, and the run it starts from, if any."""

    data: Run
    config: Run
    code: Run
    start: Run | None


@dataclass(frozen=True)
class Mixed:
    """A mixed run with its results, or why there are none (the last line of its messages)."""

    run: Run
    results: Mapping[str, Result] | None
    failed: str = ""


def run_mixed(mix: Mix, old: Run, folder: Path, cores: int) -> Mixed:
    """Run a mixture in a scratch folder that is not there yet.

    Parameters
    ----------
    old : Run
        The run whose inputs the start was made of: a raw file that it has too keeps its time of change.
    """
    code, study = folder / "code", folder / "study"
    made = study_run(study, code)
    if mix.start is not None:
        kept = hashes(mix.start.results, (*NOT_ARCHIVED, *AFTER_RESULTS))
        kept.pop(LOCK, None)  # it is that of the mixture's data, whatever lock came before
        copy_files(mix.start.results, made.results, kept)
        copy_files(mix.start.memory, made.memory, hashes(mix.start.memory))
    copy_files(mix.config.config.parent, study, [mix.config.config.name])
    found = hashes(mix.data.raw)
    known = [name for name, one in found.items() if one == digest(old.raw / name)]
    copy_files(old.raw, made.raw, known)
    copy_files(mix.data.raw, made.raw, set(found) - set(known), as_new=True)
    copy_files(mix.code.code, code, mix.code.code_hashes)
    if failed := run_pipeline(code, study, cores, TARGETS):
        return Mixed(made, None, failed)
    return Mixed(made, read_results(read_rows(study / TARGET)))
