"""The data lock of a synthetic study: size, lines and SHA-256 of every raw file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

TEXT = {".csv", ".xml", ".txt"}


@dataclass(frozen=True)
class LockHead:
    """What a lock says about itself."""

    lock_id: str
    cut_date: str
    state: str = "hard"


def write_lock(folder: Path, head: LockHead) -> None:
    """Write `LOCK.yaml` over all data files below `folder`."""
    lines = [
        f"lock_id: {head.lock_id}",
        f"state: {head.state}",
        "synthetic: true",
        f"cut_date: {head.cut_date}",
        "created_by: data manager (synthetic)",
        "files:",
    ]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent != folder:
            lines += describe(path, folder)
    (folder / "LOCK.yaml").write_bytes(("\n".join(lines) + "\n").encode())


def describe(path: Path, folder: Path) -> list[str]:
    """Return the lock's entry of one file; lines are line feeds, of text files only."""
    content = path.read_bytes()
    entry = [
        f"  - path: {path.relative_to(folder).as_posix()}",
        f"    sha256: {hashlib.sha256(content).hexdigest()}",
        f"    bytes: {len(content)}",
    ]
    if path.suffix in TEXT:
        lines = content.count(b"\n")
        entry.append(f"    lines: {lines}")
    return entry
