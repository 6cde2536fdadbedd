"""Identifiers stop here: every text that leaves the intake is checked against those it has seen."""

import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from trial.labs.text import fold

WITHHELD = "[withheld]"
LONGEST_NAME = 8
SHORTEST = 5
DIGITS = re.compile(r"\d+")
# The family names of nine Vietnamese in ten: a cell that slipped into another column may hold a name
# that no column of identifiers shows. Without accents only those that are no other word.
FAMILY_NAMES = {
    "nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô",
    "dương", "lý", "đinh", "trương", "trịnh", "đoàn", "lương", "lưu",
    "nguyen", "tran", "pham", "huynh", "hoang", "dang", "bui", "duong", "truong", "trinh",
}  # fmt: skip
PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)")


def has_name(words: list[str]) -> bool:
    """Return whether folded words hold a Vietnamese person's name: a family name and a further word."""
    return any(word in FAMILY_NAMES and after.isalpha() for word, after in pairwise(words))


class Identifiers:
    """Names, birth dates, hospital numbers and phones that no output may hold."""

    def __init__(self, texts: Iterable[str], numbers: Iterable[str]) -> None:
        folded = {fold(text) for text in texts}
        self._texts = {text for text in folded if len(text) >= SHORTEST}
        self._words = {text for text in self._texts if " " in text}
        # Leading zeros get lost: a hospital number is compared without them.
        bare = (number.lstrip("0") for number in numbers)
        self._numbers = {number for number in bare if len(number) >= SHORTEST}
        self._sizes = sorted({len(number) for number in self._numbers})

    def withhold(self, texts: np.ndarray, *, prose: bool) -> np.ndarray:
        """Return texts with those that hold an identifier replaced.

        Parameters
        ----------
        texts : ndarray of object
        prose : bool
            Also replace what looks like a phone number or holds a hospital number among other digits.
            Not for barcodes, which are long numbers themselves; text with spaces is none.
        """
        codes, distinct = pd.factorize(texts)
        safe = np.empty(len(distinct), dtype=object)
        for at, text in enumerate(distinct):
            safe[at] = WITHHELD if self.holds(text, prose=prose) else text
        return safe[codes]

    def equals_number(self, values: np.ndarray) -> np.ndarray:
        """Return which numbers are hospital numbers (a cell that slipped into another column)."""
        numbers = [float(number) for number in self._numbers if number.isdigit()]
        return np.isin(values, np.array(numbers))

    def holds(self, text: str, *, prose: bool = True) -> bool:
        """Return whether a text holds an identifier."""
        if not text:
            return False
        folded = fold(text)
        if folded in self._texts:
            return True
        runs = DIGITS.findall(folded)
        if any(run.lstrip("0") in self._numbers for run in runs):
            return True
        if (prose or " " in folded) and (
            PHONE.search(folded) or any(self._holds_number(run) for run in runs)
        ):
            return True
        words = folded.split()
        return has_name(words) or self._holds_name(words)

    def _holds_number(self, run: str) -> bool:
        return any(
            run[start : start + size] in self._numbers
            for size in self._sizes
            for start in range(len(run) - size + 1)
        )

    def _holds_name(self, words: list[str]) -> bool:
        for size in range(2, min(len(words), LONGEST_NAME) + 1):
            for start in range(len(words) - size + 1):
                if " ".join(words[start : start + size]) in self._words:
                    return True
        return False
