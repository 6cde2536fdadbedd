"""The EDC files as the site delivers them: the only module of this room that opens files."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import pandas as pd

from trial.study.dummy_arms import deal_arms
from trial.study.errors import DataError, LockError
from trial.study.files import read_json
from trial.study.raw_files import RawFile, RawFolder
from trial.study.text import fold
from trial.subjects.config_edc import Edc
from trial.subjects.record_files import RECORD_FILES

# What each file must hold; other columns are left alone.
COLUMNS = {
    "subject_key": ("USUBJID", "MA_BN"),
    "subjects": (
        "USUBJID",
        "ARM",
        "SEX",
        "BRTHYR",
        "CONSENT_DT",
        "ENROL_DT",
        "ALLOC_DT",
        "INFUSION_DT",
        "DIAG_YEAR",
        "WEIGHT_KG",
        "HEIGHT_CM",
    ),
    "visits": ("USUBJID", "VISIT", "VISIT_DT", "DONE", "FASTING_H", "REASON_NOT_DONE"),
    "medications": ("USUBJID", "CMTRT", "CMCLASS", "CMDOSE", "CMDOSU", "CMSTDTC", "CMENDTC", "CMREASON"),
    "adverse_events": (
        "USUBJID",
        "AETERM",
        "AESOC",
        "AEDECOD",
        "AESTDTC",
        "AEENDTC",
        "AESEV",
        "AESER",
        "AERELPROD",
        "AERELPROC",
        "AEOUT",
        "AEACN",
    ),
    "discontinuation": ("USUBJID", "DSDTC", "DSDECOD", "DSTERM"),
    **{file.kind: file.columns for file in RECORD_FILES},
}
# The date that a row is of: where it lies after the data cut, the row is left out. Subjects have several.
DATED_BY = {
    "visits": "VISIT_DT",
    "medications": "CMSTDTC",
    "adverse_events": "AESTDTC",
    "discontinuation": "DSDTC",
    **{file.kind: file.of_kind("date", "partial")[0] for file in RECORD_FILES},
}
# What tells the rows of a subject apart, beside their date.
NAMED_BY = {
    "visits": ("VISIT",),
    "medications": ("CMTRT",),
    "adverse_events": ("AETERM",),
    **{file.kind: tuple(name for name in file.row if name != DATED_BY[file.kind]) for file in RECORD_FILES},
}
# What a file may hold beside them: its own word on the arm, held against that of the subjects file.
MAY_HOLD = ("ARM",)
# A subject must not be lost: a broken row of these files stops the run instead of being set aside.
WHOLE = ("subjects", "subject_key")
WHITE = "\t\n\r"  # control characters that are white space: a quoted cell may have several lines
# Who a row belongs to is never an empty cell, whatever it says.
IDS = ("USUBJID", "MA_BN")
BOM = b"\xef\xbb\xbf"
_QUOTED_CELL = re.compile(r'(^|,)"(?:[^"]|"")*"(?=,|\r?\n?$)')


@dataclass(frozen=True)
class BrokenRow:
    """A row that cannot be read: its line, the text where its subject should stand, what is wrong."""

    line: int
    subject: str
    found: str


@dataclass(frozen=True)
class EdcFile:
    """One EDC file: its name below the raw folder, its rows as text, and the rows that are broken.

    `ROW` of a row is the physical line on which it starts; the header stands on line 1.
    """

    name: str
    rows: pd.DataFrame
    broken: tuple[BrokenRow, ...] = ()
    kind: str = ""

    def row(self, line: int) -> dict[str, str]:
        """Return the cells of the row that starts on a line; a broken row has none."""
        return dict(self._cells.get(line, {}))

    @cached_property
    def _cells(self) -> dict[int, dict[str, str]]:
        named = self.rows.drop(columns="ROW").to_dict("records")
        return {
            int(line): {str(name): str(text) for name, text in cells.items()}
            for line, cells in zip(self.rows["ROW"], named, strict=True)
        }

    def name_row(self, row: Mapping[str, str]) -> list[str]:
        """Return what tells a row of a subject from the others, by its content."""
        return [row.get(name, "") for name in NAMED_BY.get(self.kind, ())]

    def day_of(self, row: Mapping[str, str]) -> str:
        """Return the text of the date that a row is of; a subject has none."""
        return row.get(DATED_BY.get(self.kind, ""), "")


def read_files(raw: RawFolder, edc: Edc) -> dict[str, EdcFile]:
    """Return every EDC file that the study has, by its kind; errors are those of `read_edc`."""
    more = {"subjects": tuple(edc.sources.values())}
    found = {
        kind: read_edc(raw, name, kind, more.get(kind, ()), edc.missing) for kind, name in edc.files().items()
    }
    rows = found["subjects"].rows
    named = {name: rows[column] for name, column in edc.sources.items()}
    return found | {"subjects": replace(found["subjects"], rows=rows.assign(**named))}


def with_dummy_arms(files: Mapping[str, EdcFile], edc: Edc, seed: str) -> dict[str, EdcFile]:
    """Return the files with the arms of a dry run: no file says any more which arm a subject has."""
    rows, failed = files["subjects"].rows, [fold(text) for text in edc.screen_failures]
    kept = rows[~rows["ARM"].map(fold).isin(failed)]
    dealt = deal_arms(dict(zip(kept["USUBJID"], kept["ARM"], strict=True)), seed)

    def deal(file: EdcFile) -> EdcFile:
        if "ARM" not in file.rows:
            return file
        pairs = zip(file.rows["USUBJID"], file.rows["ARM"], strict=True)
        return replace(
            file, rows=file.rows.assign(ARM=[text and dealt.get(one, text) for one, text in pairs])
        )

    return {kind: deal(file) for kind, file in files.items()}


def read_edc(
    raw: RawFolder, name: str, kind: str, more: Iterable[str] = (), missing: Collection[str] = ()
) -> EdcFile:
    """Read the declared columns of an EDC file (UTF-8, comma, header in line 1) as stripped text.

    `more`: the columns that the study declares beside those of `COLUMNS`; `missing`: the texts that stand
    for an empty cell.

    Raises
    ------
    DataError
        If the file is absent, is not UTF-8, has a stray quote, has no header, repeats a column or lacks
        a declared one; if the subjects file has no row; if the subjects or key file has a broken row.
    """
    where = f"data/raw/{name}"
    lines = _read_lines(raw.file(name), where, kind)
    records = _parse(lines, where)
    header = next(records, (0, []))
    names = [name.strip() for name in header[1]]
    columns = tuple(dict.fromkeys([*COLUMNS[kind], *more]))
    _check_header(where, columns, header[0], names)
    columns = tuple(dict.fromkeys([*columns, *(name for name in MAY_HOLD if name in names)]))
    wanted = [names.index(column) for column in columns]
    rows, broken = [], []
    for line, cells in records:
        found = _find_break(cells, names)
        if found:
            broken.append(BrokenRow(line, "".join(cells[wanted[0] : wanted[0] + 1]).strip(), found))
        else:
            rows.append([line, *(cells[at].strip() for at in wanted)])
    _check_rows(where, kind, len(rows), broken)
    table = pd.DataFrame(rows, columns=["ROW", *columns]).astype(dict.fromkeys(columns, "str"))
    empty = {fold(text) for text in missing}
    for column in columns:
        if empty and column not in IDS:
            table[column] = table[column].mask(table[column].map(fold).isin(empty), "")
    return EdcFile(name, table, tuple(broken), kind)


def read_header(file: RawFile, kind: str) -> list[str]:
    """Return the names of all columns of an EDC file; errors are those of `read_edc`."""
    where = f"data/raw/{file.name}"
    return [name.strip() for name in next(_parse(_read_lines(file, where, kind), where), (0, []))[1]]


def read_cut(path: Path) -> date:
    """Return the date of the data cut that `lock.json` holds.

    Raises
    ------
    LockError
        If there is none.
    FileError
        If the file is not there, or is not as it was written.
    """
    try:
        return date.fromisoformat(read_json(path)["cut_date"])
    except (KeyError, TypeError, ValueError):
        raise LockError(
            f"{path}, cut_date", "expected an ISO date, found none", hint="delete the file and run again"
        ) from None


def _read_lines(file: RawFile | None, where: str, kind: str) -> list[str]:
    """Return the physical lines with their ends."""
    if file is None:
        hint = f"put it there and lock it, or mend edc.{kind} in config.yaml"
        raise DataError(where, "the file does not exist", hint=hint)
    data = file.read().removeprefix(BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{where}, line {line}",
            f"expected UTF-8, found the byte 0x{data[error.start]:02X}",
            hint="export the file again as UTF-8",
        ) from None
    return list(io.StringIO(text, newline="\n"))


def _parse(lines: Sequence[str], where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record's first line and its cells; a line with no character is no record."""
    reader = csv.reader(lines, strict=True)
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "\r" in "".join(lines[start : reader.line_num]).replace("\r\n", ""):
                raise _lone_return(where, start + 1, reader.line_num) from None
            raise _misquoted(where, start + 1, reader.line_num, str(error)) from None
        # The csv module takes a quote inside an unquoted cell for text.
        if '"' in _QUOTED_CELL.sub(r"\1", "".join(lines[start : reader.line_num])):
            raise _misquoted(where, start + 1, reader.line_num, "a quote inside a cell without quotes")
        if cells:
            yield start + 1, cells


def _lone_return(where: str, start: int, end: int) -> DataError:
    return DataError(
        _place(where, start, end),
        "a carriage return (CR) alone stands outside quotes: a line break typed into a cell, or line ends"
        " of an old Macintosh",
        hint="export again with quotes around cells of several lines, or take the line break out;"
        " end lines with LF or CRLF",
    )


def _place(where: str, start: int, end: int) -> str:
    return f"{where}, line {start}" if start == end else f"{where}, lines {start} to {end}"


def _misquoted(where: str, start: int, end: int, found: str) -> DataError:
    return DataError(
        _place(where, start, end),
        f"expected cells with commas between and quotes around a whole cell or nowhere, found: {found}",
        hint='close or remove the quote; inside a quoted cell write ""; end lines with LF or CRLF',
    )


def _check_header(where: str, columns: Sequence[str], line: int, found: list[str]) -> None:
    where = f"{where}, line 1"
    if line != 1:
        what = "the line is empty" if line else "the file is empty"
        raise DataError(where, f"expected the header, found that {what}", hint=f"give {', '.join(columns)}")
    twice = [f"'{name}'" for name in dict.fromkeys(found) if found.count(name) > 1]
    if twice:
        raise DataError(
            where, f"{len(twice)} column names stand more than once", twice, "give each column its own name"
        )
    missing = [column for column in columns if column not in found]
    if missing:
        near = [get_close_matches(column, found, n=1) for column in missing]
        raise DataError(
            where,
            f"{len(missing)} of the {len(columns)} expected columns are missing",
            [
                column + (f" (the file has '{match[0]}')" if match else "")
                for column, match in zip(missing, near, strict=True)
            ],
            "separate columns by commas, rename them, or name another file in config.yaml",
        )


def _find_break(cells: Sequence[str], names: Sequence[str]) -> str:
    """Return why a row cannot be read, or `""`; never its content."""
    if len(cells) != len(names):
        return f"{len(cells)} cells, the header has {len(names)}"
    for name, cell in zip(names, cells, strict=True):
        for mark in cell:
            if unicodedata.category(mark) == "Cc" and mark not in WHITE:
                return f"a control character (U+{ord(mark):04X}) in {name}"
    return ""


def _check_rows(where: str, kind: str, count: int, broken: Sequence[BrokenRow]) -> None:
    if broken and kind in WHOLE:
        raise DataError(
            where,
            f"{len(broken)} rows cannot be read",
            [f"line {row.line}: {row.found}" for row in broken],
            "mend the rows: no subject may be lost",
        )
    if kind == "subjects" and not count:
        raise DataError(where, "no subjects: nothing stands under the header", hint="export the file again")
