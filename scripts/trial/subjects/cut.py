"""The data cut, held against every dated row of the EDC files.

The earliest day that a row may be of decides: where it lies after the cut, the row is left out and accounted
for. What began before it stays, as it was known at the cut: an end after it is not known yet. A row without a
date stays and is asked about.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from trial.study.errors import DataError
from trial.study.partial_dates import span_of
from trial.study.text import fold
from trial.subjects.books import Books
from trial.subjects.cells import DATES, Cells
from trial.subjects.config_edc import Edc
from trial.subjects.edc import DATED_BY, EdcFile
from trial.subjects.record_files import RECORD_FILES

# The end of a row by kind of file.
ENDS = {
    "medications": "CMENDTC",
    "adverse_events": "AEENDTC",
    **{file.kind: days[1] for file in RECORD_FILES if len(days := file.of_kind("date", "partial")) > 1},
}
# What else is said of something that ended, and what it is before its end: column and code.
GOES_ON = {"adverse_events": ("AEOUT", "NOT RECOVERED/NOT RESOLVED"), "history": ("MHONGO", "Y")}
# Rows that are often without a date, and lie before the study or decide nothing by their date.
NEVER_ASKED = ("history", "eligibility")


def enforce_cut(files: Mapping[str, EdcFile], edc: Edc, books: Books) -> dict[str, EdcFile]:
    """Return the files as they were at the data cut; what is left out is accounted for in `books`.

    A subject whose first date lies after the cut is left out with all rows. Of other subjects, dates after
    the cut are left empty: they had not been allocated or infused then.

    Raises
    ------
    DataError
        If nobody had entered the study at the cut.
    """
    later = _later_subjects(files["subjects"], edc, books)
    return {kind: _cut(file, kind, later, edc, books) for kind, file in files.items()}


def _later_subjects(file: EdcFile, edc: Edc, books: Books) -> frozenset[str]:
    cells = Cells(file, edc, books)
    days = pd.DataFrame({name: _first_days(cells, name) for name in DATES["subjects"]})
    known = [sorted(filter(None, row)) for row in days.itertuples(index=False)]
    later = [bool(row) and row[0] > books.cut.isoformat() for row in known]
    if all(later):
        raise DataError(
            f"data/raw/{file.name}",
            f"every subject has its first date after the data cut, {books.cut}",
            hint="lock the data again with the right cut: make lock ID=NEW-ID CUT=YYYY-MM-DD",
        )
    # A row without an id, or one of two rows of a subject, is a fault of the file, not a later subject.
    ids = file.rows["USUBJID"]
    return frozenset(ids[later]) - set(ids[[not one for one in later]]) - {""}


def _cut(file: EdcFile, kind: str, later: frozenset[str], edc: Edc, books: Books) -> EdcFile:
    cells, cut = Cells(file, edc, books), books.cut.isoformat()
    out = file.rows["USUBJID"].isin(list(later))
    if kind in DATED_BY:
        past = _first_days(cells, DATED_BY[kind]) > cut
        if kind in ENDS:  # what ended before the cut did not begin after it: the dates are asked about
            ends = _first_days(cells, ENDS[kind])
            past &= (ends == "") | (ends > cut)
        out |= past
    books.leave_out(file, file.rows.loc[out, "ROW"])
    kept = cells.where(~out)
    rows = kept.rows.copy()
    for name in _ends(kind, edc):
        past = _first_days(kept, name) > cut
        rows.loc[past, name] = ""
        if kind in GOES_ON and past.any():
            column, code = GOES_ON[kind]
            rows.loc[past, column] = _spelling(column, code, edc)
        books.shortened |= {(file.name, int(line)) for line in rows.loc[past, "ROW"]}
    _ask_undated(kept, kind)
    return replace(file, rows=rows)


def _ends(kind: str, edc: Edc) -> tuple[str, ...]:
    """Return the columns of a file whose dates after the cut are left empty."""
    if kind == "subjects":
        own = [name for name, column in edc.subject_columns.items() if column.kind == "date"]
        return (*DATES["subjects"], *own)
    return (ENDS[kind],) if kind in ENDS else ()


def _first_days(cells: Cells, name: str) -> pd.Series:
    """Return the earliest day that each date may stand for; nothing where it cannot be read."""
    return cells.known_days(name).map(lambda text: (span_of(text) or (text,))[0])


def _spelling(column: str, code: str, edc: Edc) -> str:
    """Return how the file writes a code; nothing where the column is coded and has no word for it."""
    spellings = edc.spellings.get(column)
    return code if spellings is None else next((text for text, of in spellings.items() if of == code), "")


def _ask_undated(cells: Cells, kind: str) -> None:
    """Ask about each row of a known subject that has no date and may lie after the cut."""
    if kind not in DATED_BY or kind in NEVER_ASKED:
        return
    column = DATED_BY[kind]
    rows = cells.rows[cells.rows["USUBJID"].isin(list(cells.books.subjects)) & (cells.rows[column] == "")]
    if kind == "visits":
        done = cells.edc.words("DONE")
        rows = rows[rows["DONE"].isin([text for text in rows["DONE"] if done.get(fold(text)) == "Y"])]
    if kind == "medications":  # one that has ended began before the cut
        rows = rows[rows["CMENDTC"] == ""]
    for line, subject in zip(rows["ROW"], rows["USUBJID"], strict=True):
        cells.books.query(cells.file, line, subject, "NO_DATE", f"{column} = ''", column)
