"""Adverse events as tables and figures show them: their levels in order, their arms, their words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.sizes import TOTAL, Group, column_groups

__all__ = [
    "EMERGENT",
    "NOT_RECORDED",
    "ROLE",
    "TOTAL",
    "Group",
    "Level",
    "any_event",
    "by_frequency",
    "classes",
    "column_groups",
    "count",
    "has_events",
    "levels",
    "severities",
]
ROLE = "adverse"
NOT_RECORDED = "NOT_RECORDED"
EMERGENT = (
    "Adverse events are treatment-emergent: they start on or after the day of the first study procedure of "
    "the arm, or may have done so as far as their dates are known. Terms are as coded by the study."
)
count = partial(format_number, decimals=0)


@dataclass(frozen=True)
class Level:
    """A level of adverse events as the analysis names it: any, of interest, an organ class or a term."""

    key: str
    kind: str
    label: str
    soc: str


def levels(context: Context, *kinds: str) -> tuple[Level, ...]:
    """Return the levels of some kinds as the analysis recorded them."""
    (record,) = context.records[ROLE]
    return tuple(Level(**found) for found in record["levels"] if found["kind"] in kinds)


def any_event(context: Context) -> Level:
    """Return the level of any adverse event."""
    return levels(context, "any")[0]


def by_frequency(context: Context, found: Iterable[Level]) -> list[Level]:
    """Return levels by the subjects of all arms, falling, then by name."""
    results = context.results[ROLE]
    return sorted(
        found,
        key=lambda level: (-results.get("", "", TOTAL, f"{level.key}.subjects").value, level.label),
    )


def classes(context: Context) -> Iterator[tuple[Level, list[Level]]]:
    """Yield each organ class with its terms, the most frequent first."""
    terms = levels(context, "pt")
    for soc in by_frequency(context, levels(context, "soc")):
        yield soc, by_frequency(context, [term for term in terms if term.soc == soc.soc])


def severities(context: Context) -> list[tuple[str, str]]:
    """Return code and label of each severity, the mildest first; last that of none, where it occurs."""
    (record,) = context.records[ROLE]
    codes = [(code, code.capitalize()) for code in record["severity"]]
    return [*codes, (NOT_RECORDED, "Not recorded")] if "AESEV" in record["not_recorded"] else codes


def has_events(context: Context) -> bool:
    """Return whether there is any adverse event."""
    return context.results[ROLE].get("", "", TOTAL, f"{any_event(context).key}.events").value > 0
