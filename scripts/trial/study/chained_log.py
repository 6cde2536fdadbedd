"""Logs that are only ever added to: each line carries a hash of itself and of the line before it.

An edited, inserted or removed line breaks the chain at its place. Lines taken off the end leave it sound, so
the last hash is kept elsewhere too (`results/lock.json` and the manifest have it).
"""

import csv
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from trial.study.errors import LockError

CHAIN = "CHAIN"


def read_log(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the lines of a log, oldest first, each with its `CHAIN`; none where there is no file.

    Raises
    ------
    LockError
        If the file is no such log, or a line is not the one that was written.
    """
    if not path.is_file():
        return []
    try:
        text = path.read_bytes().decode("utf-8")
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (OSError, ValueError, csv.Error):
        header, rows = [], []
    hint = "restore the log from your records; a log is only added to, by the commands that keep it"
    if header != [*columns, CHAIN]:
        raise LockError(str(path), f"expected the columns {', '.join((*columns, CHAIN))}", hint=hint)
    before, lines = "", []
    for at, row in enumerate(rows, 1):
        if len(row) != len(header) or row[-1] != _link(before, row[:-1]):
            raise LockError(f"{path}, entry {at}", "it was edited, or one before it was taken out", hint=hint)
        before = row[-1]
        lines.append(dict(zip(header, row, strict=True)))
    return lines


def append_log(path: Path, columns: Sequence[str], values: Mapping[str, str]) -> None:
    """Add a line to a log, which is begun where there is none; errors are those of `read_log`."""
    lines = read_log(path, columns)
    row = [_one_line(values[name]) for name in columns]
    row.append(_link(lines[-1][CHAIN] if lines else "", row))
    text = _line(row) if lines or path.is_file() else _line([*columns, CHAIN]) + _line(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())


def _link(before: str, row: Sequence[str]) -> str:
    return hashlib.sha256(f"{before}\n{_line(row)}".encode()).hexdigest()


def _line(row: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(row)
    return stream.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())
