"""Adverse events as tables and figures show them: their levels in order, their arms, their words."""

from collections.abc import Iterable, Iterator

from trial.display import terms
from trial.display.context import Context
from trial.display.groups import TOTAL
from trial.display.terms import Level

ROLE = "adverse"
NOT_RECORDED = "NOT_RECORDED"
EMERGENT = (
    "Adverse events are treatment-emergent: they start on or after the day of the first study procedure of "
    "the arm, or may have done so as far as their dates are known. Terms are as coded by the study."
)


def levels(context: Context, *kinds: str) -> tuple[Level, ...]:
    """Return the levels of some kinds as the analysis recorded them."""
    return terms.levels(context, ROLE, *kinds)


def any_event(context: Context) -> Level:
    """Return the level of any adverse event."""
    return levels(context, "any")[0]


def by_frequency(context: Context, found: Iterable[Level]) -> list[Level]:
    """Return levels by the subjects of all arms, falling, then by name."""
    return terms.by_frequency(context, ROLE, found)


def classes(context: Context) -> Iterator[tuple[Level, list[Level]]]:
    """Yield each organ class with its terms, the most frequent first."""
    return terms.classes(context, ROLE)


def severities(context: Context) -> list[tuple[str, str]]:
    """Return code and label of each severity, the mildest first; last that of none, where it occurs."""
    (record,) = context.records[ROLE]
    codes = [(code, code.capitalize()) for code in record["severity"]]
    return [*codes, (NOT_RECORDED, "Not recorded")] if "AESEV" in record["not_recorded"] else codes


def has_events(context: Context) -> bool:
    """Return whether there is any adverse event."""
    return context.results[ROLE].get("", "", TOTAL, f"{any_event(context).key}.events").value > 0
