"""Results that no longer belong to the study: an endpoint was dropped, an analysis or output renamed."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from trial.study.apart import ASIDE, BESIDE, EXPORT, LATER, TOLD
from trial.study.ledger import forget

# What no rule names. The plan itself keeps the slices; an export is set aside as a whole.
NO_RULE = (*BESIDE, *LATER, "logs/agreement_r.csv")  # the last of a comparison with R, where one was made
# Pages that are written with the first one of the report, which alone is named by a rule.
BESIDE_INDEX = ("gallery.html", "methods.html", "data.html", "report.css", "keys.js")


def set_aside(results: Path, belonging: Iterable[str]) -> list[str]:
    """Move aside every file that belongs to no endpoint, analysis, output or other job of the study.

    Parameters
    ----------
    results : Path
        The folder of results.
    belonging : iterable of str
        The files of the study, `results/...`: all that a rule names for one of its jobs.

    Returns
    -------
    list of str
        The files moved, relative to `results`, sorted. One of the same name set aside earlier is replaced.
    """
    if not results.is_dir():
        return []
    kept = {path.removeprefix("results/") for path in belonging}
    moved = [name for name in _below(results, results) if name not in kept]
    forget(results / name for name in moved)  # or the next run would miss them
    for name in moved:
        target = results / ASIDE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (results / name).replace(target)
    for folder in {(results / name).parent for name in moved}:
        _remove_empty(folder, results)
    return moved


def measured(log: str) -> str:
    """Return where the job of a log says what it took, as `workflow/runner/script.sh` tells it to."""
    return log.replace("results/logs/", "results/benchmarks/").removesuffix(".log") + ".tsv"


def set_aside_export(results: Path) -> bool:
    """Move the export of earlier results aside, replacing one moved earlier; return whether there was any.

    What leaves the project is of one run: beside the results of another it would be taken for theirs.
    """
    source, target = results / EXPORT, results / ASIDE / EXPORT
    if not source.is_dir():
        return False
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    return True


def announce(moved: Sequence[str]) -> list[str]:
    """Return the lines that name what was moved; logs and timings of dropped jobs are counted."""
    results = [name for name in moved if name.partition("/")[0] not in TOLD]
    lines = [f"results/{name} is no part of the study any more: set aside" for name in results]
    if told := len(moved) - len(results):
        lines.append(f"{told} logs and timings of jobs that are no part of the study any more: set aside")
    return lines


def output_pages(outputs: Iterable[str]) -> list[str]:
    """Return the pages of the report that no rule names: that of each output, those beside the first."""
    return [f"results/report/{name}" for name in (*BESIDE_INDEX, *(f"{output}.html" for output in outputs))]


def _below(folder: Path, results: Path) -> list[str]:
    """Return every file below a folder, relative to `results`, sorted; not `NO_RULE`, no hidden file."""
    found: list[str] = []
    for path in sorted(folder.iterdir()):
        name = path.relative_to(results).as_posix()
        if name in NO_RULE or path.name.startswith("."):
            continue
        found += _below(path, results) if path.is_dir() and not path.is_symlink() else [name]
    return found


def _remove_empty(folder: Path, results: Path) -> None:
    """Remove a folder that holds nothing any more, and those above it that held nothing else."""
    while folder != results and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
