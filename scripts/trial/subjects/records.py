"""EDC files that become a data set row by row, as `record_files` declares them."""

from collections.abc import Iterator

import pandas as pd

from trial.subjects.books import Books
from trial.subjects.cells import Cells, of_known_subjects
from trial.subjects.config_edc import Edc
from trial.subjects.edc import EdcFile
from trial.subjects.record_files import Cell, RecordFile


def derive_records(file: EdcFile | None, kind: RecordFile, edc: Edc, books: Books) -> pd.DataFrame:
    """Return the data set of one kind of file: a row per row of a known subject, with its place.

    A row that repeats another in what tells rows apart, and one that ends before it starts, are asked about
    and stay as they are.
    """
    names = list(kind.dataset)
    if file is None:
        return pd.DataFrame(columns=names)
    cells = of_known_subjects(file, edc, books)
    table = pd.DataFrame({"USUBJID": cells.rows["USUBJID"]})
    for cell in kind.cells:
        for name, values in _variables(cells, cell):
            table[name] = values
    table["FILE"], table["ROW"] = file.name, cells.rows["ROW"]
    _ask_repeated(cells, kind)
    _ask_order(cells, kind)
    return table.sort_values(["USUBJID", "ROW"], ignore_index=True)[names]


def _variables(cells: Cells, cell: Cell) -> Iterator[tuple[str, pd.Series]]:
    """Yield the one or two variables that a column becomes."""
    if cell.day:
        yield cell.variable.name, cells.texts(cell.column)
        yield cell.day.name, cells.dates(cell.column, partial=cell.kind == "partial")
    elif cell.kind == "number":
        limits = getattr(cells.edc.limits, cell.column, None)
        yield cell.variable.name, cells.numbers(cell.column, limits)
    else:
        read = cells.texts if cell.kind == "text" else cells.codes
        yield cell.variable.name, read(cell.column)


def _ask_repeated(cells: Cells, kind: RecordFile) -> None:
    """Ask about a row whose telling columns another row of the subject has too."""
    first: dict[tuple[str, ...], int] = {}
    for row in cells.rows.to_dict("records"):
        key = tuple(str(row[name]) for name in ("USUBJID", *kind.row))
        before = first.setdefault(key, row["ROW"])
        if before != row["ROW"]:
            found = f"{', '.join(kind.row)} as in row {before}"
            cells.books.query(cells.file, row["ROW"], key[0], "REPEATED_RECORD", found)


def _ask_order(cells: Cells, kind: RecordFile) -> None:
    """Ask about each row whose end is known to lie before its start."""
    dates = [cell.column for cell in kind.cells if cell.day]
    if len(dates) < 2:
        return
    start, end = dates
    known = zip(cells.known_days(start), cells.known_days(end), strict=True)
    for row, (first, last) in zip(cells.rows.to_dict("records"), known, strict=True):
        # Of a date known in part, only what both have can be compared.
        width = min(len(first), len(last))
        if width and last[:width] < first[:width]:
            found = f"{end} = '{row[end]}' before {start} = '{row[start]}'"
            cells.books.query(cells.file, row["ROW"], row["USUBJID"], "PERIOD_ORDER", found)
