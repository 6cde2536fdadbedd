"""The forms of dates that EDC files may declare: `ISO`, or a pattern of year, month and day."""

import re
from datetime import date

TOKENS = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "mmm": r"(?P<name>[A-Za-z]{3,9})",
    "mm": r"(?P<month>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{1,2})",
}
MARKS = "-/. ,"
SPLIT = re.compile(r"yyyy|mmm|mm|dd|.", re.DOTALL)
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
# Years outside stand for "unknown" (1800-01-01, 9999-12-31).
FIRST_YEAR, LAST_YEAR = 1900, 2100


def check_pattern(text: str) -> str:
    """Return what is wrong with a declared form of dates, or ``""``."""
    if text == "ISO":
        return ""
    parts = SPLIT.findall(text)
    wanted = "ISO, or one each of yyyy (year), mm (month, 01) or mmm (its English name, Jan), dd (day)"
    if unknown := [part for part in parts if part not in TOKENS and part not in MARKS]:
        return f"'{unknown[0]}' is no token; expected {wanted}, with one of - / . , or a space between"
    said = sorted("m" if part.startswith("m") else part for part in parts if part in TOKENS)
    return "" if said == ["dd", "m", "yyyy"] else f"expected {wanted}"


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression of a checked form; numbers that touch have both digits."""
    if text == "ISO":
        return ISO
    parts = SPLIT.findall(text)
    packed = all(part in TOKENS for part in parts)
    written = (TOKENS.get(part, re.escape(part)) for part in parts)
    return re.compile("".join(one.replace("{1,2}", "{2}") if packed else one for one in written))


def read_date(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[date | None, bool]:
    """Return the date of a text, and whether it would be one with day and month exchanged only."""
    for pattern in patterns:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            year, day = int(parts["year"]), int(parts["day"])
            month = _month(parts["name"]) if parts.get("name") else int(parts["month"])
            exact = _date(year, month, day)
            return exact, exact is None and _date(year, day, month) is not None
    return None, False


def _month(name: str) -> int:
    near = [at for at, month in enumerate(MONTHS, 1) if month.startswith(name.casefold())]
    return near[0] if near else 0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
