"""What a test found: whether it holds, the value that says so, and the raw record it stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PLACE = ("FILE", "SHEET", "ROW", "COLUMN")


@dataclass(frozen=True)
class Evidence:
    """The answer of one test for one subject.

    Attributes
    ----------
    holds : bool or None
        None where the data do not decide.
    value, unit : str
        What was looked at, as printed.
    reason : str
        Why it is undecided, or what the value says.
    place : tuple of str
        File, sheet, row and column of the raw record; empty where there is none.
    """

    holds: bool | None
    value: str = ""
    unit: str = ""
    reason: str = ""
    place: tuple[str, str, str, str] = ("", "", "", "")


def place_of(row: Mapping[Any, Any]) -> tuple[str, str, str, str]:
    """Return where a record stands."""
    file, sheet, line, column = (str(row.get(name, "")) for name in PLACE)
    return file, sheet, line, column


def deciding(found: Iterable[Evidence], answer: bool | None) -> Evidence:
    """Return the evidence that gave the answer of several tests: the first with it, else the first."""
    evidence = list(found)
    return next((one for one in evidence if one.holds is answer), evidence[0])


def number_text(value: float) -> str:
    """Return a number as shortest text of at most six significant digits."""
    return f"{value:.6g}"
