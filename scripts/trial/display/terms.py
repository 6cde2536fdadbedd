"""Organ classes and terms as tables show them: in the order of frequency, from what an analysis recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trial.display.context import Context
from trial.display.groups import TOTAL


@dataclass(frozen=True)
class Level:
    """A level as the analysis names it: any record, one of interest, an organ class or a term."""

    key: str
    kind: str
    label: str
    soc: str


def levels(context: Context, role: str, *kinds: str) -> tuple[Level, ...]:
    """Return the levels of some kinds as the analysis recorded them."""
    (record,) = context.records[role]
    return tuple(Level(**found) for found in record["levels"] if found["kind"] in kinds)


def by_frequency(context: Context, role: str, found: Iterable[Level]) -> list[Level]:
    """Return levels by the subjects of all arms, falling, then by name."""
    results = context.results[role]
    return sorted(
        found,
        key=lambda level: (-results.get("", "", TOTAL, f"{level.key}.subjects").value, level.label),
    )


def classes(context: Context, role: str) -> Iterator[tuple[Level, list[Level]]]:
    """Yield each organ class with its terms, the most frequent first."""
    terms = levels(context, role, "pt")
    for soc in by_frequency(context, role, levels(context, role, "soc")):
        yield soc, by_frequency(context, role, [term for term in terms if term.soc == soc.soc])
