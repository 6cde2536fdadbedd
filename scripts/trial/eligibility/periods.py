"""Dates that are known in part, and what can be said of them for certain.

A date as collected (`2019-07-03`, `2019-07`, `2019` or nothing) stands for every day from its first to its
last. What holds for all of them is certain, what holds for some is undecided.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

EVER, NEVER = date.min, date.max


@dataclass(frozen=True)
class Day:
    """A day of which the first and the last possibility are known."""

    first: date
    last: date

    def not_after(self, bound: date) -> bool | None:
        """Return whether the day is `bound` or earlier; None where it may or may not be."""
        if self.last <= bound:
            return True
        return None if self.first <= bound else False

    def not_before(self, bound: date) -> bool | None:
        """Return whether the day is `bound` or later."""
        if self.first >= bound:
            return True
        return None if self.last >= bound else False


ANY_DAY = Day(EVER, NEVER)


def read_known(day: str, collected: str = "") -> Day:
    """Return what is known of a date: its whole ISO day, else the year or year and month as collected."""
    text = day or collected
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or len(parts[0]) != 4:
        return ANY_DAY
    try:
        if len(parts) == 3:
            whole = date.fromisoformat(text)
            return Day(whole, whole)
        year, month = int(parts[0]), int(parts[1]) if len(parts) == 2 else 0
        last = calendar.monthrange(year, month or 12)[1]
        return Day(date(year, month or 1, 1), date(year, month or 12, last))
    except ValueError:
        return ANY_DAY


def months_before(day: date, months: int) -> date:
    """Return the same day of the calendar some months before, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        return EVER
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days_before(day: date, days: int) -> date:
    """Return the day some days before."""
    return day - timedelta(days)


def completed_years(since: Day, at: date) -> tuple[int, int]:
    """Return the smallest and the greatest number of completed years, as an age is counted."""
    return _years(since.last, at), _years(since.first, at)


def _years(since: date, at: date) -> int:
    return at.year - since.year - ((at.month, at.day) < (since.month, since.day))


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Return whether all hold: False where one does not, None where one is undecided."""
    found = list(answers)
    if False in found:
        return False
    return None if None in found else True


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Return whether one holds: True where one does, None where one is undecided."""
    found = list(answers)
    if True in found:
        return True
    return None if None in found else False


def in_period(start: Day, end: Day, first: date, last: date) -> bool | None:
    """Return whether what lasted from `start` to `end` was there between two days, ends included."""
    return all_of((start.not_after(last), end.not_before(first)))
