"""SAS transport files, version 5: one data set each, ASCII, the same bytes for the same data cut.

What the format cannot hold is refused by the checks, before anything is written: pyreadstat itself cuts a
label of 50 characters and writes a text of 250 without a word.
"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trial.export.datasets import Exported
from trial.export.files import read_bytes, write_bytes
from trial.export.package import Export
from trial.export.transliteration import to_ascii
from trial.study.errors import DataError
from trial.study.variables import NUMBER_LENGTH

if TYPE_CHECKING:
    import pandas as pd

FOLDER, RECORD = "datasets", 80
VERSION: Literal[5] = 5  # pyreadstat's own choice would be 8
EPOCH = date(1960, 1, 1)
# Where the header holds when the library and the member were made and changed (SAS TS-140).
STAMPS = (144, 160, 464, 480)
STAMP = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")
# Not by strftime: its names of months follow the locale.
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def write(export: Export, folder: Path) -> None:
    """Write every data set as `datasets/<name>.xpt`, and compare what was written with what was meant.

    Raises
    ------
    DataError
        If a file read back is not what was written.
    """
    for dataset in export.datasets:
        path = folder / FOLDER / f"{dataset.name.lower()}.xpt"
        _write(dataset, transport_table(dataset, export.tables[dataset.name]), path, export.cut)


def transport_table(dataset: Exported, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the records as a transport file holds them: text in ASCII, dates as days since 1960-01-01."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for column in dataset.columns:
        values = table[column.name]
        if column.kind == "number":
            columns[column.name] = values.astype(float)
        elif column.kind == "date":
            days = {text: float("nan") if not text else sas_day(text) for text in values.unique()}
            columns[column.name] = values.map(days).astype(float)
        else:
            texts = {text: to_ascii(text) for text in values.unique()}
            columns[column.name] = values.map(texts).astype(object)
    return pd.DataFrame(columns, index=table.index)


def sas_day(text: str) -> float:
    """Return an ISO date as days since 1960-01-01."""
    return float((date.fromisoformat(text) - EPOCH).days)


def stamp(when: datetime) -> bytes:
    """Return a time as the header of a transport file holds it, in 16 bytes."""
    return f"{when:%d}{MONTHS[when.month - 1]}{when:%y:%H:%M:%S}".encode("ascii")


def _write(dataset: Exported, table: "pd.DataFrame", path: Path, cut: datetime) -> None:
    import pyreadstat

    path.parent.mkdir(parents=True, exist_ok=True)
    pyreadstat.write_xport(
        _longer_than_a_card(table),
        path,
        file_label=to_ascii(dataset.label),
        table_name=dataset.name,
        column_labels=[to_ascii(column.label) for column in dataset.columns],
        variable_format={
            column.name: column.display_format for column in dataset.columns if column.display_format
        },
        file_format_version=VERSION,
    )
    content = bytearray(read_bytes(path))
    for at in STAMPS:
        if not STAMP.fullmatch(content[at : at + 16]):
            raise DataError(str(path), f"no time stamp at byte {at}: not the header of version {VERSION}")
        content[at : at + 16] = stamp(cut)
    write_bytes(path, bytes(content))
    _compare(dataset, table, path)


def _longer_than_a_card(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the records so wide that pandas can count them: blanks behind a text, which no reader keeps.

    A file is padded with blanks to cards of 80 bytes. In records of 80 or less pandas takes every eight
    blanks of the last card for padding, those of an empty text too, and loses the last record.
    """
    texts = [name for name in table if table[name].dtype == object]
    width = NUMBER_LENGTH * (table.shape[1] - len(texts))
    width += sum(max(1, *map(len, table[name])) for name in texts)
    if width > RECORD:
        return table
    first = table[texts[0]]
    return table.assign(**{str(texts[0]): first.str.ljust(int(first.str.len().max()) + RECORD + 1 - width)})


def _compare(dataset: Exported, table: "pd.DataFrame", path: Path) -> None:
    """Read a file back and compare names, labels, formats and every cell, numbers to their last bit."""
    import pyreadstat

    found, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    labels = [to_ascii(column.label) for column in dataset.columns]
    faults = [] if meta.column_labels == labels else ["labels"]
    if list(found.columns) != list(table.columns) or len(found) != len(table):
        faults.append("columns or number of records")
    else:
        names = [column.name for column in dataset.columns]
        faults += [name for name in names if not _same(found[name].tolist(), table[name].tolist())]
    if path.stat().st_size % RECORD:
        faults.append(f"size: no multiple of {RECORD}")
    if faults:
        raise DataError(str(path), "read back, the file is not what was written", faults)


def _same(found: list[Any], meant: list[Any]) -> bool:
    return all(one == two or (one != one and two != two) for one, two in zip(found, meant, strict=True))
