"""What the intake knows of each raw file: rows, columns, subjects, first and last date; for the lock alone.

The rooms read the files as they will in a run, so that a lock says what will be analysed. Where a room has no
accounting of a file, or the file has no header, nothing is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from trial.plan.slices import slice_study
from trial.plan.study import AnalysedStudy, AnyStudy
from trial.study.errors import TrialError
from trial.study.raw_files import RawFolder

if TYPE_CHECKING:
    import pandas as pd

DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Facts:
    """What is known of one raw file; None is what is not."""

    rows: int | None = None
    columns: int | None = None
    subjects: int | None = None
    first_date: date | None = None
    last_date: date | None = None


def find_facts(study: AnyStudy, raw: RawFolder, cut: date) -> tuple[dict[str, Facts], list[str]]:
    """Return facts by file name, and what the intake says of files that it cannot read.

    A file that cannot be read is no reason against its lock: the run will say what is wrong with it.
    """
    found: dict[str, Facts] = {}
    said: list[str] = []
    for book in _books(study, raw, cut, said):
        for name, rows in book.groupby("FILE"):
            found[str(name)] = _facts(rows, found.get(str(name)))
    try:
        widths = dict(_widths(study, raw))
    except TrialError:  # said already: by the room's own reading
        widths = {}
    names = found.keys() | widths.keys()
    return {name: _with_columns(found.get(name, Facts()), widths.get(name)) for name in names}, said


def _facts(rows: "pd.DataFrame", earlier: Facts | None) -> Facts:
    if earlier is not None:
        return earlier
    days = [date.fromisoformat(text[:10]) for text in rows.get("DATE", ()) if DAY.match(text)]
    subjects = {text for text in rows.get("SUBJECT", ()) if text}
    return Facts(
        rows=len(rows[["SHEET", "ROW"]].drop_duplicates()),
        subjects=len(subjects) or None,
        first_date=min(days, default=None),
        last_date=max(days, default=None),
    )


def _with_columns(facts: Facts, columns: int | None) -> Facts:
    return Facts(facts.rows, columns, facts.subjects, facts.first_date, facts.last_date)


def _books(study: AnyStudy, raw: RawFolder, cut: date, said: list[str]) -> Iterator["pd.DataFrame"]:
    """Yield the accounting of each room that reads raw files."""
    rooms = (_adam,) if isinstance(study, AnalysedStudy) else (_subjects, _labs)
    for room in rooms:
        try:
            yield room(slice_study(study), raw, cut)
        except TrialError as error:
            said.append(error.text())


def _subjects(slices: dict, raw: RawFolder, cut: date) -> "pd.DataFrame":
    from trial.subjects.build import derive_subjects

    return derive_subjects(slices["derive_subjects"], raw, cut)["accounting"]


def _labs(slices: dict, raw: RawFolder, cut: date) -> "pd.DataFrame":
    from trial.labs.clean import clean
    from trial.labs.files import read_key, read_subjects

    spec = slices["clean_labs"]
    arms = read_subjects(raw, spec.subjects)
    return clean(spec, raw, read_key(raw, spec.subject_key), arms, spec.screened(arms), cut=cut).accounting


def _adam(slices: dict, raw: RawFolder, cut: date) -> "pd.DataFrame":
    from trial.adam.books import Books
    from trial.adam.records import read_records
    from trial.adam.subjects import read_subjects, take_subjects

    spec, books = slices["read_adam"], Books(cut)
    file = spec.adam.adsl
    subjects = take_subjects(read_subjects(raw, file, books), file, spec.arms, spec.populations)
    read_records(raw, spec, subjects, books)
    return books.tables()[1]


def _widths(study: AnyStudy, raw: RawFolder) -> Iterator[tuple[str, int]]:
    """Yield file name and number of columns of every table with a header."""
    from trial.adam.cells import read_grid
    from trial.labs.grid import Wanted
    from trial.labs.layouts.tables import read_tables
    from trial.subjects.edc import read_header

    if isinstance(study, AnalysedStudy):
        for data in (study.adam.adsl, *study.adam.bds.values()):
            for file in raw.matching(data.file):
                yield file.name, len(read_grid(file, data, Wanted(())).header)
        return
    for kind, name in study.edc.files().items():
        if (edc := raw.file(name)) is not None:
            yield name, len(read_header(edc, kind))
    for name, source in study.sources.items():
        if source.table.type != "message":
            for table in read_tables(name, source, raw, Wanted(()), ()):
                if table.grid.header:
                    yield table.grid.file, len(table.grid.header)
