"""Whether anything changed since the last whole run; where nothing did, snakemake need not start.

    python -I -S complete.py CODE STUDY

Ends with 0 where every file of the code, of the study's configuration and raw data, and of its results is
the one that was there when the last whole run ended: same size, same times of change; and the interpreter has
the same packages. The time of a change (ctime) moves even where a file is replaced and its time stamp kept.
Anything else, a missing note included, ends with 1, and snakemake decides. Only `make results` asks, and only
a whole run of its own leaves the note (start.py).
"""

import hashlib
import os
import sys

NOTE = ".snakemake/complete"  # below the study
CODE_PARTS = ("Snakefile", "scripts", "workflow", "requirements.lock")
STUDY_PARTS = ("config.yaml", "data/raw")
NOT_LEFT = "results/export"  # of `make export`, by no run


def inputs(code: str, study: str) -> str:
    """Return a digest of what a run stands on."""
    return _digest([*_files(code, CODE_PARTS), *_files(study, STUDY_PARTS), packages(sys.executable)])


def results(study: str) -> str:
    """Return a digest of what a run leaves."""
    return _digest(_files(study, ("results",)))


def note(study: str, before: str, code: str) -> None:
    """Remember the end of a whole run, unless what it stands on changed since `before` was taken."""
    if inputs(code, study) == before:
        with open(os.path.join(study, NOTE), "w", encoding="ascii") as stream:  # noqa: PTH118, PTH123
            stream.write(f"{before}\n{results(study)}\n")


def is_complete(code: str, study: str) -> bool:
    """Return whether nothing changed since the last whole run."""
    try:
        with open(os.path.join(study, NOTE), encoding="ascii") as stream:  # noqa: PTH118, PTH123
            noted = stream.read().split()
    except OSError:
        return False
    return noted == [inputs(code, study), results(study)]


def packages(interpreter: str) -> str:
    """Return the names, which hold the versions, of the packages that an interpreter has."""
    home = os.path.dirname(os.path.dirname(os.path.abspath(interpreter)))  # noqa: PTH100, PTH120
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    try:
        found = os.listdir(os.path.join(home, "lib", version, "site-packages"))  # noqa: PTH118, PTH208
    except OSError:
        return "no folder of packages"
    return " ".join(sorted(name for name in found if name.endswith("-info")))


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def _files(root: str, parts: tuple[str, ...]) -> list[str]:
    """Return name, size and times of every file below parts of `root`.

    Byte code and exports are none of them; a linked folder is not entered.
    """
    lines: list[str] = []
    waiting = list(parts)
    while waiting:
        name = waiting.pop()
        if name == NOT_LEFT:
            continue
        path = os.path.join(root, name)  # noqa: PTH118
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            with os.scandir(path) as found:
                waiting += [f"{name}/{entry.name}" for entry in found if entry.name != "__pycache__"]
            continue
        try:
            state = os.stat(path)  # noqa: PTH116
            lines.append(f"{name} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}")
        except OSError:
            lines.append(f"{name} is not there")
    return lines


if __name__ == "__main__":
    sys.exit(not is_complete(*sys.argv[1:]))
