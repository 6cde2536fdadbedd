"""SDTM LB: the variables have the names that CDISC gives them (SDTMIG 3.4, domain LB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

COLUMNS = {
    "subject": "USUBJID",
    "analyte": "LBTESTCD",
    "result": "LBORRES",
    "unit": "LBORRESU",
    "collected": "LBDTC",
}


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records; permissible variables (LBREFID, LBSPEC, LBFAST...) are declared in `columns`."""
    from trial.labs.layouts.rows import read_long

    return list(read_long(name, source, raw, vocabulary, LAYOUT))


LAYOUT = Layout(read, columns=COLUMNS)
