"""Long layout: one row per result, one column per role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every table of the source."""
    from trial.labs.layouts.rows import read_long

    return list(read_long(name, source, raw_dir, vocabulary, LAYOUT))


LAYOUT = Layout(read, requires=("analyte", "result"))
