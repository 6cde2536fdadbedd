"""The patterns of dates that exports and EDC files may declare: tokens, checks of a pattern, month names.

A pattern is read from left to right: tokens, marks between them, and text in single quotes
(`HH'h'MM`). The configuration checks every pattern to its end, so that no pattern fails on the data.
"""

import re
import unicodedata
from datetime import date
from itertools import pairwise

# Token: (what it stands for, regular expression with both digits, the same without padding).
_TWO, _ONE = r"\d{2}", r"\d{1,2}"
TOKENS = {
    "yyyy": ("year", r"(?P<y>\d{4})", r"(?P<y>\d{4})"),
    "yy": ("year", r"(?P<yy>\d{2})", r"(?P<yy>\d{2})"),
    "mmm": ("month", *[r"(?P<name>[^\W\d_]+\.?(?: ?\d{1,2}(?!\d))?)"] * 2),
    "mm": ("month", rf"(?P<m>{_TWO})", rf"(?P<m>{_ONE})"),
    "dd": ("day", rf"(?P<d>{_TWO})", rf"(?P<d>{_ONE})"),
    "HH": ("hour", rf"(?P<H>{_TWO})", rf"(?P<H>{_ONE})"),
    "hh": ("hour", rf"(?P<h>{_TWO})", rf"(?P<h>{_ONE})"),
    "MM": ("minute", rf"(?P<M>{_TWO})", rf"(?P<M>{_TWO})"),
    "SS": ("second", rf"(?P<S>{_TWO})", rf"(?P<S>{_TWO})"),
    "fff": ("fraction", r"\d{1,9}", r"\d{1,9}"),
    "AM": ("half of the day", *[r"(?P<half>[aApP]\.? ?[mM]\.?|SA|CH)"] * 2),
    "zzz": ("zone", *[r"(?P<zone>[zZ]|[+-]\d{2}(?::?\d{2})?)"] * 2),
}  # fmt: skip
MEANINGS = (
    "yyyy or yy (year; yy needs dates.first_year), mm (month, 01) or mmm (its name, Jan), dd (day), "
    "HH (hour, 00-24) or hh with AM (01-12 AM/PM), MM (minute), SS (second), fff (fraction of a second), "
    "zzz (zone, +07:00); text of its own stands in single quotes"
)
NAMED = ("ISO", "HL7", "excel")
SPLIT = re.compile(r"yyyy|yy|mmm|mm|dd|HH|hh|MM|SS|fff|AM|zzz|'[^']+'|.", re.DOTALL)
MARKS = set(" -/.,:T_()+") | {"\u5e74", "\u6708", "\u65e5"}
NEEDS = {"minute": "hour", "second": "minute", "fraction": "second", "zone": "hour"}
ISO = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)(?:[T ](?P<H>\d\d?):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<zone>[zZ]|[+-]\d\d(?::?\d\d)?)?)?$"
)
HL7 = re.compile(
    r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:(?P<H>\d\d)(?:(?P<M>\d\d)(?:(?P<S>\d\d)(?:\.\d{1,4})?)?)?)?"
    r"(?P<zone>[+-]\d{4})?$"
)
# Month names and their usual short forms: English, German, French; one meaning for each.
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janner janv janvier", "feb february februar fev fevr fevrier",
            "mar march mrz marz maerz mars", "apr april avr avril", "may mai", "jun june juni juin",
            "jul july juli juil juillet", "aug august aout", "sep sept september septembre",
            "oct october okt oktober octobre", "nov november novembre", "dec december dez dezember decembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
# Years outside stand for "unknown" in forms of an EDC (1800-01-01, 9999-12-31).
FIRST_YEAR, LAST_YEAR = 1900, 2100
VIETNAMESE = re.compile(r"(?:th|thg|thang)\.? ?(\d{1,2})$")


def check_pattern(text: str) -> str:
    """Return what is wrong with a declared format, or ``""``."""
    if text in NAMED:
        return ""
    parts = SPLIT.findall(text)
    if unknown := [p for p in parts if p not in TOKENS and p not in MARKS and not p.startswith("'")]:
        return f"'{unknown[0]}' is no token"
    if "'" in parts:
        return "a single quotation mark is not closed"
    said = [TOKENS[part][0] for part in parts if part in TOKENS]
    if twice := [meaning for meaning in said if said.count(meaning) > 1]:
        tokens = [part for part in parts if part in TOKENS and TOKENS[part][0] == twice[0]]
        return f"it has two tokens of the {twice[0]} ({' and '.join(tokens)})"
    if absent := [meaning for meaning in ("year", "month", "day") if meaning not in said]:
        minutes = " (MM are minutes)" if absent[0] == "month" and "MM" in parts else ""
        return f"it has no {absent[0]}{minutes}"
    if alone := [m for m, needed in NEEDS.items() if m in said and needed not in said]:
        return f"it has a {alone[0]}, but no {NEEDS[alone[0]]}"
    if ("hh" in parts) != ("AM" in parts):
        return "hh and AM stand together, or neither"
    tokens = [part for part in parts if part in TOKENS]
    if "MM" in tokens and not {("HH", "MM"), ("hh", "MM")} & set(pairwise(tokens)):
        return "MM are minutes and stand behind the hour (the month is mm)"
    return ""


def check_day_pattern(text: str) -> str:
    """Return what is wrong with a declared form of whole dates (EDC files), or ``""``."""
    if text == "ISO":
        return ""
    wrong = "it is no form of whole dates" if text in NAMED else check_pattern(text)
    if not wrong:
        tokens = [part for part in SPLIT.findall(text) if part in TOKENS]
        beyond = [p for p in tokens if p == "yy" or TOKENS[p][0] not in ("year", "month", "day")]
        wrong = f"'{beyond[0]}' is no part of a whole date" if beyond else ""
    wanted = "expected ISO, or one each of yyyy (year), mm (month, 01) or mmm (its name, Jan), dd (day)"
    return f"{wrong}; {wanted}" if wrong else ""


def read_day(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[date | None, bool]:
    """Return the date of a text, and whether it would be one with day and month exchanged only.

    A text with a time of day is no whole date.
    """
    for pattern in patterns:
        if (found := pattern.fullmatch(text)) and not (parts := found.groupdict()).get("H"):
            year, day = int(parts["y"]), int(parts["d"])
            month = month_of(parts["name"]) if parts.get("name") else int(parts["m"])
            exact = _day(year, month, day)
            return exact, exact is None and _day(year, day, month) is not None
    return None, False


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression of a checked pattern.

    Numbers that touch another number need all their digits; beside a mark or a name they need none.
    """
    if text in ("ISO", "HL7"):
        return ISO if text == "ISO" else HL7
    parts = SPLIT.findall(text)
    written = [_written(part, parts[at - 1 : at] + parts[at + 1 : at + 2]) for at, part in enumerate(parts)]
    return re.compile(rf"{''.join(written)}$")


def _written(part: str, neighbours: list[str]) -> str:
    if part in TOKENS:
        packed = any(one in TOKENS and one not in ("mmm", "AM", "zzz") for one in neighbours)
        return TOKENS[part][1 if packed else 2]
    if part == " ":
        return r"\s+"
    return re.escape(part.strip("'") if len(part) > 1 else part)


def month_of(name: str) -> int:
    """Return the month (1-12) that a name or a short form stands for, or 0."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark)).rstrip(".")
    if found := VIETNAMESE.match(plain):
        return int(found.group(1)) if 1 <= int(found.group(1)) <= 12 else 0
    return MONTHS.get(plain, 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
