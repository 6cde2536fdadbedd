"""What runs that were killed have left, and what became of the files of those that were not.

Called by `make results` when the study is its own and before snakemake starts. Nothing that was finished is
lost: what is removed here is made again from what is there.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from owner import described

from trial.study.apart import LATER, TOLD
from trial.study.ledger import Ledger, Written

# No rule makes these again.
NOT_MADE_AGAIN = tuple(f"{name}/" for name in (*TOLD, *LATER))
# A rule that writes many pages names one of them. Where another is damaged, this one goes too: the rule runs.
PAGES, NAMED_PAGE = "report", "report/index.html"
SHOWN = 5
LITTLE_SPACE = 1 << 20


def clear(study: str, left: str) -> Iterator[str]:
    """Clear a study for a new run; yield one line for whatever a reader may want to know.

    Parameters
    ----------
    study : str
        Its folder.
    left : str
        What the last run left in the file that says whose the study is, if it did not end.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    yield from _clear_locks(Path(study, ".snakemake", "locks"), left)
    results = Path(study, "results")
    for folder, _, names in os.walk(results):
        for name in names:
            if name.startswith(".") and name.endswith(".part"):
                Path(folder, name).unlink(missing_ok=True)
    ledger = Ledger(results.absolute())
    if ledger.exists():
        ledger.begin()  # to know at once whether anything can be written there
        yield from _clear_damaged(ledger)


def shorten_ledger(study: str) -> None:
    """Leave one line of each file in the ledger, if the disk has space to write that."""
    ledger = Ledger(Path(study, "results").absolute())
    with contextlib.suppress(OSError):
        if ledger.exists():
            ledger.shorten()


def unwritable(study: str, error: OSError) -> str:
    """Return the line that says why a study cannot be run where it stands, and what to do."""
    return (
        f"{error.filename or study}: cannot be written: {error.strerror or error}. What to do: make the "
        f"folder {study} writable, with space on its disk, and run `make results` again: what was finished "
        "is kept."
    )


def full_disk(study: str) -> str:
    """Return a line where the disk of the results has no space left, else nothing."""
    results = Path(study, "results")
    state = os.statvfs(results if results.is_dir() else study)
    free = state.f_bavail * state.f_frsize
    if free > LITTLE_SPACE and (state.f_favail or not state.f_files):
        return ""
    return (
        f"{results}: the disk is full ({free} bytes are free). What to do: free some space and run "
        "`make results` again: what was finished is kept."
    )


def _clear_locks(folder: Path, left: str) -> Iterator[str]:
    """Remove snakemake's lock: whoever set it is gone, else the study would not be ours."""
    locks = [path for path in folder.glob("*.lock") if path.is_file()]
    for path in locks:
        path.unlink(missing_ok=True)
    if left or locks:
        yield f"The run {described(left)} did not end: its lock is removed, what it finished is kept."


def _clear_damaged(ledger: Ledger) -> Iterator[str]:
    """Remove and name what is not as it was written; say what is not there any more."""
    gone = []
    for name, written in ledger.items():
        if name.startswith(NOT_MADE_AGAIN):
            continue
        path = ledger.folder / name
        difference = _difference(path, written)
        if difference is None:
            gone.append(name)
        elif not difference:
            continue
        else:
            path.unlink()
            yield f"results/{name}: not as it was written: {difference}. It is removed and made anew."
        ledger.forget([path])
        if name.rpartition("/")[0] == PAGES:
            (ledger.folder / NAMED_PAGE).unlink(missing_ok=True)
    if gone:
        names = ", ".join(f"results/{name}" for name in gone[:SHOWN])
        more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
        yield f"Written, but not there any more: {names}{more}. What the study still needs is made anew."


def _difference(path: Path, written: Written) -> str | None:
    """Return in what a file differs from what was written; None where it is not there."""
    try:
        return written.difference(path.read_bytes())
    except FileNotFoundError:
        return None
