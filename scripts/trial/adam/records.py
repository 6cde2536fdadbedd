"""A BDS data set to the records of its declared parameters, every row accounted for."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from trial.adam.books import NOT_DECLARED, SCREEN_FAILURE, Books
from trial.adam.cells import Cells, read_cells
from trial.adam.config import AdamSpec, RecordFile
from trial.adam.schema import DATES, FLAGS, NUMBERS, PROSE, RECORD_KINDS, RECORDS
from trial.adam.subjects import Subjects
from trial.study.books import AFTER_CUT
from trial.study.errors import DataError
from trial.study.raw_files import RawFolder
from trial.study.text import fold


def read_records(raw: RawFolder, spec: AdamSpec, subjects: Subjects, books: Books) -> pd.DataFrame:
    """Return the rows of declared parameters of every BDS data set, as `take_records` does."""
    known, parts = set(subjects.adsl["USUBJID"]), []
    index_dates = dict(zip(subjects.adsl["USUBJID"], subjects.adsl["INDEXDT"], strict=True))
    for name, bds in spec.adam.bds.items():
        cells = read_cells(raw, f"adam.bds.{name}", name, bds, dict(bds.columns), books)
        parameters = spec.parameters[name]
        parts.append(take_records(cells, bds, parameters, known, subjects.screened, index_dates))
    return pd.concat(parts, ignore_index=True)


def take_records(
    cells: Cells,
    file: RecordFile,
    parameters: Sequence[str],
    subjects: Collection[str],
    screened: Collection[str],
    index_dates: Mapping[str, str],
) -> pd.DataFrame:
    """Return the records of the declared parameters (`RECORDS`); the others are accounted for and left.

    Variables that the file does not have are missing. A record after the data cut is left out: by its date,
    else by its day from the subject's index date.

    Raises
    ------
    DataError
        If a declared parameter is not in the file, or a record's subject is not in ADSL.
    """
    _refuse(cells, parameters, {*subjects, *screened})
    declared = cells.table["PARAMCD"].isin(list(parameters))
    failed = cells.table["USUBJID"].isin(list(screened))
    late = _first_days(cells, file, index_dates) > cells.books.cut.isoformat()
    rule = np.select([failed, ~declared, late], [SCREEN_FAILURE, NOT_DECLARED, AFTER_CUT], "")
    column = cells.columns["AVAL"]
    cells.books.settle(file.file, cells.dataset, column, cells.table, pd.Series(rule))
    kept = cells.where(declared & ~failed & ~late)
    _ask_undated(kept)
    found = {name: _column(kept, name) for name in RECORD_KINDS if name in kept.columns}
    records = pd.DataFrame(found, index=kept.table.index).assign(
        DATASET=cells.dataset, AVISIT=_visits(kept, file), DIGITS=kept.digits("AVAL"),
        FILE=file.file, SHEET=cells.dataset, ROW=kept.table["ROW"], COLUMN=column,
    )  # fmt: skip
    for name, kind in RECORD_KINDS.items():
        if name not in records:
            records[name] = np.nan if kind == "number" else ""
    return _from_day_0(records, kept, file)[list(RECORDS)]


def _first_days(cells: Cells, file: RecordFile, index_dates: Mapping[str, str]) -> pd.Series:
    """Return the earliest day of each record; nothing where neither its date nor its day says it."""
    days = pd.Series("", index=cells.table.index, dtype="str")
    if "ADT" in cells.columns:
        days = cells.first_days("ADT")
    if "ADY" in cells.columns:
        day = pd.to_numeric(cells.table["ADY"], errors="coerce")
        day = day.where((day < 1) | (file.first_day != 1), day - 1.0)
        start = pd.to_datetime(cells.table["USUBJID"].map(index_dates), errors="coerce")
        derived = (start + pd.to_timedelta(day, unit="D")).dt.strftime("%Y-%m-%d").fillna("")
        days = days.where(days != "", derived)
    return days


def _ask_undated(cells: Cells) -> None:
    """Ask once about the observed records of a data set that have no date; a derived one may have none."""
    if "ADT" not in cells.columns:
        return
    derived = cells.table["DTYPE"] != "" if "DTYPE" in cells.columns else False
    undated = cells.table[(cells.table["ADT"] == "") & ~(derived | (cells.table["AVAL"] == ""))]
    if not undated.empty:
        column, count = cells.columns["ADT"], len(undated)
        found = f"{column} = '' in {count} row{'s' * (count > 1)}"
        cells.books.query(
            cells.file.file, cells.dataset, undated.iloc[0]["ROW"], column, "", "NO_DATE", found
        )


def _column(cells: Cells, name: str) -> pd.Series:
    if name in NUMBERS:
        return cells.numbers(name)
    if name in DATES:
        return cells.dates(name)
    if name in FLAGS:
        return cells.flags(name)
    return cells.texts(name) if name in PROSE else cells.table[name]


def _visits(cells: Cells, file: RecordFile) -> pd.Series:
    """Return the code of each record's visit; a text that is not declared is asked about once."""
    codes = {fold(text): code or "" for text, code in file.visits.items()} | {"": ""}
    texts = cells.table["AVISIT"]
    unknown = cells.table[~texts.map(fold).isin(list(codes))]
    for text, rows in unknown.groupby("AVISIT", sort=True):
        found = f"{cells.columns['AVISIT']} = '{cells.books.shown(str(text))}' in {len(rows)} rows"
        first = rows.iloc[0]["ROW"]
        cells.books.query(
            file.file,
            cells.dataset,
            first,
            cells.columns["AVISIT"],
            "",
            "UNKNOWN_VISIT",
            found,
            [cells.books.shown(str(text))],
        )
    return texts.map(lambda text: codes.get(fold(text), ""))


def _from_day_0(records: pd.DataFrame, cells: Cells, file: RecordFile) -> pd.DataFrame:
    """Return the records with ADY that counts the index date as day 0."""
    if file.first_day != 1:
        return records
    column = cells.columns["ADY"]
    for row in records[records["ADY"] == 0].to_dict("records"):
        found = f"{column} = '0'"
        named = [row["PARAMCD"], row["AVISIT"], row["ADT"]]
        cells.books.query(
            file.file, cells.dataset, row["ROW"], column, row["USUBJID"], "NO_DAY_0", found, named
        )
    day = records["ADY"].where(records["ADY"] != 0)
    return records.assign(ADY=day.where(day < 0, day - 1.0))


def _refuse(cells: Cells, parameters: Sequence[str], known: Collection[str]) -> None:
    table, where = cells.table, f"data/raw/{cells.file.file}"
    there = set(table["PARAMCD"])
    if absent := [code for code in parameters if code not in there]:
        shown = ", ".join(sorted(there - {""})[:40])
        raise DataError(
            f"{where}, column {cells.columns['PARAMCD']}",
            f"no record of {len(absent)} declared parameters; the file has {shown}",
            absent,
            "mend endpoints.<code>.source.paramcd in the configuration",
        )
    strangers = table[~table["USUBJID"].isin(list(known))]
    if not strangers.empty:
        each = strangers.groupby("USUBJID")["ROW"].agg(["first", "size"])
        raise DataError(
            where,
            f"{len(each)} subjects have records and are not in ADSL",
            [f"{subject}: {count} rows, the first is row {row}" for subject, row, count in each.itertuples()],
            "both data sets are of one data cut: export them together",
        )
