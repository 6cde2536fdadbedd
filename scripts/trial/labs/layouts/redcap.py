"""Event export as REDCap writes it: one row per subject and event, one field per analyte.

`record_id` and `redcap_event_name` are the names that REDCap gives; fields come from `measures`.
"""

from pathlib import Path

from trial.labs.config import Source
from trial.labs.layouts.wide import read_wide
from trial.labs.raw import RawRecords

COLUMNS = {"subject": "record_id", "visit": "redcap_event_name"}


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every measure; `columns` of the source come on top of REDCap's own."""
    return list(read_wide(name, source, raw_dir, vocabulary, COLUMNS | source.columns))
