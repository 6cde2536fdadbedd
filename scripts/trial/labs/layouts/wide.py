"""Wide layout: one row per subject (or visit), one value column per analyte, visit or date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every measure of every table of the source."""
    from trial.labs.layouts.rows import read_wide

    return list(read_wide(name, source, raw, vocabulary, LAYOUT))


LAYOUT = Layout(read, measures=True)
