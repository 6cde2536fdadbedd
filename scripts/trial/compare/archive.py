"""Keeps a finished run below `locks/<lock id>/`: raw files, configuration, code and results, read-only.

Nothing else is needed to run it again but an environment. An archive is written under another name and
renamed, so that a stopped program leaves none; one that is there is never overwritten.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.compare.files import (
    NOT_ARCHIVED,
    changed_names,
    code_hashes,
    copy_files,
    digest,
    freeze,
    git_state,
    hashes,
    read_json,
    remove,
    text_hash,
)
from trial.compare.run import Run, archived_run, findings
from trial.study.errors import LockError
from trial.study.files import json_text, write_json

FOLDER = "locks"
ABOUT = "archive.json"
LOCK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Two runs of the same inputs differ here: the manifest says when and where, and its page shows it.
OF_ONE_RUN = ("results/manifest.json", "results/report/manifest.html", "results/written.tsv", "memory/")


@dataclass(frozen=True)
class Archived:
    """What `make archive` did: the folder, and whether it is new."""

    folder: Path
    new: bool


def archive(run: Run) -> Archived:
    """Store a study's finished run; the same content stored earlier is left as it is.

    Raises
    ------
    LockError
        If the run is not complete and unchanged, or an archive of its lock holds other content.
    """
    check_finished(run)
    name = str(run.lock["lock_id"])
    if not LOCK_ID.fullmatch(name):
        raise LockError(
            "LOCK.yaml, lock_id", f"{name!r} is no name of a folder", hint="letters, digits, dot, - and _"
        )
    parts = _parts(run)
    target = run.results.parent / FOLDER / name
    if target.exists():
        _same_or_refuse(target, parts, run)
        return Archived(target, new=False)
    temporary = target.with_name(f".{name}.part")
    remove(temporary)
    try:
        for part, (source, found) in parts.items():
            copy_files(source, temporary / part, found)
        write_json(temporary / ABOUT, _about(run, parts))
        freeze(temporary)
        temporary.rename(target)
    except OSError as error:
        remove(temporary)
        where, why = error.filename or str(target), error.strerror
        raise LockError(
            str(where), f"the archive cannot be written: {why}", hint="nothing was stored"
        ) from None
    return Archived(target, new=True)


def check_finished(run: Run) -> None:
    """Raise where a study's results are not those of a finished run of its present inputs."""
    if lines := findings(run):
        raise LockError(
            str(run.results),
            "not the complete results of the present data, configuration and code",
            lines,
            "run `make results`, then the same command again",
        )


def open_archive(folder: Path) -> Run:
    """Return the run that an archive holds, after comparing every file with the archive's own list.

    Raises
    ------
    LockError
        If it is no archive, or a file is missing, differs or was added.
    """
    if not (folder / ABOUT).is_file():
        raise LockError(
            str(folder), "no archive of a lock", hint="make archive, or name a folder below locks/"
        )
    about = read_json(folder / ABOUT)
    found = {name: digest for name, digest in hashes(folder).items() if name != ABOUT}
    if lines := changed_names(about["files"], found):
        raise LockError(
            str(folder),
            "the archive is not what was stored",
            lines,
            "restore it from a copy; an archive is read-only and nobody changes it",
        )
    return archived_run(folder)


def _parts(run: Run) -> dict[str, tuple[Path, dict[str, str]]]:
    """Return the parts of an archive: by folder there, where its files come from and their hashes."""
    return {
        "raw": (run.raw, hashes(run.raw)),
        ".": (run.config.parent, {run.config.name: digest(run.config)}),
        "code": (run.code, code_hashes(run.code)),
        "results": (run.results, hashes(run.results, NOT_ARCHIVED)),
        "memory": (run.memory, hashes(run.memory)),
    }


def _listed(parts: Mapping[str, tuple[Path, dict[str, str]]]) -> dict[str, str]:
    return {
        (Path(part) / name).as_posix(): digest
        for part, (_, found) in parts.items()
        for name, digest in found.items()
    }


def _about(run: Run, parts: Mapping[str, tuple[Path, dict[str, str]]]) -> dict[str, Any]:
    files = _listed(parts)
    return {
        "format": 1,
        "lock": run.identity(),
        "content": _content(run, files),
        "environment": run.environment,
        "git": git_state(run.code),
        "files": files,
    }


def _content(run: Run, files: Mapping[str, str]) -> dict[str, str]:
    """Return hashes of what two runs of the same inputs have in common."""
    kept = {name: found for name, found in files.items() if not name.startswith(OF_ONE_RUN)}
    return {"files": text_hash(json_text(kept)), "manifest": run.manifest_hash()}


def _same_or_refuse(target: Path, parts: Mapping[str, tuple[Path, dict[str, str]]], run: Run) -> None:
    open_archive(target)
    about, files = read_json(target / ABOUT), _listed(parts)
    if about["content"] == _content(run, files):
        return
    differing = [name for name in changed_names(about["files"], files) if not name.startswith(OF_ONE_RUN)]
    raise LockError(
        str(target),
        "an archive of this lock is there, and holds another run",
        differing or ["results/manifest.json: says otherwise"],
        "give the new data another lock (make lock ID=...); an archive is never overwritten",
    )
