"""Columns of text held as codes and distinct texts: work is done once per distinct text, not per row.

An export of a million rows has a few thousand distinct results, names and dates; every step of the
intake maps over the distinct texts and spreads the answer by the codes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Column:
    """A column of text: `texts[codes[i]]` is the text of row i.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
    texts : tuple of str
        Distinct when made by `Coder`; equal texts may stand twice after `recode`.
    """

    codes: np.ndarray
    texts: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def map(self, function: Callable[[str], Any], dtype: Any = object) -> np.ndarray:
        """Return `function(text)` of every row, called once per distinct text."""
        answers = np.empty(len(self.texts), dtype=dtype)
        for at, text in enumerate(self.texts):
            answers[at] = function(text)
        return np.asarray(answers[self.codes])

    def map_parts(self, function: Callable[[str], Sequence[Any]], dtypes: Sequence[Any]) -> list[np.ndarray]:
        """Return one array per part of the tuples that `function` returns."""
        parts = [np.empty(len(self.texts), dtype=dtype) for dtype in dtypes]
        for at, text in enumerate(self.texts):
            for part, answer in zip(parts, function(text), strict=True):
                part[at] = answer
        return [part[self.codes] for part in parts]

    def recode(self, function: Callable[[str], str]) -> "Column":
        """Return the column with every text replaced by `function(text)`."""
        return Column(self.codes, tuple(function(text) for text in self.texts))

    def spread(self) -> np.ndarray:
        """Return the texts as an object array, one per row."""
        return np.asarray(np.array((*self.texts, ""), dtype=object)[self.codes])

    def counts(self) -> np.ndarray:
        """Return how many rows hold each text."""
        return np.bincount(self.codes, minlength=len(self.texts))

    def replace(self, rows: np.ndarray, text: str) -> "Column":
        """Return the column with `text` in the given rows."""
        codes = self.codes.copy()
        codes[rows] = len(self.texts)
        return Column(codes, (*self.texts, text))

    def take(self, rows: np.ndarray) -> "Column":
        """Return the column of the given rows."""
        return Column(self.codes[rows], self.texts)


def constant(text: str, length: int) -> Column:
    """Return a column with one text in every row."""
    return Column(np.zeros(length, dtype=np.int32), (text,))


class Coder:
    """Builds a `Column` chunk by chunk."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}
        self._parts: list[np.ndarray] = []

    def add(self, texts: Iterable[str]) -> np.ndarray:
        """Append texts; returns their codes."""
        seen = self._code
        codes = np.array([seen.setdefault(text, len(seen)) for text in texts], dtype=np.int32)
        self._parts.append(codes)
        return codes

    def column(self) -> Column:
        """Return what was added."""
        codes = np.concatenate(self._parts) if self._parts else np.empty(0, dtype=np.int32)
        return Column(codes, tuple(self._code))


def join_texts(one: Column, two: Column) -> Column:
    """Return the column of both texts with a space between them; where the first is blank, it stays blank."""
    if two.texts in ((), ("",)):
        return one
    pairs, codes = np.unique(one.codes.astype(np.int64) * len(two.texts) + two.codes, return_inverse=True)
    split = ((one.texts[pair // len(two.texts)], two.texts[pair % len(two.texts)]) for pair in pairs)
    texts = tuple(f"{first} {second}" if first.strip() else "" for first, second in split)
    return Column(codes.reshape(-1), texts)


def column_of(texts: Iterable[str]) -> Column:
    """Return a column of the given texts."""
    coder = Coder()
    coder.add(texts)
    return coder.column()


def concatenate(columns: Sequence[Column]) -> Column:
    """Return the columns one after the other."""
    code: dict[str, int] = {}
    parts = []
    for column in columns:
        moved = np.array([code.setdefault(text, len(code)) for text in column.texts], dtype=np.int32)
        parts.append(moved[column.codes] if len(moved) else column.codes)
    return Column(np.concatenate(parts) if parts else np.empty(0, dtype=np.int32), tuple(code))
