"""What the pipeline wrote, as it wrote it: SHA-256, bytes and data rows of every file of its own.

A folder that holds a file `written.tsv` keeps such a ledger of everything below it; the Snakefile begins one
in `results`. Whoever writes a file adds a line before the file takes its place, and the last line of a name
counts. So a file that differs from its last line is damaged, replaced, or was never finished, and whoever
reads it refuses it. Of a file without a line nothing is known and it is read as it is: one put there by hand,
or one of a folder without ledger. Names are relative: a folder that is copied or moved keeps its ledger.

A line is written in one piece, begins with its line feed and ends with a field of fixed length: what a killed
writer left of one is recognised, and ends where the next begins.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

NAME = "written.tsv"
DIGITS = 64
FORGOTTEN = "0" * DIGITS  # in the place of the hash of a file that was removed or moved on purpose


class Written(NamedTuple):
    """A file as it was written: SHA-256 in hexadecimal digits, size in bytes, data rows of a table."""

    sha256: str
    size: int
    rows: int | None = None

    def difference(self, content: bytes) -> str:
        """Return in what `content` differs from what was written; empty if in nothing."""
        rows = "" if self.rows is None else f" with {self.rows} data rows"
        if len(content) != self.size:
            return f"it has {len(content)} bytes, but {self.size} bytes{rows} were written"
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            return (
                f"its {self.size} bytes{rows} are not those that were written "
                f"(SHA-256 {found[:12]}..., not {self.sha256[:12]}...)"
            )
        return ""


class Ledger:
    """The ledger of a folder.

    Parameters
    ----------
    folder : Path
        Absolute.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / NAME
        self._lines: dict[bytes, tuple[bytes, bytes, bytes]] = {}
        self._file = self._read_to = 0

    def begin(self) -> None:
        """Make an empty ledger where there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab"):
            pass

    def exists(self) -> bool:
        """Return whether the folder has a ledger."""
        return self._path.is_file()

    def get(self, path: Path) -> Written | None:
        """Return how a file was written, or None where nothing is known of it."""
        self._read_on()
        line = self._lines.get(self._key(path))
        return None if line is None else _written(*line)

    def items(self) -> list[tuple[str, Written]]:
        """Return every file of which something is known, by its name below the folder, sorted."""
        self._read_on()
        return [(_unescaped(key), _written(*line)) for key, line in sorted(self._lines.items())]

    def record(self, path: Path, written: Written) -> None:
        """Add the line of a file."""
        rows = "" if written.rows is None else str(written.rows)
        self._add([(self._key(path), str(written.size).encode(), rows.encode(), written.sha256.encode())])

    def forget(self, paths: Iterable[Path]) -> None:
        """Know nothing any longer of files that were removed or moved on purpose."""
        self._add([(self._key(path), b"0", b"", FORGOTTEN.encode()) for path in paths])

    def shorten(self) -> None:
        """Keep one line of each file, sorted: whatever the order of the jobs was, it then says the same."""
        with self._alone():
            self._read_on()
            part = self._path.with_name(f".{NAME}.part")
            part.write_bytes(_text([(key, *line) for key, line in sorted(self._lines.items())]))
            part.replace(self._path)

    def _add(self, lines: list[tuple[bytes, ...]]) -> None:
        text = _text(lines)
        with self._alone() as stream:
            while text:  # a full disk may take a part and refuse the rest
                text = text[stream.write(text) :]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[FileIO]:
        """Open the ledger at its end, with no other writer there, nor one that replaces it."""
        while True:
            with self._path.open("ab", buffering=0) as stream:
                with contextlib.suppress(OSError):  # some network file systems have no such lock
                    fcntl.flock(stream, fcntl.LOCK_EX)
                if os.fstat(stream.fileno()).st_ino == self._path.stat().st_ino:
                    yield stream
                    return

    def _read_on(self) -> None:
        """Read what was added since it was last looked at."""
        state = self._path.stat()
        if state.st_ino != self._file or state.st_size < self._read_to:
            self._lines, self._file, self._read_to = {}, state.st_ino, 0
        if state.st_size == self._read_to:
            return
        with self._path.open("rb") as stream:
            stream.seek(self._read_to)
            text = stream.read()
        lines = text.split(b"\n")
        for line in lines:
            key, *fields = line.split(b"\t")
            if len(fields) == 3 and len(fields[2]) == DIGITS and fields[0].isdigit():
                self._lines[key] = (fields[0], fields[1], fields[2])
                if fields[2] == FORGOTTEN.encode():
                    del self._lines[key]
        # The last line may be one that is being written: it is read again.
        self._read_to += len(text) - len(lines[-1])

    def _key(self, path: Path) -> bytes:
        name = str(Path(path).absolute()).removeprefix(f"{self.folder}/")
        return os.fsencode(name.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n"))


_known: dict[str, Ledger] = {}


def ledger_of(path: Path) -> Ledger | None:
    """Return the ledger of the nearest folder above a file that has one."""
    # In texts: this is done for every file that is read or written, and paths take ten times as long.
    folders = _folders_above(str(Path(path).absolute()))
    for folder in folders:
        if folder in _known and _known[folder].exists():
            return _known[folder]
    for folder in folders:
        if (ledger := Ledger(Path(folder))).exists():
            return _known.setdefault(folder, ledger)
    return None


def _folders_above(path: str) -> list[str]:
    folders = []
    while path := path.rpartition("/")[0]:
        folders.append(path)
    return folders


def forget(paths: Iterable[Path]) -> None:
    """Know nothing any longer of files that were removed or moved on purpose, each in its ledger."""
    for path in paths:
        if ledger := ledger_of(path):
            ledger.forget([path])


def _text(lines: Iterable[tuple[bytes, ...]]) -> bytes:
    return b"".join(b"\n" + b"\t".join(line) for line in lines)


def _written(size: bytes, rows: bytes, digest: bytes) -> Written:
    return Written(digest.decode("ascii", "replace"), int(size), int(rows) if rows.isdigit() else None)


def _unescaped(key: bytes) -> str:
    name = os.fsdecode(key)
    if "\\" not in name:
        return name
    parts = [part.replace(r"\t", "\t").replace(r"\n", "\n") for part in name.split(r"\\")]
    return "\\".join(parts)
