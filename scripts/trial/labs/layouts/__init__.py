"""The layouts, by name: a layout is one module of this folder, with its `LAYOUT`, and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from trial.labs.layouts import (  # noqa: F401 -- read below, all of them
    fhir,
    hl7,
    long,
    redcap,
    sdtm,
    wide,
    xml4,
)
from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

# Imported as modules and not by name, so that the code of every layout counts for the rules.
LAYOUTS: Mapping[str, Layout] = {
    name: module.LAYOUT
    for name, module in sorted(globals().items())
    if isinstance(module, ModuleType) and hasattr(module, "LAYOUT")
}


def read_source(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> RawRecords:
    """Return the raw records of every file of a source.

    Raises
    ------
    DataError
        If a file is absent, is not of the declared encoding and layout, or holds no records.
    """
    from trial.labs.raw import join_records

    return join_records(LAYOUTS[source.layout].read(name, source, raw, vocabulary))
