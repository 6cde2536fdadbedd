"""Subjects by baseline and by the worst after it: against the limits, by grade, beyond marked bounds."""

from collections.abc import Iterator, Mapping

import pandas as pd

from trial.analysis.laboratory.counting import Counting, Row, count_rows, size_row
from trial.endpoints.config_laboratory import Criterion, Side
from trial.endpoints.grades import ABNORMAL, HIGH, LOW, NORMAL, passes

MISSING, ALL = "MISSING", "ALL"
RANGES = (LOW, NORMAL, HIGH, MISSING)
# Of grades: a baseline beyond the limit of the criterion's side, or not.
BEYOND, WITHIN = "BEYOND", "WITHIN"
LETTERS: dict[Side, str] = {"low": "L", "high": "H"}
LIMITS: dict[Side, str] = {"high": "ANRHI", "low": "ANRLO"}


def sides_of(records: pd.DataFrame) -> tuple[Side, ...]:
    """Return the sides to which any result of a parameter has a limit, high first."""
    return tuple(side for side, limit in LIMITS.items() if records[limit].notna().any())


def shift_rows(counting: Counting) -> Iterator[Row]:
    """Yield `<parameter>.shift.<side>.<baseline>.n`, the stratum, and below it each worst category."""
    for code in counting.laboratory.by_code:
        records = counting.of_parameter(code)
        for side in sides_of(records):
            bases, after = records["ABLFL"] == "Y", records[f"WORST{LETTERS[side]}FL"] == "Y"
            before, worst = _indicators(records[bases]), _indicators(records[after])
            rows = records[bases | after]
            yield from _crossed(counting, f"{code}.shift.{side}", before, worst, RANGES, RANGES, rows)


def grade_rows(counting: Counting) -> Iterator[Row]:
    """Yield `<parameter>.grade.<side>.<baseline>.n` and below it each worst grade after baseline."""
    for code, parameter in counting.laboratory.by_code.items():
        records = counting.of_parameter(code)
        for criterion in parameter.criteria:
            letter = LETTERS[criterion.side]
            found = records[records[f"WGRD{letter}FL"] == "Y"]
            worst = {
                subject: f"{grade:.0f}"
                for subject, grade in zip(found["USUBJID"], found[f"ATOXGR{letter}"], strict=True)
            }
            key = f"{code}.grade.{criterion.side}"
            before = _states(records, criterion)
            grades = ("0", *map(str, all_grades(criterion)), MISSING)
            rows = records[(records["ABLFL"] == "Y") | (records[f"WGRD{letter}FL"] == "Y")]
            yield from _crossed(counting, key, before, worst, (WITHIN, BEYOND, MISSING), grades, rows)
            whole = dict.fromkeys(counting.data.treatments.index, ALL)
            yield from _crossed(counting, key, whole, worst, (ALL,), grades, found)


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
            compared, passing = after[answer.notna()], after[answer == 1.0]
            judged, beyond = set(compared["USUBJID"]), set(passing["USUBJID"])
            key = f"{code}.marked.{number}"
            for arm, members in counting.groups():
                of = [subject for subject in members if subject in judged]
                counted = [subject for subject in of if subject in beyond]
                # The set of all compared first: the percentage names it, and has its records.
                whole = size_row(counting, f"{key}.of", arm, of, compared)
                yield from count_rows(counting, key, arm, counted, of, f"{key}.of", passing)
                yield whole


def _indicators(chosen: pd.DataFrame) -> dict[str, str]:
    """Return the indicator of each subject by a chosen record, where its limits decide."""
    return {subject: code for subject, code in zip(chosen["USUBJID"], chosen["ANRIND"], strict=True) if code}


def _states(records: pd.DataFrame, criterion: Criterion) -> dict[str, str]:
    """Return whether the baseline of each subject is beyond the limit of the criterion's side."""
    beyond = ABNORMAL[criterion.side]
    found = _indicators(records[records["ABLFL"] == "Y"])
    return {subject: BEYOND if code == beyond else WITHIN for subject, code in found.items()}


def _crossed(
    counting: Counting, key: str, before: Mapping[str, str], worst: Mapping[str, str],
    strata: tuple[str, ...], columns: tuple[str, ...], rows: pd.DataFrame,
) -> Iterator[Row]:  # fmt: skip
    """Yield each stratum of baseline with its size, and its subjects by what was worst after it.

    A subject that is in neither is missing there.
    """
    for stratum in strata:
        for arm, members in counting.groups():
            of = [subject for subject in members if before.get(subject, MISSING) == stratum]
            name = f"{key}.{stratum}"
            yield size_row(counting, name, arm, of, rows)
            for column in columns:
                counted = [subject for subject in of if worst.get(subject, MISSING) == column]
                yield from count_rows(counting, f"{name}.{column}", arm, counted, of, name, rows)
