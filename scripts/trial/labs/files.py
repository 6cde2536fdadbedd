"""The one module of the room that opens files: delimited text, workbooks, whole texts and bytes."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import python_calamine

from trial.labs.config import Delimited, Workbook
from trial.labs.encodings import check_encoding
from trial.labs.extent import check_extent
from trial.labs.grid import Grid, Wanted, collect
from trial.labs.sheet_marks import find_marks
from trial.labs.text import clean_text
from trial.study.errors import DataError
from trial.study.raw_files import RawFile, RawFolder

CHUNK = 50_000
DELIMITERS = {"tab": "\t"}
LINE_BREAK = re.compile(r"\r\n|\r|\n")
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name, whether users see it, its position (1-based), whether it has cells."""

    name: str
    visible: bool
    position: int
    cells: bool


def find_files(raw: RawFolder, patterns: Sequence[str], key: str) -> list[RawFile]:
    """Return every file of the lock that the source declares, sorted by name.

    Raises
    ------
    DataError
        If a pattern matches nothing.
    """
    found: dict[str, RawFile] = {}
    for pattern in patterns:
        files = raw.matching(pattern)
        if not files:
            raise DataError(
                pattern, f"the file that {key} declares does not exist in the folder of raw data",
                hint="put the file there and lock it, or mend the configuration",
            )  # fmt: skip
        found |= {file.name: file for file in files}
    return [found[name] for name in sorted(found)]


def read_text(file: RawFile, encoding: str, vocabulary: Iterable[str]) -> str:
    """Return a whole text file, its bytes checked against the declared encoding."""
    data = file.read()
    codec, skip = check_encoding(data, encoding, file.name, vocabulary)
    return data[skip:].decode(codec)


def read_delimited(file: RawFile, table: Delimited, wanted: Wanted, vocabulary: Iterable[str]) -> Grid:
    """Return the wanted columns of a delimited text file.

    Raises
    ------
    DataError
        If the encoding is another, a wanted column is missing or stands twice, a quotation mark is
        not closed, or there is no row below the header.
    """
    data, name = file.read(), file.name
    codec, skip = check_encoding(data, table.encoding, name, vocabulary)
    stream = io.TextIOWrapper(io.BytesIO(data[skip:] if skip else data), encoding=codec, newline="")
    delimiter = DELIMITERS.get(table.delimiter, table.delimiter)
    rows = _numbered(csv.reader(stream, delimiter=delimiter, strict=True), name, delimiter)
    open_end = data.rstrip(b"\x00")[-1:] not in (b"\n", b"\r")
    return collect(rows, name, (name, ""), table.header_rows, wanted, open_end=open_end)


def list_sheets(file: RawFile) -> list[Sheet]:
    """Return the sheets of a workbook in their order."""
    visible = python_calamine.SheetVisibleEnum.Visible
    metadata = _open_workbook(file).sheets_metadata
    cells = (python_calamine.SheetTypeEnum.WorkSheet, python_calamine.SheetTypeEnum.MacroSheet)
    return [
        Sheet(item.name, item.visible == visible, at, item.typ in cells)
        for at, item in enumerate(metadata, 1)
    ]


def read_sheet(file: RawFile, sheet: Sheet, table: Workbook, wanted: Wanted, decimal: str) -> Grid | None:
    """Return the wanted columns of one sheet, None for an empty one.

    Typed cells become text as the declared marks write it.
    """
    where = f"{file.name}, sheet {sheet.position}"
    raw, merged = _read_cells(file, sheet, where)
    if not any(any(cell != "" for cell in row) for row in raw):
        return None
    width = max(len(row) for row in raw)
    rows = [[cell_text(cell, decimal) for cell in row] + [""] * (width - len(row)) for row in raw]
    chunk = (np.arange(1, len(rows) + 1), rows)
    return collect(iter([chunk]), where, (file.name, sheet.name), table.header_rows, wanted, merged)


def _read_cells(file: RawFile, sheet: Sheet, where: str) -> tuple[list[list[Any]], Any]:
    if not sheet.cells:
        raise DataError(where, "the sheet holds a chart and no cells", hint="leave it out of table.sheets")
    try:
        content = _open_workbook(file).get_sheet_by_name(sheet.name)
        return content.to_python(skip_empty_area=False), content.merged_cell_ranges or []
    except (python_calamine.CalamineError, ValueError, OverflowError, OSError) as error:
        # The library's words may repeat the sheet's name, which may be a patient's number.
        raise DataError(
            where, f"the sheet cannot be read ({type(error).__name__})", hint="save the workbook again"
        ) from None


def read_marks(file: RawFile, sheet: Sheet, table: Workbook) -> list[tuple[str, str]]:
    """Return (rule, what was found) of what the values of a sheet do not show."""
    return find_marks(file.read(), sheet.name, max(table.header_rows)).notes()


def read_key(raw: RawFolder, path: str | None) -> dict[str, str]:
    """Return hospital number -> pseudonymous subject id from the key file (`USUBJID,MA_BN`), if any.

    Raises
    ------
    DataError
        If a column is missing or a hospital number stands for two subjects.
    """
    if path is None:
        return {}
    (file,) = find_files(raw, [path], "edc.subject_key")
    try:
        key = pd.read_csv(io.BytesIO(file.read()), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, ValueError) as error:
        raise DataError(file.name, f"the key file cannot be read: {type(error).__name__}") from None
    if missing := [column for column in ("USUBJID", "MA_BN") if column not in key.columns]:
        raise DataError(file.name, f"expected columns USUBJID and MA_BN, missing {missing}")
    numbers = key["MA_BN"].map(clean_text)
    twice = np.flatnonzero(numbers.duplicated(keep=False) | (numbers == ""))
    if len(twice):
        rows = [f"row {row + 2}" for row in twice]
        raise DataError(file.name, "a hospital number is empty or stands twice", rows, "mend the key file")
    return dict(zip(numbers, key["USUBJID"].map(clean_text), strict=True))


def read_subjects(raw: RawFolder, path: str, name: str = "ARM") -> dict[str, str]:
    """Return subject id -> text of a column from the subjects file, usually that of the arm.

    Raises
    ------
    DataError
        If the file cannot be read or lacks one of the two columns.
    """
    (file,) = find_files(raw, [path], "edc.subjects")
    try:
        table = pd.read_csv(
            io.BytesIO(file.read()),
            dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True,
        )  # fmt: skip
    except (UnicodeDecodeError, ValueError) as error:
        raise DataError(file.name, f"the subjects file cannot be read: {type(error).__name__}") from None
    columns = {clean_text(name): name for name in table.columns}
    if lost := [one for one in ("USUBJID", name) if one not in columns]:
        raise DataError(
            file.name, f"expected columns USUBJID and {name}, missing {lost}", hint="mend edc.subjects"
        )
    ids, texts = (table[columns[one]].map(clean_text) for one in ("USUBJID", name))
    return {subject: text for subject, text in zip(ids, texts, strict=True) if subject}


def cell_text(cell: Any, decimal: str) -> str:
    """Return a spreadsheet cell as text: numbers with the declared decimal mark, dates in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # A spreadsheet keeps 15 digits; more would show the noise of binary fractions.
        text = f"{Decimal(f'{cell:.15g}'):f}"
        return text.replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, (date, time, timedelta)):
        return str(cell)
    return str(cell)


@lru_cache(maxsize=1)
def _open_workbook(file: RawFile) -> python_calamine.CalamineWorkbook:
    """Return the workbook; one is kept, by its name and the hash of its bytes."""
    data = file.read()
    try:
        check_extent(data, file.name)
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(
            file.name, f"not a workbook that can be read ({type(error).__name__})",
            hint="open it in a spreadsheet program, remove any password and save it as .xlsx",
        ) from None  # fmt: skip


def _numbered(reader: Any, name: str, delimiter: str) -> Iterator[tuple[np.ndarray, list[list[str]]]]:
    """Yield chunks of rows with the physical line on which each starts."""
    line = 0
    while True:
        try:
            rows = list(islice(reader, CHUNK))
        except csv.Error as error:
            raise DataError(
                f"{name}, row {reader.line_num}", f"not a row of the declared table: {error}",
                hint="look at the quotation marks in and before this row",
            ) from None  # fmt: skip
        if not rows:
            return
        if reader.line_num - line == len(rows):
            starts = np.arange(line + 1, reader.line_num + 1)
        else:
            lengths = [1 + sum(len(LINE_BREAK.findall(cell)) for cell in row) for row in rows]
            starts = line + 1 + np.concatenate([[0], np.cumsum(lengths[:-1])])
            _check_quotes(rows, starts, name, delimiter)
        yield starts.astype(np.int64), rows
        line = reader.line_num


def _check_quotes(rows: list[list[str]], starts: np.ndarray, name: str, delimiter: str) -> None:
    """Refuse a quoted cell that swallowed whole rows: a stray quotation mark would lose them silently."""
    for row, start in zip(rows, starts, strict=True):
        for cell in row:
            for line in LINE_BREAK.split(cell)[1:]:
                if line.count(delimiter) >= max(len(row) - 2, 1):
                    raise DataError(
                        f"{name}, row {start}", "a quoted cell of this row holds further rows of the table",
                        hint="remove the stray quotation mark",
                    )  # fmt: skip
