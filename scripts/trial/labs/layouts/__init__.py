"""One small module per layout: `read(source, name, raw_dir) -> RawRecords`."""

from pathlib import Path

from trial.labs.config import Source
from trial.labs.layouts import hl7, long, redcap, sdtm, wide, xml4
from trial.labs.raw import RawRecords, join_records

READERS = {
    "long": long.read,
    "wide": wide.read,
    "redcap": redcap.read,
    "sdtm": sdtm.read,
    "xml4": xml4.read,
    "hl7": hl7.read,
}


def read_source(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> RawRecords:
    """Return the raw records of every file of a source.

    Raises
    ------
    DataError
        If a file is absent, is not of the declared encoding and layout, or holds no records.
    """
    return join_records(READERS[source.layout](name, source, raw_dir, vocabulary))
