"""Units: spellings to UCUM codes, and the shipped conversion table.

A conversion is linear, `to = factor * from + offset`; its way back is the algebraic inverse, so one
equation serves both directions. Factors are decimal text with their source.
"""

import csv
import io
import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping
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
# Quantities without a conversion of their own beside those of every quantity.
PLAIN = frozenset({"mass", "amount", "count", "ratio", "cytokine", "insulin", "titre", "score", "none"})
# Known ratios of assays, for suspicion and for checks of the configuration, never for conversion:
# Voelund 1993, and as Roche Elecsys prints it.
ASSAYS = tuple(
    Entry("insulin", "u[IU]/mL", "pmol/L", ratio, "0", "", source)
    for ratio, source in (("6.0", "Voelund 1993"), ("6.945", "Roche Elecsys"))
)


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


class Conversions:
    """Finds conversions in the shipped table and in the rows that a study adds."""

    def __init__(self, added: Iterable[Entry] = ()) -> None:
        self.entries = (*read_conversions(), *added)
        self._found: dict[tuple[str, str, str], Conversion | None] = {}

    def find(self, quantity: str, from_unit: str, to_unit: str) -> Conversion | None:
        """Return the conversion of a quantity between two units by the shortest way, or None.

        Parameters
        ----------
        quantity : str
            Name in the conversion table; rows of `*` hold for every quantity.
        from_unit, to_unit : str
            UCUM codes.
        """
        asked = (quantity, from_unit, to_unit)
        if asked not in self._found:
            self._found[asked] = self._search(*asked)
        return self._found[asked]

    def quantities(self) -> frozenset[str]:
        """Return every name that `analytes.<code>.quantity` may have."""
        return PLAIN | {entry.quantity for entry in self.entries} - {ANY}

    def usual_slopes(self, quantity: str, from_unit: str, to_unit: str) -> tuple[float, ...]:
        """Return the slopes that a value of this quantity may have: the table's, or those of known assays."""
        if (found := self.find(quantity, from_unit, to_unit)) is not None:
            return (found.slope,)
        ways = [Conversions((*self.entries[len(read_conversions()) :], row)) for row in ASSAYS]
        slopes = [way.find(quantity, from_unit, to_unit) for way in ways]
        return tuple(found.slope for found in slopes if found is not None)

    def _search(self, quantity: str, from_unit: str, to_unit: str) -> Conversion | None:
        waiting = deque([(from_unit, SAME)])
        seen = {from_unit}
        while waiting:
            unit, so_far = waiting.popleft()
            if unit == to_unit:
                return so_far
            for neighbour, step in _steps(self.entries, quantity, unit):
                if neighbour not in seen:
                    seen.add(neighbour)
                    waiting.append((neighbour, _chain(so_far, step)))
        return None


@lru_cache(maxsize=1)
def shipped_conversions() -> Conversions:
    """Return the conversions of the shipped table alone."""
    return Conversions()


@dataclass(frozen=True)
class OwnFactor:
    """A laboratory's own conversion made ready: the unit it is for, and the ways to the analyte's unit."""

    reported: str
    first: Conversion
    onward: Conversion


def own_factor(
    factor: str, from_unit: str, to_unit: str, quantity: str, unit: str, conversions: Conversions
) -> OwnFactor | None:
    """Return the conversion of reported values by `to_unit = factor x from_unit`, as in the table.

    It serves both ways: the end that leads to the analyte's unit is the target, the other one is the
    unit reported. None where neither end leads there.
    """
    times = float(factor)
    ways = (
        (from_unit, to_unit, Conversion(times, 1.0, 0.0, f"x {factor}")),
        (to_unit, from_unit, Conversion(1.0, times, 0.0, f"/ {factor}")),
    )
    ready = [
        (target == unit, OwnFactor(reported, first, onward))
        for reported, target, first in ways
        if reported != unit and (onward := conversions.find(quantity, target, unit)) is not None
    ]
    return max(ready, key=lambda way: way[0])[1] if ready else None


def _steps(entries: Iterable[Entry], quantity: str, unit: str) -> list[tuple[str, Conversion]]:
    steps = []
    for entry in entries:
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
