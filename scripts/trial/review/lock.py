"""The data lock: what lies in `data/raw` is byte for byte what LOCK.yaml recorded, or nothing runs.

Verified while the Snakefile is read, so nothing here imports numpy or pandas.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from trial.review.config import Lock
from trial.review.transitions import how_to_lock
from trial.study.errors import LockError
from trial.study.files import sha256
from trial.study.raw_files import ANSWERS, names_file, of_lock, walk

SHORT = 12


def verify_lock(lock: Lock, raw: Path, named: Mapping[str, str]) -> dict[str, Any]:
    """Return the content of `lock.json` after comparing every raw file with the lock.

    Parameters
    ----------
    lock : Lock
    raw : Path
        The folder of raw files.
    named : mapping of str to str
        The paths and patterns that the configuration names, by their keys.

    Raises
    ------
    LockError
        Naming every file that is missing, differs, is a link or no plain file, is present without being
        locked, is locked without being named by the configuration, or named without being locked.
    """
    kinds = dict(walk(raw))
    plain = of_lock(name for name, kind in kinds.items() if not kind)
    hashes = hash_files(raw, plain)
    locked = {file.path: file for file in lock.files}
    problems = [
        f"{name}: {kind}; only plain files in plain folders are read" for name, kind in kinds.items() if kind
    ]
    problems += [f"{name}: in the lock, but not there" for name in locked if name not in kinds]
    problems += [f"{name}: there, but not in the lock" for name in plain if name not in locked]
    problems += [
        f"{name}: SHA-256 {hashes[name][:12]}... ({(raw / name).stat().st_size} bytes), "
        f"the lock has {file.sha256[:12]}... ({file.bytes} bytes)"
        for name, file in locked.items()
        if name in hashes and hashes[name] != file.sha256
    ]
    problems += compare_names(locked, named)
    if problems:
        raise LockError(
            f"data lock {lock.lock_id}",
            f"{len(problems)} problem{'s' * (len(problems) > 1)} of raw files; nothing was run or changed",
            sorted(problems),
            f"put the files of lock {lock.lock_id} back, or lock what is there now: {how_to_lock(lock)}",
        )
    files = [{"path": name, "sha256": file.sha256} for name, file in sorted(locked.items())]
    about = lock.model_dump(mode="json", exclude={"files"})
    whole = fingerprint({file["path"]: file["sha256"] for file in files})
    return about | {"files": files, "fingerprint": whole, "short_hash": whole[:SHORT]}


def compare_names(locked: Iterable[str], named: Mapping[str, str], where: str = "the lock") -> list[str]:
    """Return a line for each key that names no locked file, and each locked file that no key names."""
    files = list(locked)
    lines = [
        f"{pattern}: named by {key} of config.yaml, but not in {where}"
        for key, pattern in named.items()
        if not any(names_file(pattern, name) for name in files)
    ]
    patterns = [*named.values(), ANSWERS]
    return lines + [
        f"{name}: in {where}, but no key of config.yaml names it; name it, or take it out and lock again"
        for name in files
        if not any(names_file(pattern, name) for pattern in patterns)
    ]


def hash_files(raw: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file below `raw`; read in blocks, on as many threads as there are cores."""
    listed = sorted(names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(listed, pool.map(lambda name: sha256(raw / name), listed), strict=True))


def fingerprint(hashes: Mapping[str, str]) -> str:
    """Return what stands for all locked files: SHA-256 over their sorted names and hashes."""
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def short_hash(hashes: Mapping[str, str]) -> str:
    """Return the first twelve digits of the fingerprint, which are printed."""
    return fingerprint(hashes)[:SHORT]
