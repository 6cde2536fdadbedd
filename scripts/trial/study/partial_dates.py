"""Dates known in part, a year or a year and month: the days that they may stand for."""

import calendar


def span_of(text: str) -> tuple[str, str] | None:
    """Return the first and last day of a year (yyyy) or of a month (yyyy-mm); None for another text."""
    year, _, month = text.partition("-")
    if len(year) != 4 or not year.isdigit() or (month and (len(month) != 2 or not month.isdigit())):
        return None
    if not month:
        return (f"{year}-01-01", f"{year}-12-31") if text == year else None
    if not 1 <= int(month) <= 12:
        return None
    return f"{text}-01", f"{text}-{calendar.monthrange(int(year), int(month))[1]:02d}"
