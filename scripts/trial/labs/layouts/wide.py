"""Wide layout: one row per subject (or visit), one value column per analyte, visit or date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every measure of every table of the source."""
    from trial.labs.layouts.rows import read_wide

    return list(read_wide(name, source, raw_dir, vocabulary, LAYOUT))


LAYOUT = Layout(read, measures=True)
