"""Collection, receipt and result times of the records of one source."""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from trial.labs.columns import Column, join_texts
from trial.labs.config import Source
from trial.labs.dates import DateReader, Moment, declared_examples
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text
from trial.study.date_formats import month_of
from trial.study.errors import DataError

DATE_MARKS = re.compile(r"(?=(?:\d+\D){2})[\d:/.\-+TZ ]{1,30}")
NO_DIGIT = re.compile(r"\D")
NAMES = re.compile(r"[^\W\d_]+\.?")
MOST = 0.9
FEW = 3
SWAPPED_SHARE = 0.05
UNKNOWN = -(2**62)
DAY = 24 * 60


@dataclass(frozen=True)
class Times:
    """Times of the records.

    Parameters
    ----------
    collected : ndarray of str
        `YYYY-MM-DDTHH:MM` or `YYYY-MM-DD`.
    minutes, resulted : ndarray of int64
        Minutes since 1970 of collection and result; `UNKNOWN` where not given.
    timed : ndarray of bool
        The collection has a time of day.
    out_of_order : ndarray of bool
        Not collected <= received <= resulted.
    late : ndarray of bool
        The earliest day of collection lies after the data cut, and within the study.
    """

    collected: np.ndarray
    minutes: np.ndarray
    resulted: np.ndarray
    timed: np.ndarray
    out_of_order: np.ndarray
    late: np.ndarray


def read_times(records: RawRecords, source: Source, cut: date, ledger: Ledger) -> tuple[Times, np.ndarray]:
    """Return times, and the rule that the collection date of each record breaks (or ``""``).

    Raises
    ------
    DataError
        If nearly all collection dates violate the declared formats, or enough of them exist only with
        day and month exchanged: then the others are wrong without showing it.
    """
    reader = DateReader(source.dates)
    column = dated(records, "collected")
    moments = [reader.read_collected(text) for text in column.texts]
    _refuse_other_format(records, source, moments, column)
    at = column.codes
    collected = np.array([*(moment.text for moment in moments), ""], dtype=object)[at]
    rule = np.array([*(moment.rule for moment in moments), ""], dtype=object)[at]
    minutes = np.array([*(_minutes(moment.text) for moment in moments), UNKNOWN], dtype=np.int64)[at]
    timed = np.array([*(len(moment.text) > 10 for moment in moments), False])[at]
    received = _read_other(dated(records, "received"), reader, ledger)
    resulted = _read_other(dated(records, "resulted"), reader, ledger)
    out = _before(_latest(received), minutes, timed) | _before(_latest(resulted), minutes, timed)
    out |= (received != UNKNOWN) & (resulted != UNKNOWN) & (_latest(resulted) < received)
    days = [_first_day(text, moment) for text, moment in zip(column.texts, moments, strict=True)]
    late = np.array([*(day > cut.isoformat() for day in days), False])[at]
    return Times(collected, minutes, resulted, timed, out, late), rule


def _first_day(text: str, moment: Moment) -> str:
    """Return the earliest day that a collection date may stand for; nothing where that is asked about."""
    if moment.rule == "PARTIAL_DATE":
        digits = NO_DIGIT.sub("", text)
        return f"{digits[:4]}-{digits[4:6] or '1':0>2}-01"
    return "" if moment.rule else moment.text[:10]


def dated(records: RawRecords, role: str) -> Column:
    """Return the texts of a date, with those of its time where that stands in a column of its own."""
    return join_texts(records.roles[role], records.roles[f"{role}_time"])


def _refuse_other_format(records: RawRecords, source: Source, moments: list, column: Column) -> None:  # type: ignore[type-arg]
    counts = column.counts()
    filled = np.array([bool(clean_text(text)) for text in column.texts], dtype=bool)
    total = counts[filled].sum() if len(counts) else 0
    broken = np.array([moment.rule in ("DATE_FORMAT", "IMPOSSIBLE_DATE") for moment in moments], dtype=bool)
    swapped = np.array([moment.swapped for moment in moments], dtype=bool)
    declared = declared_examples(source.dates.formats)
    for bad, problem, enough in (
        (swapped, f"dates exist only with day and month exchanged, against the declared {declared}",
         SWAPPED_SHARE * total),
        (broken, f"nearly all collection dates are not written as declared, {declared}", MOST * total),
    ):  # fmt: skip
        count = counts[bad].sum() if len(counts) else 0
        if count > enough and count >= FEW:
            hits = np.flatnonzero(np.isin(column.codes, np.flatnonzero(bad)))[:100]
            files = records.file.spread()
            offenders = [
                f"{files[at]} row {records.row[at]}: {_shown(column.texts[column.codes[at]])}" for at in hits
            ]
            raise DataError(
                source.label, f"{problem} ({count} of {total})", offenders[:5],
                "declare the format that the export has in sources.<id>.dates.formats",
            )  # fmt: skip


def _shown(text: str) -> str:
    """Return a date text for a message; other text may be a name, bare digits a hospital number."""
    if text.isdigit():
        return f"{len(text)} digits"
    digits = NAMES.sub(lambda name: "1" if _of_date(name.group()) else name.group(), clean_text(text))
    return f"'{clean_text(text)}'" if DATE_MARKS.fullmatch(digits) else "text that is no date"


def _of_date(word: str) -> bool:
    return bool(month_of(word)) or word.upper() in ("AM", "PM", "SA", "CH", "T", "Z", "H")


def _read_other(column: Column, reader: DateReader, ledger: Ledger) -> np.ndarray:
    moments = [reader.read(text) for text in column.texts]
    unreadable = np.array([*(bool(moment.rule) for moment in moments), False])[column.codes]
    ledger.ask(unreadable & ledger.open, "TIME_UNREADABLE", column.recode(clean_text).spread())
    # A date without a time says nothing of the order within the day.
    minutes = [_minutes(moment.text) if len(moment.text) > 10 else UNKNOWN for moment in moments]
    return np.asarray(np.array([*minutes, UNKNOWN], dtype=np.int64)[column.codes])


def _latest(minutes: np.ndarray) -> np.ndarray:
    """Return times with 00:00, which a date without a time is padded with, moved to the end of its day."""
    padded = (minutes != UNKNOWN) & (minutes % DAY == 0)
    return np.asarray(np.where(padded, minutes + DAY - 1, minutes))


def _before(later: np.ndarray, collected: np.ndarray, timed: np.ndarray) -> np.ndarray:
    return np.asarray((later != UNKNOWN) & timed & (later < collected))


def _minutes(text: str) -> int:
    if not text:
        return UNKNOWN
    return int(np.datetime64(text, "m").astype(np.int64))
