"""Where an output comes from: the lines that every table, figure and page carries about its origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trial.study.base import Identity
from trial.study.errors import DataError

SYNTHETIC_MARK = "SYNTHETIC DATA: made by a program, no patients"


@dataclass(frozen=True)
class Stamp:
    """Study, program and data lock of one output; no clock and no absolute path."""

    protocol: str
    sponsor: str
    program: str
    lock_id: str
    short_hash: str
    state: str
    cut_date: str
    synthetic: bool

    @property
    def lock_line(self) -> str:
        """Data cut, lock and state in one line."""
        return f"Data cut: {self.cut_date}. Lock: {self.lock_id} ({self.short_hash}), state {self.state}."

    @property
    def program_line(self) -> str:
        """The program that made the output, relative to the project."""
        return f"Program: {self.program}"

    @property
    def lock_text(self) -> str:
        """Lock id with short hash."""
        return f"{self.lock_id} ({self.short_hash})"


def read_stamp(lock: Mapping[str, Any], study: Identity, program: str, where: str) -> Stamp:
    """Return the stamp of an output from the verified lock.

    Raises
    ------
    DataError
        If the lock lacks a field that outputs must print.
    """
    wanted = ("lock_id", "short_hash", "state", "synthetic", "cut_date")
    missing = [name for name in wanted if name not in lock]
    if missing:
        raise DataError(where, f"expected the keys {list(wanted)}, missing {missing}")
    if not isinstance(lock["synthetic"], bool):
        raise DataError(where, f"synthetic: expected true or false, found {lock['synthetic']!r}")
    return Stamp(
        protocol=f"{study.id} {study.short_title}".strip(),
        sponsor=study.sponsor,
        program=program,
        lock_id=str(lock["lock_id"]),
        short_hash=str(lock["short_hash"]),
        state=str(lock["state"]),
        cut_date=str(lock["cut_date"]),
        synthetic=lock["synthetic"],
    )
