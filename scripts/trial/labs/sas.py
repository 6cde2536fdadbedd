"""SAS data sets: transport files (XPORT, version 5 or 8) and .sas7bdat, as text cells.

Numbers of SAS are dates by their format alone: days since 1960-01-01 (DATE9., E8601DA.), seconds since then
(DATETIME., E8601DT.) or seconds of the day (TIME.). A transport file does not say the encoding of its text.
"""

import io
import re
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from trial.labs.config import Sas
from trial.labs.files import cell_text
from trial.labs.grid import Grid, Wanted, collect
from trial.study.errors import DataError
from trial.study.raw_files import RawFile

EPOCH = datetime(1960, 1, 1)
FORMAT = re.compile(r"[A-Z]+(?:8601[A-Z]{2})?")
DAYS = re.compile(
    r"(?:DATE|(?:YYMMDD|MMDDYY|DDMMYY)[BCDNPS]?|E8601DA|B8601DA|IS8601DA|WEEKDAT[EX]|WORDDAT[EX]|NLDATE)$"
)
SECONDS = re.compile(r"(?:DATETIME|DATEAMPM|MDYAMPM|E8601DT|B8601DT|IS8601DT|DTDATE|NLDATM)$")
CLOCK = re.compile(r"(?:TIME|TIMEAMPM|HHMM|TOD|E8601TM|B8601TM|IS8601TM|NLTIME)$")
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD"
NAMES = b"HEADER RECORD*******NAMESTR HEADER RECORD"
ROWS = b"HEADER RECORD*******OBS     HEADER RECORD"
LINE, NAME_BYTES = 80, 140
Number = Callable[[float, str], str]


def read_sas(file: RawFile, table: Sas, wanted: Wanted, decimal: str, number: Number = cell_text) -> Grid:
    """Return the wanted columns; the variables are the header, and row 2 is the first record.

    `number` writes a number with the decimal mark: with 15 digits as spreadsheets do, or `exact_text`.

    Raises
    ------
    DataError
        If the file is no SAS data set, holds several, its text is not of the declared encoding, or it
        holds a special missing value that is not declared.
    """
    data, name = file.read(), file.name
    transport = data.startswith((b"HEADER RECORD*******LIBRARY", b"HEADER RECORD*******LIBV8"))
    if transport == (table.encoding is None):
        what = "a transport file does not say" if transport else "a .sas7bdat file says itself"
        todo = "declare it in table.encoding (latin-1 where nobody knows)" if transport else "declare null"
        raise DataError(name, f"{what} which encoding its text has", hint=todo)
    if data.count(MEMBER) > 1:
        raise DataError(
            name, f"the file holds {data.count(MEMBER)} data sets", hint="ask for one file per data set"
        )
    frame, formats, numeric = _read(data, name, transport)
    special = special_missing(data) if transport else _letters(frame, numeric)
    codec = table.encoding if transport else None
    names = [str(column) for column in frame.columns]
    columns = []
    for at, column in enumerate(names):
        values = frame.iloc[:, at].tolist()
        kind = FORMAT.match(formats.get(column, "").upper())
        shown = kind.group() if kind else ""
        texts = [_text(value, shown, decimal, number, codec, name, column) for value in values]
        columns.append(_with_special(texts, column, special, table, name, column in wanted.texts))
    rows = [names, *(list(row) for row in zip(*columns, strict=True))]
    return collect(iter([(np.arange(1, len(rows) + 1), rows)]), name, (name, ""), (1,), wanted)


def _read(data: bytes, name: str, transport: bool) -> tuple[Any, dict[str, str], set[str]]:
    """Return the data, the format of each variable, and which variables are numbers."""
    import pyreadstat

    try:
        if transport:
            # As Latin-1, one byte is one character: nothing is lost, and the declared encoding comes later.
            frame, meta = pyreadstat.read_xport(
                io.BytesIO(data), encoding="LATIN1", disable_datetime_conversion=True
            )
        else:
            frame, meta = pyreadstat.read_sas7bdat(
                io.BytesIO(data), disable_datetime_conversion=True, user_missing=True
            )
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        ValueError,
        OSError,
        OverflowError,
    ) as error:
        raise DataError(
            name, f"not a SAS data set that can be read ({type(error).__name__})",
            hint="ask for a transport file of version 5 (.xpt), or declare what the file is",
        ) from None  # fmt: skip
    formats = {variable: kind or "" for variable, kind in meta.original_variable_types.items()}
    return frame, formats, {v for v, kind in meta.readstat_variable_types.items() if kind != "string"}


def _letters(frame: Any, numeric: set[str]) -> dict[tuple[int, str], str]:
    """Return the special missing values of a .sas7bdat, which its reader gives as letters among numbers."""
    return {
        (row, column): f".{value}"
        for column in numeric & set(frame.columns)
        if frame[column].dtype.kind == "O"
        for row, value in enumerate(frame[column].tolist())
        if isinstance(value, str)
    }


def exact_text(value: float, decimal: str) -> str:
    """Return the shortest text of a number that reads back as the same number."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0").replace(".", decimal)


def _text(
    value: Any, kind: str, decimal: str, number: Number, codec: str | None, name: str, column: str
) -> str:
    """Return a cell as text: dates in ISO 8601, numbers with the declared decimal mark."""
    if isinstance(value, str):
        if codec is None or value.isascii():
            return value
        try:
            return value.encode("latin-1").decode(codec)
        except UnicodeDecodeError:
            raise DataError(
                f"{name}, variable {column}", f"text that is not {codec}",
                hint="declare the encoding that the export has in table.encoding",
            ) from None  # fmt: skip
    if value is None or value != value:
        return ""
    try:
        if DAYS.match(kind):
            return f"{EPOCH + timedelta(days=int(value)):%Y-%m-%d}"
        if SECONDS.match(kind):
            return f"{EPOCH + timedelta(seconds=int(value)):%Y-%m-%dT%H:%M:%S}"
        if CLOCK.match(kind):
            return f"{EPOCH + timedelta(seconds=int(value)):%H:%M:%S}"
    except OverflowError:
        pass  # No date: the number itself is shown and asked about.
    return number(float(value), decimal)


def _with_special(
    texts: list[str], column: str, special: dict[tuple[int, str], str], table: Sas, name: str, wanted: bool
) -> list[str]:
    """Return the texts of a column with its special missing values as declared."""
    mine = {row: code for (row, variable), code in special.items() if variable == column}
    unknown = sorted(set(mine.values()) - set(table.special_missing))
    if unknown and wanted:
        raise DataError(
            f"{name}, variable {column}", f"it holds the special missing value {unknown[0]}",
            hint="declare in table.special_missing what it means (a word of words.missing, for example)",
        )  # fmt: skip
    return [table.special_missing.get(mine.get(row, ""), text) for row, text in enumerate(texts)]


def special_missing(data: bytes) -> dict[tuple[int, str], str]:
    """Return `.A` to `.Z` and `._` of a version 5 transport file by (row from 0, variable).

    Readers turn all of them into one missing value. The layout is that of SAS's TS-140: a number that
    is missing is one byte, the code, and zeros.
    """
    start = data.find(NAMES)
    first = data.find(ROWS)
    if start < 0 or first < 0:
        return {}
    count = int(data[start + 54 : start + 58])
    variables = []
    for at in range(start + LINE, start + LINE + count * NAME_BYTES, NAME_BYTES):
        entry = data[at : at + NAME_BYTES]
        kind, _, length = struct.unpack(">3h", entry[:6])
        variables.append(
            (entry[8:16].decode("latin-1").rstrip(), kind, length, *struct.unpack(">i", entry[84:88]))
        )
    width = max((place + length for _, _, length, place in variables), default=0)
    first += LINE
    count = max(len(data) - first, 0) // width if width else 0
    cells = np.frombuffer(data, np.uint8, count * width, first).reshape(count, width)
    found = {}
    for variable, kind, length, place in variables:
        code = cells[:, place].astype(int)
        letter = ((code >= 0x41) & (code <= 0x5A)) | (code == 0x5F)
        if kind == 1:
            for row in np.flatnonzero(letter & ~cells[:, place + 1 : place + length].any(axis=1)):
                found[int(row), variable] = f".{chr(code[row])}"
    return found
