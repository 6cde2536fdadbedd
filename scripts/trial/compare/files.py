"""Reads finished runs and archives, and copies them: the only module of the room that opens files."""

import csv
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trial.review.clean_run import CODE_PARTS, start_command
from trial.study.apart import LATER, TOLD
from trial.study.files import NEUTRALISED, sha256, write_table
from trial.study.files import read_json as read_json

# Of a run's results these are no part of an archive.
NOT_ARCHIVED = (*TOLD, *LATER)
FILE_MODE, FOLDER_MODE = 0o444, 0o555


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a canonical CSV as texts, as they were written; none where the file is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        for name, text in row.items():
            if text[:1] == "'" and NEUTRALISED.match(text):
                row[name] = text[1:]
    return rows


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as canonical CSV; a column that a row does not have is empty."""
    import pandas as pd

    table = pd.DataFrame({name: [row.get(name) for row in rows] for name in columns}, dtype=object)
    write_table(path, table, columns)


def folder_json(folder: Path, pattern: str) -> dict[str, Any]:
    """Return the content of the JSON files of a folder by name, sorted."""
    return {path.name: read_json(path) for path in sorted(folder.glob(pattern))}


def hashes(folder: Path, skipped: Iterable[str] = ()) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder by its path there, sorted; not of byte code.

    Parameters
    ----------
    skipped : iterable of str
        Folders below it that are left out.
    """
    left_out = tuple(f"{name}/" for name in skipped)
    found: dict[str, str] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(left_out):
            found[name] = sha256(path)
    return dict(sorted(found.items()))


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file; empty where it is not there."""
    return sha256(path) if path.is_file() else ""


def code_hashes(code: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of the pipeline's code that an archive holds."""
    found: dict[str, str] = {}
    for part in CODE_PARTS:
        path = code / part
        if path.is_dir():
            found |= {f"{part}/{name}": digest for name, digest in hashes(path).items()}
        elif path.is_file():
            found[part] = sha256(path)
    return dict(sorted(found.items()))


def read_closures(results: Path, wanted: Callable[[str], bool]) -> set[str]:
    """Return every file of the code that a wanted program of a run stood on, from the run's own lists.

    Parameters
    ----------
    wanted : callable
        Whether a list counts, by its file name (`<program>[.<method>].json`).
    """
    lists = [path for path in (results / "spec" / "code").glob("*.json") if wanted(path.name)]
    return {f"scripts/{name}" for path in lists for name in read_json(path)}


def copy_files(source: Path, target: Path, names: Iterable[str], *, as_new: bool = False) -> None:
    """Copy files and make them writable, with their times of change unless they shall look new."""
    for name in names:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copyfile if as_new else shutil.copy2)(source / name, path)
        path.chmod(0o644)


def freeze(folder: Path) -> None:
    """Make a folder and everything below it read-only."""
    for path in _files(folder):
        path.chmod(FILE_MODE)
    for parent, _, _ in os.walk(folder, topdown=False):
        Path(parent).chmod(FOLDER_MODE)


def remove(folder: Path) -> None:
    """Remove a folder if it is there, read-only parts of it too."""
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def git_state(code: Path) -> dict[str, Any] | None:
    """Return the commit of the code and whether files differ from it; None where it is no checkout."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(code), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != code.resolve():
            return None
        return {
            "commit": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "--", *CODE_PARTS)),
        }
    except (OSError, subprocess.CalledProcessError):
        return None


def changed_names(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the names whose hash differs, or that stand on one side only, sorted."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if not name.endswith(".pyc"):
                yield Path(parent, name)


def pin(variables: Mapping[str, str]) -> None:
    """Set what a run's jobs had in their environment, before numpy is read: refits give the same digits."""
    os.environ.update(variables)


def run_pipeline(code: Path, study: Path, cores: int, targets: Sequence[str]) -> str:
    """Make files of a study by the pipeline, one after the other; return why one failed, else nothing."""
    for target in targets:
        command = [*start_command(code, study, cores), target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            errors = [line.removeprefix("ERROR ") for line in lines if line.startswith("ERROR ")]
            return (errors or lines[-1:] or ["no message"])[0]
    return ""
