"""Rules of data sets of the Occurrence Data Structure."""

from collections.abc import Iterator

from trial.export.checks.rule import Broken, Looked

# A coded term and the level of its dictionary above it.
LEVELS = {"AEDECOD": "AEBODSYS", "MHDECOD": "MHBODSYS", "CMDECOD": "CMCLASS"}


def with_levels(looked: Looked) -> Iterator[Broken]:
    """A coded term has the level above it."""
    for term, level in LEVELS.items():
        if looked.has(term, level):
            bad = (looked.table[term] != "") & (looked.table[level] == "")
            yield from looked.where(bad, level, term)


def emergent(looked: Looked) -> Iterator[Broken]:
    """Nothing that emerged under treatment began before it."""
    name = next((one for one in ("TRTEMDT", "TRTSDT") if one in looked.adsl), "")
    if looked.has("TRTEMFL", "ASTDT") and name:
        first = looked.table["USUBJID"].map(dict(zip(looked.adsl["USUBJID"], looked.adsl[name], strict=True)))
        start = looked.table["ASTDT"]
        bad = (looked.table["TRTEMFL"] == "Y") & (start != "") & (start < first.fillna(""))
        yield from looked.where(bad, "TRTEMFL", "ASTDT")


def started(looked: Looked) -> Iterator[Broken]:
    """An occurrence has a start."""
    if looked.has("ASTDT"):
        yield from looked.where(looked.table["ASTDT"] == "", "ASTDT")
