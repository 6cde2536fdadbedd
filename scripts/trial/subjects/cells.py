"""Texts of EDC cells to dates, numbers and codes; what cannot be one is asked about, never guessed."""

import math
import re
from collections.abc import Iterator
from datetime import date

import pandas as pd

from trial.subjects.books import Books
from trial.subjects.config import SubjectColumn
from trial.subjects.edc import EdcFile

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
# Years outside stand for "unknown" (1800-01-01, 9999-12-31).
FIRST_YEAR, LAST_YEAR = 1900, 2100


def read_dates(file: EdcFile, name: str, books: Books) -> pd.Series:
    """Return a date column as ISO text: impossible dates queried and empty, those after the cut queried."""
    found = [_parse_date(text) for text in file.rows[name]]
    for (line, subject, text), day in zip(_cells(file, name), found, strict=True):
        rule = "IMPOSSIBLE_DATE" if text and not day else ""
        if day and day > books.cut:
            rule = "DATE_AFTER_CUT"
        if rule:
            books.query(file, line, subject, rule, f"{name} = '{text}'")
    return pd.Series([day.isoformat() if day else "" for day in found], index=file.rows.index, dtype="str")


def read_numbers(file: EdcFile, name: str, books: Books, positive: bool = False) -> pd.Series:
    """Return a numeric column; texts that are no number, or not `positive`, are queried and missing."""
    numbers = []
    for line, subject, text in _cells(file, name):
        number = _parse_number(text)
        rule = "NOT_A_NUMBER" if text and math.isnan(number) else ""
        if positive and number <= 0:
            rule, number = "IMPOSSIBLE_VALUE", math.nan
        if rule:
            books.query(file, line, subject, rule, f"{name} = '{text}'")
        numbers.append(number)
    return pd.Series(numbers, index=file.rows.index, dtype=float)


def read_column(file: EdcFile, name: str, column: SubjectColumn, books: Books) -> pd.Series:
    """Return a column that the study declares; a text that is none of its codes is queried and empty."""
    if column.kind == "date":
        return read_dates(file, name, books)
    if column.kind == "number":
        return read_numbers(file, name, books)
    texts = []
    for line, subject, text in _cells(file, name):
        known = not (text and column.codes) or text in column.codes
        if not known:
            books.query(file, line, subject, "UNKNOWN_CODE", f"{name} = '{text}'")
        texts.append(text if known else "")
    return pd.Series(texts, index=file.rows.index, dtype="str")


def _cells(file: EdcFile, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield row, subject and text of each cell of a column."""
    rows = file.rows
    return zip(rows["ROW"].tolist(), rows["USUBJID"].tolist(), rows[name].tolist(), strict=True)


def _parse_date(text: str) -> date | None:
    if not _ISO_DATE.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parse_number(text: str) -> float:
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else math.nan
