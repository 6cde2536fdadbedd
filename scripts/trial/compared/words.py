"""Cells of the pages of a comparison: numbers as far as they differ, and where a number leads to."""

import math
from collections.abc import Sequence

from trial.compared.files import Row
from trial.display.numbers import format_plain, format_significant, print_minus
from trial.display.pages.trace_links import trace_link

# Digits that are tried one after the other, until the two numbers do not print alike.
DIGITS = (6, 9, 12)
CHANGES = {
    "appeared": "appeared",
    "gone": "gone",
    "n": "subjects behind it",
    "note": "note only",
    "conclusion": "same number, another level",
}
KIND_WORDS = {"added": "added", "removed": "removed", "changed": "changed"}


def print_pair(old: str, new: str) -> tuple[str, str]:
    """Return two numbers, given as text, with as many digits as it takes to tell them apart."""
    if not (_is_number(old) and _is_number(new)) or float(old) == float(new):
        return _print(old, DIGITS[0]), _print(new, DIGITS[0])
    whole = print_minus(old), print_minus(new)
    pairs = ((_print(old, digits), _print(new, digits)) for digits in DIGITS)
    return next((pair for pair in pairs if pair[0] != pair[1]), whole)


def print_change(text: str, digits: int = 3) -> str:
    """Return a difference with its sign and few digits; empty where there is none."""
    if not _is_number(text):
        return print_minus(text)
    value = float(text)
    return ("+" if value > 0 else "") + format_significant(value, digits)


def describe(row: Row) -> tuple[str, str, str]:
    """Return what stands in the place of old, new and difference of a result that changed."""
    old, new = print_pair(row["old"], row["new"])
    change = row["change"]
    if change == "n":
        return f"{old} (n {_print(row['old_n'], 6)})", f"{new} (n {_print(row['new_n'], 6)})", CHANGES["n"]
    if change == "note":
        return row["old_note"] or old or "none", row["new_note"] or new or "none", CHANGES["note"]
    if change in ("appeared", "gone"):
        absent = {"appeared": (row["old_note"] or "none", new), "gone": (old, row["new_note"] or "none")}
        return (*absent[change], CHANGES[change])
    return old or row["old_note"], new or row["new_note"], print_change(row["delta"])


def result_link(row: Row, root: str) -> str:
    """Return the way to the trace of a result; empty for one that the present run has not."""
    return "" if row["change"] == "gone" else root + trace_link([row["result_id"]])


def place_of(row: Row) -> str:
    """Return endpoint and visit of a result, as headings of rows name them."""
    return " · ".join(filter(None, (row["endpoint"], row["visit"]))) or "Study"


def who_of(row: Row) -> str:
    """Return the group or the comparison of arms of a result."""
    return row["comparison"] or row["group"]


def parts_of(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    """Return rows in parts that one page can show, at least one part."""
    return [rows[start : start + size] for start in range(0, max(len(rows), 1), size)]


def _print(text: str, digits: int) -> str:
    if not _is_number(text):
        return print_minus(text)
    value = float(text)
    if value == int(value) and abs(value) < 1e15:
        return print_minus(str(int(value)))
    if digits == DIGITS[0] and 1e-4 <= abs(value) < 1e9:
        return format_plain(value)
    return print_minus(f"{value:.{digits}g}")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
