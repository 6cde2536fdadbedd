"""The one module of the room that opens files: delimited text, workbooks, whole texts.

A table is given as a `Grid`: the wanted columns by header text, with physical row numbers. Title and
header rows and rows without any character are the file's frame; every other row is kept.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import python_calamine

from trial.labs.columns import Coder, Column
from trial.labs.config import Delimited, Workbook
from trial.labs.encodings import check_encoding
from trial.labs.rules import BROKEN_ROW, GROUP_HEADING
from trial.labs.text import clean_text, fold
from trial.study.errors import DataError

CHUNK = 50_000
DELIMITERS = {"tab": "\t"}
LINE_BREAK = re.compile(r"\r\n|\r|\n")
LONG_DIGITS = re.compile(r"\d{5}")
JOINED = " / "
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class Grid:
    """One table of a file: wanted columns by header text, row numbers, rule of rows that are no data.

    `corner` holds the rows above the data, for values that stand in a fixed cell.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    columns: dict[str, Column]
    row: np.ndarray
    rule: Column
    corner: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name, whether users see it, and its position (1-based)."""

    name: str
    visible: bool
    position: int


def find_files(raw_dir: Path, patterns: Sequence[str], key: str) -> list[tuple[str, Path]]:
    """Return (name below `raw_dir`, path) of every file that the source declares, sorted.

    Raises
    ------
    DataError
        If a pattern matches nothing.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        paths = sorted(raw_dir.glob(pattern)) if set("*?[") & set(pattern) else [raw_dir / pattern]
        paths = [path for path in paths if path.is_file()]
        if not paths:
            raise DataError(
                pattern, f"the file that {key} declares does not exist in the folder of raw data",
                hint="put the file there, or mend the configuration",
            )  # fmt: skip
        found |= {path.relative_to(raw_dir).as_posix(): path for path in paths}
    return sorted(found.items())


def read_text(path: Path, name: str, encoding: str, vocabulary: Iterable[str]) -> str:
    """Return a whole text file, its bytes checked against the declared encoding."""
    data = path.read_bytes()
    codec, skip = check_encoding(data, encoding, name, vocabulary)
    return data[skip:].decode(codec)


def read_delimited(
    path: Path, name: str, table: Delimited, wanted: Sequence[str], vocabulary: Iterable[str]
) -> Grid:
    """Return the wanted columns of a delimited text file.

    Raises
    ------
    DataError
        If the encoding is another, a wanted column is missing or stands twice, a quotation mark is
        not closed, or there is no row below the header.
    """
    data = path.read_bytes()
    codec, skip = check_encoding(data, table.encoding, name, vocabulary)
    stream = io.TextIOWrapper(io.BytesIO(data[skip:] if skip else data), encoding=codec, newline="")
    delimiter = DELIMITERS.get(table.delimiter, table.delimiter)
    rows = _numbered(csv.reader(stream, delimiter=delimiter, strict=True), name, delimiter)
    return _collect(rows, name, (name, ""), table.header_rows, wanted, ())


def list_sheets(path: Path, name: str) -> list[Sheet]:
    """Return the sheets of a workbook in their order."""
    visible = python_calamine.SheetVisibleEnum.Visible
    metadata = _open_workbook(path, name).sheets_metadata
    return [Sheet(item.name, item.visible == visible, at) for at, item in enumerate(metadata, 1)]


def read_sheet(
    path: Path, name: str, sheet: Sheet, table: Workbook, wanted: Sequence[str], decimal: str
) -> Grid:
    """Return the wanted columns of one sheet; typed cells become text as the declared marks write it."""
    where = f"{name}, sheet {sheet.position}"
    try:
        content = _open_workbook(path, name).get_sheet_by_name(sheet.name)
        raw = content.to_python(skip_empty_area=False)
        merged = content.merged_cell_ranges or []
    except (python_calamine.CalamineError, ValueError, OverflowError) as error:
        # The library's words may repeat the sheet's name, which may be a patient's number.
        raise DataError(
            where, f"the sheet cannot be read ({type(error).__name__})", hint="save the workbook again"
        ) from None
    width = max((len(row) for row in raw), default=0)
    rows = [[cell_text(cell, decimal) for cell in row] + [""] * (width - len(row)) for row in raw]
    chunk = (np.arange(1, len(rows) + 1), rows)
    return _collect(iter([chunk]), where, (name, sheet.name), table.header_rows, wanted, merged)


def read_key(path: Path) -> dict[str, str]:
    """Return hospital number -> pseudonymous subject id from the key file (`USUBJID,MA_BN`).

    Raises
    ------
    DataError
        If a column is missing or a hospital number stands for two subjects.
    """
    try:
        key = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise DataError(path.name, f"the key file cannot be read: {type(error).__name__}") from None
    if missing := [column for column in ("USUBJID", "MA_BN") if column not in key.columns]:
        raise DataError(path.name, f"expected columns USUBJID and MA_BN, missing {missing}")
    numbers = key["MA_BN"].map(clean_text)
    twice = np.flatnonzero(numbers.duplicated(keep=False) | (numbers == ""))
    if len(twice):
        rows = [f"row {row + 2}" for row in twice]
        raise DataError(path.name, "a hospital number is empty or stands twice", rows, "mend the key file")
    return dict(zip(numbers, key["USUBJID"].map(clean_text), strict=True))


def read_subjects(path: Path) -> tuple[str, ...]:
    """Return the subject ids of the subjects file (`USUBJID`).

    Raises
    ------
    DataError
        If the file cannot be read or has no such column.
    """
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise DataError(path.name, f"the subjects file cannot be read: {type(error).__name__}") from None
    columns = {clean_text(name): name for name in table.columns}
    if "USUBJID" not in columns:
        raise DataError(path.name, "expected a column USUBJID, found none", hint="mend edc.subjects")
    return tuple(text for text in map(clean_text, table[columns["USUBJID"]]) if text)


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


def _open_workbook(path: Path, name: str) -> python_calamine.CalamineWorkbook:
    return _load_workbook(path, name, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _load_workbook(path: Path, name: str, _: int) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(
            name, f"not a workbook that can be read ({type(error).__name__})",
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


def _collect(
    chunks: Iterator[tuple[np.ndarray, list[list[str]]]],
    where: str,
    origin: tuple[str, str],
    header_rows: tuple[int, ...],
    wanted: Sequence[str],
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> Grid:
    """Return the grid of a stream of row chunks; `origin` is (file, sheet)."""
    top = _pull(chunks, max(header_rows))
    corner, waiting = top
    header = _header(corner, header_rows, merged)
    places = _places(header, wanted, where, corner, header_rows)
    coders = {text: Coder() for text in places}
    numbers, rules = [], Coder()
    width = len(header)
    while waiting is not None:
        row_numbers, rows = waiting
        keep, broken = _sort_rows(rows, width, places)
        kept = [rows[at] for at in keep]
        for text, place in places.items():
            coders[text].add([row[place] for row in kept])
        rules.add(broken)
        numbers.append(row_numbers[keep])
        waiting = next(chunks, None)
    row = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int64)
    if not len(row):
        raise DataError(
            where, f"no rows below the header (row {max(header_rows)})",
            hint="check that the export is complete and that header_rows is right",
        )  # fmt: skip
    columns = {text: coder.column() for text, coder in coders.items()}
    return Grid(
        *origin, tuple(header), columns, row, rules.column(), tuple(tuple(line) for _, line in corner)
    )


def _pull(
    chunks: Iterator[tuple[np.ndarray, list[list[str]]]], last: int
) -> tuple[list[tuple[int, list[str]]], tuple[np.ndarray, list[list[str]]] | None]:
    """Return the rows up to physical row `last`, and the rest of their chunk."""
    chunk = next(chunks, None)
    if chunk is None:
        return [], None
    numbers, rows = chunk
    above = int(np.searchsorted(numbers, last, side="right"))
    corner = [(int(number), row) for number, row in zip(numbers[:above], rows[:above], strict=True)]
    return corner, (numbers[above:], rows[above:])


def _header(
    corner: list[tuple[int, list[str]]],
    header_rows: tuple[int, ...],
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> list[str]:
    """Return one text per column: merged cells filled, the texts of two header rows joined."""
    lines = {number: [clean_text(cell) for cell in row] for number, row in corner}
    for (top, left), (bottom, right) in merged:
        for number in range(top + 1, bottom + 2):
            if number in header_rows and number in lines and top + 1 in lines:
                text = lines[top + 1][left] if left < len(lines[top + 1]) else ""
                span = slice(left, right + 1)
                lines[number][span] = [text] * len(lines[number][span])
    width = max((len(lines.get(number, [])) for number in header_rows), default=0)
    names = []
    for at in range(width):
        parts = [lines[n][at] for n in header_rows if n in lines and at < len(lines[n]) and lines[n][at]]
        names.append(JOINED.join(dict.fromkeys(parts)))
    return names


def _places(
    header: list[str],
    wanted: Sequence[str],
    where: str,
    corner: list[tuple[int, list[str]]],
    header_rows: tuple[int, ...],
) -> dict[str, int]:
    """Return the position of each wanted column."""
    folded = [text.casefold() for text in header]
    places, problems = {}, []
    for text in dict.fromkeys(wanted):
        count = folded.count(fold(text))
        if count == 1:
            places[text] = folded.index(fold(text))
        elif count:
            problems.append(f"'{text}' stands {count} times")
        else:
            near = get_close_matches(fold(text), [name for name in folded if name], n=1)
            # Long digits in a header are no header: the row may hold a patient's number.
            shown = header[folded.index(near[0])] if near else ""
            hint = f"; did you mean '{shown}'?" if shown and not LONG_DIGITS.search(shown) else ""
            problems.append(f"'{text}' is missing{hint}")
    if problems:
        elsewhere = [
            number for number, row in corner
            if number not in header_rows and {fold(text) for text in wanted} <= {fold(cell) for cell in row}
        ]  # fmt: skip
        hint = (
            f"the header seems to stand in row {elsewhere[0]}"
            if elsewhere
            else "compare the declared columns"
        )
        raise DataError(
            f"{where}, row {max(header_rows)}",
            "declared columns are not in the header once each",
            problems,
            hint,
        )
    return places


def _sort_rows(rows: list[list[str]], width: int, places: dict[str, int]) -> tuple[list[int], list[str]]:
    """Return which rows are kept and the rule of each; rows that are no data rows become blank ones.

    A row of one filled cell that is not a wanted one is a heading; a row with another number of cells
    than the header is broken, since no cell of it can be trusted to stand in its column.
    """
    keep, rules = [], []
    used = sorted(places.values())
    for at, row in enumerate(rows):
        if len(row) == width and any(row[place] and not row[place].isspace() for place in used[:3]):
            keep.append(at)
            rules.append("")
            continue
        filled = [cell for cell in row if clean_text(cell)]
        if not filled:
            continue
        keep.append(at)
        if len(filled) == 1 and not any(place < len(row) and clean_text(row[place]) for place in used):
            rules.append(GROUP_HEADING)
        elif (len(row) != width and any(clean_text(cell) for cell in row[width:])) or len(row) < width:
            rules.append(GROUP_HEADING if len(row) == 1 else BROKEN_ROW)
        else:
            rules.append("")
            rows[at] = row[:width]
            continue
        rows[at] = [""] * width
    return keep, rules
