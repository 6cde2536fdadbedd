"""The one place that reads raw bytes: each file is compared with the data lock as it is read.

The lock was verified before any job began, but a file may be replaced between that moment and the one at
which a job reads it. So nothing is read but plain files that the lock names, and what was read has the lock's
hash.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from trial.study.errors import LockError
from trial.study.files import read_json

# About the lock rather than in it; these names stand in `data/raw` itself.
LOCK_FILE, LOG_FILE, HISTORY = "LOCK.yaml", "LOCKLOG.csv", "LOCKS"
BESIDE = frozenset({LOCK_FILE, LOG_FILE, "README.md"})
# The state in which arms are dummies.
DRY_RUN = "dry-run"
# The site's answers to queries: every study may have them, and no key of a configuration names them.
ANSWERS = "queries/answers.csv"


@dataclass(frozen=True)
class RawFile:
    """A raw file of the lock: its name below `data/raw`, where it lies, its SHA-256, and the lock's id."""

    name: str
    folder: Path
    sha256: str
    lock_id: str

    def read(self) -> bytes:
        """Return the bytes of the file.

        Raises
        ------
        LockError
            If it is not there, is reached through a link or is no plain file, or its bytes are not those that
            the lock has.
        """
        where = f"data/raw/{self.name}"
        if problem := find_link(self.folder, self.name):
            raise LockError(where, problem, hint="put the locked file itself there")
        try:
            data = (self.folder / self.name).read_bytes()
        except OSError as error:
            raise LockError(where, f"it cannot be read: {error.strerror}", hint=_restore(self)) from None
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise LockError(
                where,
                f"SHA-256 {found[:12]}... ({len(data)} bytes), lock {self.lock_id} has "
                f"{self.sha256[:12]}...: it was replaced after the lock had been verified",
                hint=_restore(self),
            )
        return data


@dataclass(frozen=True)
class RawFolder:
    """The folder of raw files with what the lock says of them: all that a program may read below it.

    Attributes
    ----------
    hashes : mapping of str to str
        SHA-256 of each file by its name below the folder.
    dummy_arms : str
        What arms are dealt by in a dry run (`trial.study.dummy_arms`); empty where arms are real.
    """

    folder: Path
    hashes: Mapping[str, str]
    lock_id: str
    dummy_arms: str

    def file(self, name: str) -> RawFile | None:
        """Return the raw file of this name below `data/raw`; None where the lock has none."""
        digest = self.hashes.get(PurePosixPath(name).as_posix())
        return None if digest is None else RawFile(name, self.folder, digest, self.lock_id)

    def matching(self, pattern: str) -> list[RawFile]:
        """Return the raw files that a path or a pattern of a path names, sorted by name."""
        names = sorted(name for name in self.hashes if names_file(pattern, name))
        return [RawFile(name, self.folder, self.hashes[name], self.lock_id) for name in names]


def open_raw(lock: Path, folder: Path) -> RawFolder:
    """Return the folder of raw files as `lock.json` describes it.

    Raises
    ------
    LockError
        If `lock.json` is not the verified lock of a study.
    """
    try:
        content = read_json(lock)
        hashes = {file["path"]: file["sha256"] for file in content["files"]}
        dummy = content["lock_id"] if content["state"] == DRY_RUN else ""
        return RawFolder(Path(folder), hashes, content["lock_id"], dummy)
    except (OSError, ValueError, KeyError, TypeError):
        raise LockError(
            str(lock), "expected the verified lock", hint="delete the file and run again"
        ) from None


def names_file(pattern: str, name: str) -> bool:
    """Return whether a path or pattern of the configuration names a raw file.

    `*` and `?` stay within the name of a folder or file, `**` stands for any folders.
    """
    return pattern == name or _matches(PurePosixPath(pattern).parts, PurePosixPath(name).parts)


def _matches(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        return _matches(pattern[1:], parts) or _matches(pattern, parts[1:])
    return fnmatchcase(parts[0], pattern[0]) and _matches(pattern[1:], parts[1:])


def find_link(folder: Path, name: str) -> str:
    """Return why a path below `folder` is no plain file of plain folders, or `""`.

    What is not there at all is no link.
    """
    path = folder
    for part in PurePosixPath(name).parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except OSError:
            return ""
        kind = _kind(mode)
        if kind:
            shown = path.relative_to(folder).as_posix()
            return f"{shown} is {kind}" if shown != name else f"it is {kind}"
    return "it is a folder" if stat.S_ISDIR(mode) else ""


def walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (name below `folder`, kind) of everything in it; the kind of a plain file is `""`.

    Links are named and not followed: what they lead to may change without the folder's notice.
    """
    waiting: list[Path] = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append(Path(entry.path))
            else:
                yield Path(entry.path).relative_to(folder).as_posix(), _kind(mode)


def of_lock(names: Iterable[str]) -> list[str]:
    """Return the names that a lock is about: all but its own files, its log, its history and the README."""
    return [name for name in names if name not in BESIDE and PurePosixPath(name).parts[0] != HISTORY]


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "a special file (no plain file)"


def _restore(file: RawFile) -> str:
    return f"put the file of lock {file.lock_id} back, or lock what is there (workflow/docs/locks.md)"
