"""The layouts, by name: a layout is one module of this folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from trial.labs.layouts import fhir, hl7, long, redcap, sdtm, wide, xml4
from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords

LAYOUTS: Mapping[str, Layout] = {
    "long": long.LAYOUT,
    "wide": wide.LAYOUT,
    "redcap": redcap.LAYOUT,
    "sdtm": sdtm.LAYOUT,
    "xml4": xml4.LAYOUT,
    "hl7": hl7.LAYOUT,
    "fhir": fhir.LAYOUT,
}


def read_source(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> RawRecords:
    """Return the raw records of every file of a source.

    Raises
    ------
    DataError
        If a file is absent, is not of the declared encoding and layout, or holds no records.
    """
    from trial.labs.raw import join_records

    return join_records(LAYOUTS[source.layout].read(name, source, raw_dir, vocabulary))
