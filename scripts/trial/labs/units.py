"""Units: spellings to UCUM codes, and the shipped conversion table.

A conversion is linear, `to = factor * from + offset`; its way back is the algebraic inverse, so one
equation serves both directions. Factors are decimal text with their source.
"""

import csv
import io
import unicodedata
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from trial.labs.text import CLEANED
from trial.study.errors import ConfigError

ANY = "*"
MICRO = str.maketrans({"\u00b5": "u", "\u03bc": "u", "×": "x"})


@dataclass(frozen=True)
class Conversion:
    """`to = from * times / per + offset`, with the text that outputs show.

    Multiplier and divisor stand apart so that a division by the printed factor is one division.
    """

    times: float
    per: float
    offset: float
    text: str

    @property
    def slope(self) -> float:
        """Return the change of `to` for one unit of `from`."""
        return self.times / self.per

    def apply(self, value: float) -> float:
        """Return the converted value (a number or an array)."""
        return value * self.times / self.per + self.offset

    def apply_change(self, change: float) -> float:
        """Return a converted difference of two values: the intercept falls out."""
        return change * self.times / self.per


@dataclass(frozen=True)
class Entry:
    """One row of the conversion table."""

    quantity: str
    from_unit: str
    to_unit: str
    factor: str
    offset: str
    molar_mass: str
    source: str


SAME = Conversion(1.0, 1.0, 0.0, "")


class UnitNames:
    """Finds the UCUM code of a unit as an export spells it."""

    def __init__(self, units: Mapping[str, tuple[str, ...]]) -> None:
        spellings = [(_spelling(text), code) for code, texts in units.items() for text in (code, *texts)]
        self._exact = dict(spellings)
        for text, code in spellings:
            if self._exact[text] != code:
                raise ConfigError("units", f"'{text}' stands for '{code}' and for '{self._exact[text]}'")
        folded: dict[str, set[str]] = {}
        for text, code in spellings:
            folded.setdefault(text.casefold(), set()).add(code)
        self._folded = {text: min(codes) for text, codes in folded.items() if len(codes) == 1}

    def find(self, text: str) -> str:
        """Return the UCUM code, or ``""`` when the spelling is not known."""
        spelling = _spelling(text)
        return self._exact.get(spelling) or self._folded.get(spelling.casefold(), "")


def _spelling(text: str) -> str:
    """Return a unit text with one character for micro, without spaces."""
    plain = unicodedata.normalize("NFKC", text.translate(CLEANED)).translate(MICRO)
    return "".join(plain.split())


@lru_cache(maxsize=1)
def read_conversions() -> tuple[Entry, ...]:
    """Return the shipped conversion table."""
    text = resources.files("trial.labs").joinpath("conversions.csv").read_text(encoding="utf-8")
    return tuple(Entry(**row) for row in csv.DictReader(io.StringIO(text)))


@lru_cache(maxsize=1000)
def find_conversion(quantity: str, from_unit: str, to_unit: str) -> Conversion | None:
    """Return the conversion of a quantity between two units by the shortest way, or None.

    Parameters
    ----------
    quantity : str
        Name in the conversion table; rows of `*` hold for every quantity.
    from_unit, to_unit : str
        UCUM codes.
    """
    waiting = deque([(from_unit, SAME)])
    seen = {from_unit}
    while waiting:
        unit, so_far = waiting.popleft()
        if unit == to_unit:
            return so_far
        for neighbour, step in _steps(quantity, unit):
            if neighbour not in seen:
                seen.add(neighbour)
                waiting.append((neighbour, _chain(so_far, step)))
    return None


def laboratory_factor(factor: str) -> Conversion:
    """Return the conversion by a laboratory's own factor: 1 `to_unit` = `factor` `from_unit`."""
    return Conversion(1.0, float(factor), 0.0, f"/ {factor}")


def _steps(quantity: str, unit: str) -> list[tuple[str, Conversion]]:
    steps = []
    for entry in read_conversions():
        if entry.quantity not in (quantity, ANY):
            continue
        factor, offset = float(entry.factor), float(entry.offset)
        if entry.from_unit == unit:
            steps.append((entry.to_unit, Conversion(factor, 1.0, offset, _text("x", entry))))
        elif entry.to_unit == unit:
            steps.append((entry.from_unit, Conversion(1.0, factor, -offset / factor, _text("/", entry))))
    return steps


def _text(sign: str, entry: Entry) -> str:
    if entry.offset == "0":
        return "" if entry.factor == "1" else f"{sign} {entry.factor}"
    if sign == "x":
        return f"x {entry.factor} + {entry.offset}"
    return f"(x - {entry.offset}) / {entry.factor}"


def _chain(first: Conversion, then: Conversion) -> Conversion:
    text = "; ".join(part for part in (first.text, then.text) if part)
    offset = then.slope * first.offset + then.offset
    return Conversion(first.times * then.times, first.per * then.per, offset, text)
