"""EDC cells to dates, numbers, codes and safe text; what cannot be one is asked about, never guessed."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from trial.study.date_formats import compile_pattern, read_day
from trial.study.errors import DataError
from trial.study.text import fold
from trial.subjects.books import SCREEN_FAILURE, Books
from trial.subjects.config_edc import Edc, SubjectColumn
from trial.subjects.edc import EdcFile
from trial.subjects.record_files import RECORD_FILES

_DECIMAL = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
# Columns of whole dates. Medicines of long standing are often known by year alone: not among them.
DATES = {
    "subjects": ("CONSENT_DT", "ENROL_DT", "ALLOC_DT", "INFUSION_DT"),
    "visits": ("VISIT_DT",),
    "adverse_events": ("AESTDTC", "AEENDTC"),
    "discontinuation": ("DSDTC",),
    **{file.kind: file.of_kind("date", "partial") for file in RECORD_FILES},
}
# A file is refused where more than these shares of its dates, and this many, contradict what is declared.
MOST, SWAPPED, FEW = 0.9, 0.05, 3
# Columns whose whole dates may have a time of day, which does not change the day.
TIMED = ("AESTDTC", "AEENDTC", "EXSTDTC", "EXENDTC")
_TIMED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_PARTIAL = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")
_LIKE_A_DATE = re.compile(r"[0-9]{1,4}[-/. ,]?(?:[0-9]{1,2}|[A-Za-z]{3,9})[-/. ,]?[0-9]{2,4}")


@dataclass(frozen=True)
class Cells:
    """One EDC file, how its cells are written, and the books that its questions go to."""

    file: EdcFile
    edc: Edc
    books: Books

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the file."""
        return self.file.rows

    def where(self, chosen: pd.Series) -> "Cells":
        """Return the cells of the chosen rows alone."""
        return replace(self, file=EdcFile(self.file.name, self.rows[chosen], kind=self.file.kind))

    def dates(self, name: str, *, partial: bool = False) -> pd.Series:
        """Return a date column as ISO text; an impossible date is queried and empty.

        `partial`: a year, or year and month, is empty without a question.
        """
        days = self._days(name)
        for (line, subject, text), day in zip(self._cells(name), days, strict=True):
            known = partial and _PARTIAL.fullmatch(text)
            if text and not day and not known:
                self.books.query(self.file, line, subject, "IMPOSSIBLE_DATE", f"{name} = '{text}'", name)
        return self._series([day.isoformat() if day else "" for day in days])

    def known_days(self, name: str) -> pd.Series:
        """Return what is known of each date: the ISO day, else a year or year and month, else nothing.

        Each is the beginning of every day that it may stand for.
        """
        days = self._days(name)
        texts = zip(days, self.rows[name], strict=True)
        return self._series(
            [day.isoformat() if day else text if _PARTIAL.fullmatch(text) else "" for day, text in texts]
        )

    def numbers(self, name: str, limits: tuple[float, float] | None) -> pd.Series:
        """Return a numeric column; no number, or one outside the limits, is queried and missing."""
        numbers = pd.Series([_parse_number(text) for text in self.rows[name]], self.rows.index, dtype=float)
        for (line, subject, text), number in zip(self._cells(name), numbers, strict=True):
            if text and math.isnan(number):
                self.books.query(self.file, line, subject, "NOT_A_NUMBER", f"{name} = '{text}'", name)
        return self.within(name, numbers, limits, [name])

    def within(
        self, name: str, numbers: pd.Series, limits: tuple[float, float] | None, made_of: Sequence[str]
    ) -> pd.Series:
        """Return numbers without those outside the limits, which are queried with their cells."""
        if limits is None:
            return numbers
        outside = (numbers < limits[0]) | (numbers > limits[1])
        for at in np.flatnonzero(outside):
            row = self.rows.iloc[at]
            cells = " and ".join(f"{column} = '{row[column]}'" for column in made_of)
            value = "" if list(made_of) == [name] else f"{name} {numbers.iloc[at]:.4g} from "
            found = f"{value}{cells}, outside {limits[0]:g} to {limits[1]:g}"
            self.books.query(self.file, row["ROW"], row["USUBJID"], "OUT_OF_LIMITS", found, name)
        return numbers.where(~outside)

    def codes(self, name: str) -> pd.Series:
        """Return a column as codes of its declared spellings; each other text is queried once and empty.

        A column without spellings holds text.
        """
        words = self.edc.words(name)
        if not words:
            return self.texts(name)
        unknown: dict[str, list[tuple[int, str]]] = {}
        for line, subject, text in self._cells(name):
            if text and fold(text) not in words:
                unknown.setdefault(text, []).append((line, subject))
        for text, places in unknown.items():
            count = f" in {len(places)} rows" if len(places) > 1 else ""
            line, subject = places[0]
            asked, found = ("" if count else subject), f"{name} = '{text}'{count}"
            self.books.query(self.file, line, asked, "UNKNOWN_CODE", found, name, text)
        return self._series([words.get(fold(text), "") for text in self.rows[name]])

    def texts(self, name: str) -> pd.Series:
        """Return a column of free text; a text that holds an identifier is queried and withheld."""
        texts = []
        for line, subject, text in self._cells(name):
            if self.books.identifiers.holds(text):
                self.books.query(self.file, line, subject, "IDENTIFIER_IN_TEXT", f"in {name}", name)
            texts.append(self.books.shown(text))
        return self._series(texts)

    def column(self, name: str, column: SubjectColumn) -> pd.Series:
        """Return a column that the study declares, by its kind."""
        if column.kind == "date":
            return self.dates(name)
        return self.numbers(name, column.limits) if column.kind == "number" else self.codes(name)

    def _days(self, name: str) -> list[date | None]:
        return [read_day(_without_time(name, text), self._patterns)[0] for text in self.rows[name]]

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(compile_pattern, self.edc.dates))

    def _cells(self, name: str) -> Iterator[tuple[int, str, str]]:
        """Yield row, subject and text of each cell of a column."""
        rows = self.rows
        return zip(rows["ROW"].tolist(), rows["USUBJID"].tolist(), rows[name].tolist(), strict=True)

    def _series(self, texts: Sequence[str]) -> pd.Series:
        return pd.Series(texts, index=self.rows.index, dtype="str")


def refuse_other_dates(files: Mapping[str, EdcFile], edc: Edc, books: Books) -> None:
    """Refuse a file whose dates are not written as declared: one message instead of one query per cell.

    Raises
    ------
    DataError
        If nearly all whole dates of a file violate the declared forms, or enough of them exist only with
        day and month exchanged: then the others are wrong without showing it.
    """
    patterns = tuple(map(compile_pattern, edc.dates))
    own = tuple(name for name, column in edc.subject_columns.items() if column.kind == "date")
    for kind, names in DATES.items():
        if kind not in files:
            continue
        file = files[kind]
        wanted = [*names, *(own if kind == "subjects" else ())]
        cells = [
            (line, name, text)
            for name in wanted
            for line, text in zip(file.rows["ROW"], file.rows[name], strict=True)
            if text and not _PARTIAL.fullmatch(text)
        ]
        read = [read_day(_without_time(name, text), patterns) for _, name, text in cells]
        unread = [cell for cell, (day, _) in zip(cells, read, strict=True) if day is None]
        swapped = [cell for cell, (_, turned) in zip(cells, read, strict=True) if turned]
        declared = "the declared " + " or ".join(f"'{text}'" for text in edc.dates)
        for bad, share, problem in (
            (
                swapped,
                SWAPPED,
                f"dates exist only with day and month exchanged, against {declared}",
            ),
            (unread, MOST, f"nearly all dates are not in {declared}"),
        ):
            if len(bad) >= FEW and len(bad) > share * len(cells):
                offenders = [f"row {line}, {name}: {_shown(text, books)}" for line, name, text in bad]
                raise DataError(
                    f"data/raw/{file.name}",
                    f"{problem} ({len(bad)} of {len(cells)})",
                    offenders,
                    "declare the form that the file has in edc.dates",
                )


def _without_time(name: str, text: str) -> str:
    """Return the day of a text with a time of day, in columns that may have one."""
    found = _TIMED.fullmatch(text) if name in TIMED else None
    return found[1] if found else text


def _shown(text: str, books: Books) -> str:
    """Return a date text for a message; another text may be a name or a number of a patient."""
    safe = _LIKE_A_DATE.fullmatch(text) and not books.identifiers.holds(text)
    return f"'{text}'" if safe else "text that is no date"


def _parse_number(text: str) -> float:
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else math.nan


def of_known_subjects(file: EdcFile, edc: Edc, books: Books) -> Cells:
    """Return the cells of known subjects; screening failures are left out, the others are queried too."""
    known = file.rows["USUBJID"].isin(list(books.subjects))
    screened = file.rows["USUBJID"].isin(list(books.screened))
    near = {_fold(subject): subject for subject in sorted(books.subjects)}
    for _, row in file.rows[~known & ~screened].iterrows():
        match = near.get(_fold(row["USUBJID"]), "")
        found = "the subject is not in the subjects file" + (f" (which has {match})" if match else "")
        books.query(file, row["ROW"], row["USUBJID"], "UNKNOWN_SUBJECT", found)
    aside = dict.fromkeys(file.rows.loc[~known, "ROW"], "UNKNOWN_SUBJECT")
    books.settle(file, aside | dict.fromkeys(file.rows.loc[screened, "ROW"], SCREEN_FAILURE))
    return Cells(file, edc, books).where(known)


def _fold(subject: str) -> str:
    return "".join(subject.upper().split())
