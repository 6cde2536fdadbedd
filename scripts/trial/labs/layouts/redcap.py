"""Export of REDCap: one row per subject, event or instance, one field per analyte.

`record_id` and `redcap_event_name` are the names that REDCap gives; a project without events has no event
name, and rows of other instruments hold no field of a measure. Fields come from `measures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every measure; `columns` of the source come on top of REDCap's own."""
    from trial.labs.layouts.rows import read_wide

    return list(read_wide(name, source, raw, vocabulary, LAYOUT))


COLUMNS = {"subject": "record_id", "visit": "redcap_event_name"}
LAYOUT = Layout(read, columns=COLUMNS, optional=frozenset({"visit"}), measures=True)
