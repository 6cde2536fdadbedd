"""Where an output comes from: the lines that every table, figure and page carries about its origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trial.study.base import Identity
from trial.study.errors import DataError

LOCK = ("lock_id", "short_hash", "state", "cut_date")


@dataclass(frozen=True)
class Stamp:
    """Study, program and data lock of one output; no clock and no absolute path.

    `marks`: what must be said of the data on every output (`trial.study.label`).
    """

    protocol: str
    sponsor: str
    program: str
    lock_id: str
    short_hash: str
    state: str
    cut_date: str
    marks: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What the marks say in short, for the title of a page: each up to its colon."""
        return ", ".join(mark.partition(":")[0] for mark in self.marks)

    @property
    def lock_line(self) -> str:
        """Data cut, lock and state in one line."""
        return f"{self.cut_text}. Lock: {self.lock_text}, state {self.state}."

    @property
    def cut_text(self) -> str:
        """The data cut."""
        return f"Data cut: {self.cut_date}"

    @property
    def lock(self) -> dict[str, str]:
        """What the lines of the lock are made of."""
        return {name: getattr(self, name) for name in LOCK}

    @property
    def program_line(self) -> str:
        """The program that made the output, relative to the project."""
        return f"Program: {self.program}"

    @property
    def lock_text(self) -> str:
        """Lock id with short hash."""
        return f"{self.lock_id} ({self.short_hash})"


def read_stamp(
    lock: Mapping[str, Any], marks: Sequence[str], study: Identity, program: str, where: str
) -> Stamp:
    """Return the stamp of an output from the verified lock.

    Raises
    ------
    DataError
        If the lock lacks a field that outputs must print.
    """
    missing = [name for name in LOCK if name not in lock]
    if missing:
        raise DataError(where, f"expected the keys {list(LOCK)}, missing {missing}")
    return Stamp(
        protocol=f"{study.id} {study.short_title}".strip(),
        sponsor=study.sponsor,
        program=program,
        marks=tuple(marks),
        **{name: str(lock[name]) for name in LOCK},
    )
