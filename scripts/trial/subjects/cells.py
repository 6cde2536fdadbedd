"""Texts of EDC cells to dates and numbers; what cannot be one is asked about, never guessed."""

import math
import re
from datetime import date

import pandas as pd

from trial.subjects.books import Books
from trial.subjects.edc import EdcFile

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
# Years outside stand for "unknown" (1800-01-01, 9999-12-31).
FIRST_YEAR, LAST_YEAR = 1900, 2100


def read_dates(file: EdcFile, name: str, books: Books) -> pd.Series:
    """Return a date column as ISO text: impossible dates queried and empty, those after the cut queried."""
    found = [_parse_date(text) for text in file.rows[name]]
    for (_, row), day in zip(file.rows.iterrows(), found, strict=True):
        rule = "IMPOSSIBLE_DATE" if row[name] and not day else ""
        if day and day > books.cut:
            rule = "DATE_AFTER_CUT"
        if rule:
            books.query(file, row["ROW"], row["USUBJID"], rule, f"{name} = '{row[name]}'")
    return pd.Series([day.isoformat() if day else "" for day in found], index=file.rows.index, dtype="str")


def read_numbers(file: EdcFile, name: str, books: Books, positive: bool = False) -> pd.Series:
    """Return a numeric column; texts that are no number, or not `positive`, are queried and missing."""
    numbers = []
    for _, row in file.rows.iterrows():
        number = _parse_number(row[name])
        rule = "NOT_A_NUMBER" if row[name] and math.isnan(number) else ""
        if positive and number <= 0:
            rule, number = "IMPOSSIBLE_VALUE", math.nan
        if rule:
            books.query(file, row["ROW"], row["USUBJID"], rule, f"{name} = '{row[name]}'")
        numbers.append(number)
    return pd.Series(numbers, index=file.rows.index, dtype=float)


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
