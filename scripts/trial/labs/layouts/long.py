"""Long layout: one row per result, one column per role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every table of the source."""
    from trial.labs.layouts.rows import read_long

    return list(read_long(name, source, raw, vocabulary, LAYOUT))


LAYOUT = Layout(read, requires=("analyte", "result"))
