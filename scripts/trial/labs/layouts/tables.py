"""The tables of a source's files as grids: delimited files as they are, workbooks sheet by sheet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trial.labs.columns import Column, column_of, constant
from trial.labs.config import DatasetJson, Delimited, Sas, Source, Workbook
from trial.labs.dataset_json import read_dataset_json
from trial.labs.files import find_files, list_sheets, read_delimited, read_marks, read_sheet
from trial.labs.grid import Grid, Wanted
from trial.labs.raw import Note
from trial.labs.sas import read_sas
from trial.labs.text import clean_text
from trial.study.errors import DataError
from trial.study.raw_files import RawFile, RawFolder

EVERY_SHEET = "*"


@dataclass(frozen=True)
class Table:
    """A grid with what its place says: visit of the sheet, subject of the sheet or of a cell, notes."""

    grid: Grid
    visit: str
    subject: Column | None
    notes: tuple[Note, ...]


def read_tables(
    name: str, source: Source, raw: RawFolder, wanted: Wanted, vocabulary: Sequence[str]
) -> Iterator[Table]:
    """Yield every table of the source."""
    table = source.table
    for file in find_files(raw, source.files, f"sources.{name}.files"):
        if isinstance(table, Workbook):
            yield from _read_workbook(source, file, wanted)
            continue
        if isinstance(table, Sas):
            grid = read_sas(file, table, wanted, source.numbers.decimal)
        elif isinstance(table, DatasetJson):
            grid = read_dataset_json(file.read(), file.name, wanted, source.numbers.decimal)
        else:
            assert isinstance(table, Delimited)
            grid = read_delimited(file, table, wanted, vocabulary)
        yield Table(grid, "", _subject(source, grid), ())


def _read_workbook(source: Source, file: RawFile, wanted: Wanted) -> Iterator[Table]:
    table = source.table
    assert isinstance(table, Workbook)
    sheets = {sheet.name: sheet for sheet in list_sheets(file)}
    every = table.sheets.get(EVERY_SHEET) is not None
    named = [sheet for sheet in table.sheets if sheet != EVERY_SHEET]
    if absent := [sheet for sheet in named if sheet not in sheets]:
        raise DataError(
            file.name, f"declared sheets are absent; the workbook has {len(sheets)} others", absent,
            "mend table.sheets in the configuration",
        )  # fmt: skip
    passed = {name for name in sheets if name in table.exclude or (every and not sheets[name].cells)}
    read = [
        name for name in sheets if name in named or (every and sheets[name].visible and name not in passed)
    ]
    for sheet in read:
        grid = read_sheet(file, sheets[sheet], table, wanted, source.numbers.decimal)
        if grid is None and sheet not in named:
            continue
        if grid is None:
            raise DataError(
                f"{file.name}, sheet {sheets[sheet].position}", "the declared sheet is empty",
                hint="mend table.sheets in the configuration, or ask for the workbook again",
            )  # fmt: skip
        subject = _subject(source, grid)
        shown = _shown(source, sheets[sheet].position, sheet)
        told = [] if sheets[sheet].visible else [("HIDDEN_SHEET_READ", "a hidden sheet is declared")]
        told += read_marks(file, sheets[sheet], table)
        notes = tuple(Note(rule, file.name, shown, found) for rule, found in told)
        visit = table.sheets.get(sheet, table.sheets.get(EVERY_SHEET, ""))
        yield Table(replace(grid, sheet=shown), visit, subject, notes)
    for sheet, entry in sheets.items():
        if sheet not in read and sheet not in passed:
            found = "a visible sheet" if entry.visible else "a hidden sheet"
            note = Note("SHEET_NOT_READ", file.name, _shown(source, entry.position, sheet), found)
            yield Table(_nothing(file.name), "", None, (note,))


def _shown(source: Source, position: int, sheet: str) -> str:
    """Return what outputs call the sheet: not its name where that is the patient's number."""
    return f"sheet {position}" if source.subject.place == "sheet" else sheet


def _subject(source: Source, grid: Grid) -> Column | None:
    """Return the subject that the sheet's name or a cell above the data gives to all its rows."""
    place = source.subject
    if place.place == "sheet":
        return constant(clean_text(grid.sheet), len(grid.row))
    if place.place == "cell":
        return constant(_cell(grid, place.cell or ""), len(grid.row))
    return None


def _cell(grid: Grid, address: str) -> str:
    """Return the text of a cell above the data, addressed as in a spreadsheet (B2)."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    line = int(digits) - 1
    if line >= len(grid.corner):
        raise DataError(
            f"{grid.file}, cell {address}", "the cell lies below the header",
            hint="subject.cell must stand above the data",
        )  # fmt: skip
    cells = grid.corner[line]
    return clean_text(cells[column - 1]) if column <= len(cells) else ""


def _nothing(file: str) -> Grid:
    empty = column_of([])
    return Grid(file, "", (), {}, empty.codes.astype("int64"), empty, ())
