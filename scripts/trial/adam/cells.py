"""Data sets as tables of text, and their cells as numbers, dates, codes and safe text.

What cannot be one is asked about and left missing; the work is done once per distinct text.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trial.adam.books import Books
from trial.adam.config import DataFile
from trial.labs.columns import Column
from trial.labs.config import DatasetJson, Sas
from trial.labs.dataset_json import read_dataset_json
from trial.labs.files import find_files, read_delimited
from trial.labs.grid import Grid, Wanted
from trial.labs.sas import exact_text, read_sas
from trial.study.date_formats import compile_pattern, read_day
from trial.study.errors import DataError
from trial.study.partial_dates import span_of
from trial.study.privacy import WITHHELD
from trial.study.raw_files import RawFile, RawFolder
from trial.study.text import clean_text, fold
from trial.subjects.config_edc import SubjectColumn

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What tells the records of a subject apart, where a data set has it.
NAMED_BY = ("PARAMCD", "AVISIT", "ADT")
# A number with decimals, as AVALC has it: its digits are no phone number.
DECIMAL = re.compile(r"[<>]?=? ?[+-]?(?:0|[1-9][0-9]{0,6})[.,][0-9]+")


@dataclass(frozen=True)
class Cells:
    """One data set: its cells as text, by variable, with the books that its questions go to.

    Attributes
    ----------
    table : DataFrame
        One row per record: ROW and the declared variables, all text; missing is empty.
    columns : mapping of str to str
        The file's own name of each variable.
    """

    dataset: str
    file: DataFile
    table: pd.DataFrame
    columns: Mapping[str, str]
    books: Books

    def where(self, chosen: pd.Series) -> "Cells":
        """Return the cells of the chosen rows alone."""
        return replace(self, table=self.table[chosen])

    def numbers(self, name: str, limits: tuple[float, float] | None = None) -> pd.Series:
        """Return a column of numbers; text that is none, or a number outside the limits, is missing."""

        numbers = self._mapped(name, self._number).astype(float).where(lambda found: np.isfinite(found))
        self._ask(name, (self.table[name] != "") & numbers.isna(), "NOT_A_NUMBER")
        if limits is None:
            return numbers
        outside = (numbers < limits[0]) | (numbers > limits[1])
        self._ask(name, outside, "OUT_OF_LIMITS", f", outside {limits[0]:g} to {limits[1]:g}")
        return numbers.where(~outside)

    def digits(self, name: str) -> pd.Series:
        """Return how many decimals each number is given with, without zeros at the end."""

        def count(text: str) -> float:
            number = self._number(text)
            shown = f"{number:.10f}".rstrip("0").partition(".")[2]
            return float(len(shown)) if math.isfinite(number) else math.nan

        return self._mapped(name, count).astype(float)

    def dates(self, name: str) -> pd.Series:
        """Return a column of dates as ISO text; what is none is asked about and missing."""
        days = self._days(name)
        self._ask(name, (self.table[name] != "") & (days == ""), "IMPOSSIBLE_DATE")
        return days

    def first_days(self, name: str) -> pd.Series:
        """Return the earliest day that each date may stand for; nothing where it cannot be read."""
        days = self._days(name)
        partial = self._mapped(name, lambda text: (span_of(text) or ("",))[0])
        return days.where(days != "", partial)

    def without_later(self, names: Iterable[str]) -> tuple["Cells", pd.Series]:
        """Return the cells with dates after the data cut left empty, and which rows had one."""
        table, found = self.table.copy(), pd.Series(False, index=self.table.index)
        for name in names:
            later = self.first_days(name) > self.books.cut.isoformat()
            table[name] = table[name].mask(later, "")
            found |= later
        return replace(self, table=table), found

    def _days(self, name: str) -> pd.Series:
        patterns = tuple(map(compile_pattern, self.file.dates))

        def read(text: str) -> str:
            day, _ = read_day(text, patterns)
            return day.isoformat() if day else ""

        return self._mapped(name, read)

    def codes(self, name: str, codes: Sequence[str]) -> pd.Series:
        """Return a column of a closed list of codes; another text is asked about and missing."""
        words = {fold(code): code for code in codes}
        found = self._mapped(name, lambda text: words.get(fold(text), ""))
        self._ask(name, (self.table[name] != "") & (found == ""), "UNKNOWN_CODE", once=True)
        return found

    def flags(self, name: str) -> pd.Series:
        """Return a flag: Y or empty; N is no flag, any other text is asked about."""
        return self.codes(name, ("Y", "N")).replace("N", "")

    def texts(self, name: str) -> pd.Series:
        """Return free text; a text that holds an identifier is asked about and withheld."""
        shown = self._mapped(name, lambda text: text if DECIMAL.fullmatch(text) else self.books.shown(text))
        self._ask(name, shown != self.table[name], "IDENTIFIER_IN_TEXT", shown=False)
        return shown

    def column(self, name: str, column: SubjectColumn) -> pd.Series:
        """Return a column that the study declares, by its kind."""
        if column.kind == "date":
            return self.dates(name)
        if column.kind == "number":
            return self.numbers(name, column.limits)
        return self.codes(name, tuple(column.codes)) if column.codes else self.texts(name)

    def _number(self, text: str) -> float:
        if self.file.decimal != "." and "." in text:
            return math.nan
        plain = text.replace(self.file.decimal, ".")
        return float(plain) if NUMBER.fullmatch(plain) else math.nan

    def _mapped(self, name: str, function: Callable[[str], object]) -> pd.Series:
        texts = self.table[name]
        answers = {text: function(text) for text in texts.unique()}
        return texts.map(answers)

    def _ask(
        self, name: str, bad: pd.Series, rule: str, end: str = "", *, once: bool = False, shown: bool = True
    ) -> None:
        """Ask about each bad cell of a column, or once about each distinct text of them."""
        rows = self.table[bad]
        counts = rows[name].value_counts()
        for row in (rows.drop_duplicates(name) if once else rows).to_dict("records"):
            more = f" in {counts[row[name]]} rows" if once and counts[row[name]] > 1 else ""
            text = self.books.shown(row[name]) if shown else WITHHELD
            found = f"{self.columns[name]} = '{text}'{end}{more}"
            subject = "" if more else row["USUBJID"]
            named = [text] if once else [row[key] for key in NAMED_BY if key in row]
            self.books.query(
                self.file.file, self.dataset, row["ROW"], self.columns[name], subject, rule, found, named
            )


def read_cells(
    raw: RawFolder, key: str, dataset: str, file: DataFile, columns: Mapping[str, str], books: Books
) -> Cells:
    """Return a data set with its variables as text.

    Parameters
    ----------
    raw : RawFolder
        The folder of raw data.
    key : str
        How errors call the place in the configuration.
    dataset : str
        Name of the data set, for questions.
    columns : mapping of str to str
        The file's column of each variable.

    Raises
    ------
    DataError
        If the file is not there, is not what is declared, lacks a column or holds no row.
    """
    (found,) = find_files(raw, [file.file], f"{key}.file")
    grid = read_grid(found, file, Wanted(tuple(dict.fromkeys(columns.values()))))
    name, missing = found.name, {fold(text) for text in file.missing}

    def clean(text: str) -> str:
        cleaned = clean_text(text)
        return "" if cleaned.casefold() in missing else cleaned

    _refuse_broken(name, grid)
    table = {variable: grid.columns[text].recode(clean).spread() for variable, text in columns.items()}
    frame = pd.DataFrame({"ROW": grid.row.astype(str)} | table, dtype="str")
    if frame.empty:
        raise DataError(f"data/raw/{name}", "the data set has no rows", hint="export it again")
    return Cells(dataset, file, frame, dict(columns), books)


def read_grid(raw: RawFile, file: DataFile, wanted: Wanted) -> Grid:
    """Return the wanted columns of a data set as its file has them; errors are those of `read_cells`."""
    if isinstance(file.table, Sas):
        return read_sas(raw, file.table, wanted, file.decimal, exact_text)
    if isinstance(file.table, DatasetJson):
        return read_dataset_json(raw.read(), raw.name, wanted, file.decimal)
    return read_delimited(raw, file.table, wanted, wanted.texts)


def _refuse_broken(name: str, grid: Grid) -> None:
    """Refuse rows that cannot be read: of analysed data none may be lost."""
    rule: Column = grid.rule
    broken = np.flatnonzero(rule.spread() != "")
    if len(broken):
        raise DataError(
            f"data/raw/{name}",
            f"{len(broken)} rows have not the cells of the header",
            [f"row {grid.row[at]}" for at in broken],
            "export the data set again: no record may be lost",
        )
