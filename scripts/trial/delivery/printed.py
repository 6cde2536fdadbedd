"""Printed text back to numbers: which token of a cell is which of its results.

Written without the code that prints, so that it can find that code's mistakes.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"
STAND_INS = ("NE", "withheld")
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>[<>≤≥]?)(?P<number>[-{MINUS}]?\d+(?:\.\d+)?(?:e[-+{MINUS}]?\d+)?)(?P<percent>%?)"
)
_MARKS = re.compile(r"\s*\[[a-z]+(?:,[a-z]+)*\]$")


@dataclass(frozen=True)
class Token:
    """One number of a printed text: its text, sign of a bound, value, half of its last digit's unit."""

    text: str
    sign: str
    value: float
    half: float

    def shows(self, value: float) -> bool:
        """Return whether it is this value rounded, or a bound that holds for it."""
        if self.sign and self.sign in "<≤":
            return value <= self.value or abs(value - self.value) <= self.half
        if self.sign:
            return value >= self.value or abs(value - self.value) <= self.half
        # Binary noise moves a value that ends in 5 to either side.
        return abs(value - self.value) <= self.half * (1 + 1e-9) + 1e-11 * abs(value)

    def shows_one_of(self, ordered: Sequence[float]) -> bool:
        """Return whether it is one of these values, in ascending order: the nearest of either side decide."""
        if not ordered:
            return False
        if self.sign:
            return self.shows(ordered[0 if self.sign in "<≤" else -1])
        at = bisect_left(ordered, self.value)
        return any(map(self.shows, ordered[max(at - 1, 0) : at + 1]))


def plain(text: str) -> str:
    """Return a cell's text without the letters of its footnotes."""
    return _MARKS.sub("", text)


def tokens(text: str) -> list[Token]:
    """Return the numbers of a text in order; digits inside words are none."""
    found = []
    for match in _NUMBER.finditer(text):
        number = match["number"].replace(MINUS, "-")
        digits, _, power = number.partition("e")
        unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
        found.append(Token(match[0], match["sign"], float(number), unit / 2))
    return found


@dataclass(frozen=True)
class Shown:
    """What a cell shows: the token of each result that it prints, and whether all of it is explained."""

    texts: dict[str, str]
    agrees: bool


def shown_results(text: str, ids: Sequence[str], values: Sequence[Sequence[float]]) -> Shown:
    """Return which token of a cell's text is which result.

    Parameters
    ----------
    text : str
        The cell as printed.
    ids, values : sequences
        Its results in order, of each the numbers as which it may be printed (a share also in percent); none
        for one that has no value.

    Notes
    -----
    Tokens and results are taken in order; a result may be left out (a zero count has no percent), a token may
    not: every number of the cell must be one of its results. A cell without any number is a word that stands
    for all of them.
    """
    body = plain(text)
    numbers = tokens(body)
    if not numbers:
        return Shown(dict.fromkeys(ids, body), _is_word(body, values))
    texts: dict[str, str] = {}
    waiting = list(zip(ids, values, strict=True))
    for token in numbers:
        while waiting and not any(map(token.shows, waiting[0][1])):
            waiting.pop(0)
        if not waiting:
            return Shown(texts, False)
        texts[waiting.pop(0)[0]] = token.text
    return Shown(texts, True)


def _is_word(body: str, values: Sequence[Sequence[float]]) -> bool:
    """A stand-in for a number needs a result without a value; another word (pass, rejected) is a value."""
    return not all(values) if body in STAND_INS else True
