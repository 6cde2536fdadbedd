"""SDTM LB as CSV: the variables have the names that CDISC gives them (SDTMIG 3.4, domain LB)."""

from pathlib import Path

from trial.labs.config import Source
from trial.labs.layouts.long import read_long
from trial.labs.raw import RawRecords

COLUMNS = {
    "subject": "USUBJID",
    "analyte": "LBTESTCD",
    "result": "LBORRES",
    "unit": "LBORRESU",
    "collected": "LBDTC",
}


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records; permissible variables (LBREFID, LBSPEC, LBFAST...) are declared in `columns`."""
    return list(read_long(name, source, raw_dir, vocabulary, COLUMNS | source.columns))
