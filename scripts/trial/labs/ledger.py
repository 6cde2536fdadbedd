"""The ledger of one run: the fate of every record, its flags, and what is asked about it.

A record is open until a rule gives it a fate; the first rule counts. Open at the end means used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trial.labs.rules import KEPT, RULES, SUPERSEDED

NOBODY = -1


@dataclass(frozen=True)
class Ask:
    """Questions of one rule: record numbers and what was found in each."""

    rule: str
    records: np.ndarray
    found: np.ndarray


class Ledger:
    """Fates, flags and questions of n records."""

    def __init__(self, length: int) -> None:
        self.rule = np.full(length, "", dtype=object)
        self.by = np.full(length, NOBODY, dtype=np.int64)
        self.flags: dict[str, np.ndarray] = {}
        self.asks: list[Ask] = []

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.rule)

    @property
    def open(self) -> np.ndarray:
        """Return which records have no fate yet."""
        return np.asarray(self.rule == "")

    def quarantine(self, rules: np.ndarray, found: np.ndarray) -> None:
        """Give the open records among those with a rule code in `rules` that fate, and ask.

        Parameters
        ----------
        rules : ndarray of object, shape (n,)
            Rule code per record, ``""`` for none.
        found : ndarray of object, shape (n,)
            What the question shows.
        """
        hit = np.flatnonzero((rules != "") & self.open)
        if len(hit):
            self.rule[hit] = rules[hit]
            for code in sorted(set(rules[hit])):
                self._ask(code, hit[rules[hit] == code], found)

    def quarantine_where(self, mask: np.ndarray, rule: str, found: np.ndarray) -> None:
        """Quarantine the open records of `mask` by one rule."""
        self.quarantine(np.where(mask, rule, "").astype(object), found)

    def supersede(self, record: int, by: int, rule: str) -> None:
        """Let `by` stand for `record`."""
        if RULES[rule].fate != SUPERSEDED:
            raise ValueError(f"{rule} does not supersede")
        self.rule[record] = rule
        self.by[record] = by

    def ask(self, mask: np.ndarray, rule: str, found: np.ndarray) -> None:
        """Ask about records that stay as they are."""
        if RULES[rule].fate != KEPT:
            raise ValueError(f"{rule} gives a fate")
        self._ask(rule, np.flatnonzero(mask), found)

    def ask_one(self, record: int, rule: str, found: str) -> None:
        """Ask about one record."""
        self.asks.append(Ask(rule, np.array([record]), np.array([found], dtype=object)))

    def flag(self, mask: np.ndarray, code: str) -> None:
        """Mark records; the marks stand in FLAGS."""
        if mask.any():
            self.flags[code] = self.flags.get(code, np.zeros(len(self), dtype=bool)) | mask

    def _ask(self, rule: str, records: np.ndarray, found: np.ndarray) -> None:
        if len(records) and RULES[rule].question:
            self.asks.append(Ask(rule, records, found[records]))


def join_ledgers(parts: Sequence[Ledger]) -> Ledger:
    """Return the ledger of the concatenated records."""
    joined = Ledger(sum(len(part) for part in parts))
    start = 0
    for part in parts:
        rows = slice(start, start + len(part))
        joined.rule[rows] = part.rule
        joined.by[rows] = np.where(part.by == NOBODY, NOBODY, part.by + start)
        joined.asks += [Ask(ask.rule, ask.records + start, ask.found) for ask in part.asks]
        for code, mask in part.flags.items():
            joined.flags.setdefault(code, np.zeros(len(joined), dtype=bool))[rows] = mask
        start += len(part)
    return joined
