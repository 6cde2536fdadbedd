"""The data lock: what lies in `data/raw` is byte for byte what LOCK.yaml recorded, or nothing runs."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from trial.review.config import Lock, LockedFile
from trial.study.errors import LockError
from trial.study.files import sha256

# In every raw folder, about the lock rather than in it.
UNLOCKED = frozenset({"LOCK.yaml", "README.md"})


def verify_lock(lock: Lock, raw: Path) -> dict[str, Any]:
    """Return the content of `lock.json` after comparing every raw file with the lock.

    Raises
    ------
    LockError
        Naming every file that is missing, differs, or is present without being locked.
    """
    locked = {file.path: file for file in lock.files}
    present = {path.relative_to(raw).as_posix(): path for path in sorted(raw.rglob("*")) if path.is_file()}
    hashes = {name: sha256(path) for name, path in present.items() if name not in UNLOCKED}
    problems = [f"{name}: in the lock, but not there" for name in sorted(set(locked) - set(hashes))]
    problems += [f"{name}: there, but not in the lock" for name in sorted(set(hashes) - set(locked))]
    problems += [
        f"{name}: SHA-256 {hashes[name][:12]}... ({present[name].stat().st_size} bytes), "
        f"the lock has {file.sha256[:12]}... ({file.bytes} bytes)"
        for name, file in sorted(locked.items())
        if name in hashes and hashes[name] != file.sha256
    ]
    problems += [
        f"{name}: the lock has {file.bytes} bytes and {file.lines} lines, "
        f"the file has {' and '.join(map(str, _size(present[name], file)))}"
        for name, file in sorted(locked.items())
        if hashes.get(name) == file.sha256 and _size(present[name], file) != (file.bytes, file.lines)
    ]
    if problems:
        raise LockError(
            f"data lock {lock.lock_id}",
            f"{len(problems)} of {len(set(locked) | set(hashes))} raw files are not as locked",
            problems,
            "restore the locked files, or make a new lock (new lock_id, hashes and signature) in LOCK.yaml",
        )
    files = [{"path": name, "sha256": digest} for name, digest in sorted(hashes.items())]
    return lock.model_dump(mode="json", exclude={"files"}) | {
        "files": files,
        "short_hash": short_hash(hashes),
    }


def _size(path: Path, file: LockedFile) -> tuple[int, int | None]:
    """Return bytes and line feeds of a raw file; lines only where the lock records them (text files)."""
    content = path.read_bytes()
    return len(content), None if file.lines is None else content.count(b"\n")


def make_lock(raw: Path, lock_id: str, state: str, synthetic: bool, cut_date: date, created_by: str) -> str:
    """Return the text of LOCK.yaml for the files that lie in `raw` now.

    Raises
    ------
    LockError
        If there is no file to lock.
    """
    files = [path for path in sorted(raw.rglob("*")) if path.is_file() and path.name not in UNLOCKED]
    if not files:
        raise LockError(str(raw), "there is no file to lock")
    entries = []
    for path in files:
        content = path.read_bytes()
        entry = {"path": path.relative_to(raw).as_posix(), "sha256": sha256(path), "bytes": len(content)}
        # Spreadsheets and other containers have no lines; a NUL byte gives them (and UTF-16) away.
        entries.append(entry if b"\0" in content else entry | {"lines": content.count(b"\n")})
    head = {"lock_id": lock_id, "state": state, "synthetic": synthetic, "cut_date": cut_date}
    lock = head | {"created_by": created_by, "files": entries}
    return yaml.safe_dump(lock, sort_keys=False, allow_unicode=True)


def short_hash(hashes: Mapping[str, str]) -> str:
    """Return twelve digits that stand for all locked files: SHA-256 over their sorted names and hashes."""
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
