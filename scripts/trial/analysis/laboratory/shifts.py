"""Subjects by baseline and by the worst after it: against the limits, by grade, beyond marked bounds."""

from collections.abc import Iterator

import pandas as pd

from trial.analysis.laboratory.counting import Counting, Row, count_rows, size_row
from trial.endpoints.config_laboratory import Criterion, Side
from trial.endpoints.grades import ABNORMAL, HIGH, LOW, NORMAL, passes

MISSING, ALL = "MISSING", "ALL"
RANGES = (LOW, NORMAL, HIGH, MISSING)
# Of grades: a baseline beyond the limit of the criterion's side, or not.
BEYOND, WITHIN = "BEYOND", "WITHIN"
LETTERS: dict[Side, str] = {"low": "L", "high": "H"}


def sides_of(records: pd.DataFrame) -> tuple[Side, ...]:
    """Return the sides to which any result of a parameter has a limit, high first."""
    high, low = records["ANRHI"].notna().any(), records["ANRLO"].notna().any()
    return (*(("high",) if high else ()), *(("low",) if low else ()))  # type: ignore[return-value]


def shift_rows(counting: Counting) -> Iterator[Row]:
    """Yield `<parameter>.shift.<side>.<baseline>.n`, the stratum, and below it each worst category."""
    for code in counting.laboratory.by_code:
        records = counting.of_parameter(code)
        for side in sides_of(records):
            before = _indicator(counting, records[records["ABLFL"] == "Y"])
            worst = _indicator(counting, records[records[f"WORST{LETTERS[side]}FL"] == "Y"])
            yield from _crossed(counting, f"{code}.shift.{side}", before, worst, RANGES, RANGES)


def grade_rows(counting: Counting) -> Iterator[Row]:
    """Yield `<parameter>.grade.<side>.<baseline>.n` and below it each worst grade after baseline."""
    for code, parameter in counting.laboratory.by_code.items():
        records = counting.of_parameter(code)
        for criterion in parameter.criteria:
            letter = LETTERS[criterion.side]
            chosen = records[records[f"WGRD{letter}FL"] == "Y"].set_index("USUBJID")[f"ATOXGR{letter}"]
            worst = (
                chosen.map(lambda grade: f"{grade:.0f}")
                .reindex(counting.data.treatments.index)
                .fillna(MISSING)
            )
            key = f"{code}.grade.{criterion.side}"
            before = _state(counting, records, criterion)
            grades = ("0", *map(str, all_grades(criterion)), MISSING)
            yield from _crossed(counting, key, before, worst, (WITHIN, BEYOND, MISSING), grades)
            whole = pd.Series(ALL, index=before.index, dtype=object)
            yield from _crossed(counting, key, whole, worst, (ALL,), grades)


def all_grades(criterion: Criterion) -> list[int]:
    """Return the numbers of the grades that a criterion can give, rising."""
    several = (*criterion.grades, *(criterion.abnormal_baseline or ()))
    return sorted({one.grade for one in several})


def marked_rows(counting: Counting) -> Iterator[Row]:
    """Yield `<parameter>.marked.<number>`: subjects with a value after baseline beyond a bound.

    Of those with a value after baseline that can be compared with it (`.of.n`).
    """
    for code, parameter in counting.laboratory.by_code.items():
        records = counting.of_parameter(code)
        after = records[records["POSTBLFL"] == "Y"]
        for number, marked in enumerate(parameter.marked, 1):
            answer = pd.Series(passes(after, marked, marked.side), index=after.index)
            judged = set(after.loc[answer.notna(), "USUBJID"])
            beyond = set(after.loc[answer == 1.0, "USUBJID"])
            key = f"{code}.marked.{number}"
            for arm, members in counting.groups():
                of = [subject for subject in members if subject in judged]
                counted = [subject for subject in of if subject in beyond]
                yield from count_rows(counting, key, arm, counted, of, f"{key}.of")
                yield size_row(counting, f"{key}.of", arm, of)


def _indicator(counting: Counting, chosen: pd.DataFrame) -> pd.Series:
    """Return the indicator of each member by a chosen record; MISSING without one, or without an answer."""
    found = chosen.set_index("USUBJID")["ANRIND"].replace("", MISSING)
    return found.reindex(counting.data.treatments.index).fillna(MISSING)


def _state(counting: Counting, records: pd.DataFrame, criterion: Criterion) -> pd.Series:
    """Return whether the baseline of each member is beyond the limit of the criterion's side."""
    before = _indicator(counting, records[records["ABLFL"] == "Y"])
    beyond = before.mask(before == ABNORMAL[criterion.side], BEYOND)
    return beyond.where(beyond.isin([BEYOND, MISSING]), WITHIN)


def _crossed(
    counting: Counting, key: str, before: pd.Series, worst: pd.Series, strata: tuple[str, ...],
    columns: tuple[str, ...],
) -> Iterator[Row]:  # fmt: skip
    """Yield each stratum of baseline with its size, and its subjects by what was worst after it."""
    first, last = before.to_dict(), worst.to_dict()
    for stratum in strata:
        for arm, members in counting.groups():
            of = [subject for subject in members if first[subject] == stratum]
            name = f"{key}.{stratum}"
            yield size_row(counting, name, arm, of)
            for column in columns:
                counted = [subject for subject in of if last[subject] == column]
                yield from count_rows(counting, f"{name}.{column}", arm, counted, of, name)
