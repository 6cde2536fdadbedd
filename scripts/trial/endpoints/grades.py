"""Where a result lies against its limits of normal, and which grade it has.

A result outside the limits of quantification is known as an interval; it is on a side of a bound where the
whole interval is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.endpoints.config_laboratory import Criterion, Grade, Side, Threshold

LOW, NORMAL, HIGH = "LOW", "NORMAL", "HIGH"
ABNORMAL = {"low": LOW, "high": HIGH}
# Two numbers that agree to nine digits are one: 3 x 1.1 is 3.3, whatever binary arithmetic says.
SAME = 1e-9


@dataclass(frozen=True)
class Bounds:
    """What is known of each result: it lies between two ends, each of which it may be.

    Attributes
    ----------
    least, most : ndarray of float, shape (n,)
        NaN where there is no result.
    below, above : ndarray of bool, shape (n,)
        It is less than `most` (`<5`), or more than `least` (`>500`), and not equal to it.
    """

    least: np.ndarray
    most: np.ndarray
    below: np.ndarray
    above: np.ndarray

    @classmethod
    def of(cls, records: pd.DataFrame) -> "Bounds":
        """Return the bounds of records with AVAL, CENSOR and LIMIT."""
        value, limit = records["AVAL"].to_numpy(float), records["LIMIT"].to_numpy(float)
        censor = records["CENSOR"].to_numpy(dtype=object)
        below, above = censor == "<", censor == ">"
        known = ~np.isnan(value)
        least = np.where(known, np.where(below, -np.inf, np.where(above, limit, value)), np.nan)
        most = np.where(known, np.where(above, np.inf, np.where(below, limit, value)), np.nan)
        return cls(least, most, below, above)

    def passes(self, bound: np.ndarray, side: Side, reached: bool = False) -> np.ndarray:
        """Return which results certainly lie above (or below) a bound; with `reached`, or on it."""
        if side == "high":
            return _exceeds(self.least, bound, reached | self.above)
        return _exceeds(-self.most, -bound, reached | self.below)


def _exceeds(value: np.ndarray, bound: np.ndarray, reached: np.ndarray | bool) -> np.ndarray:
    margin = SAME * np.abs(bound)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(reached, value >= bound - margin, value > bound + margin))


def indicate(bounds: Bounds, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return LOW, NORMAL, HIGH or ``""`` by the limits; the limits themselves are normal.

    Without any limit, and where a result beyond the limits of quantification may lie on either side of a
    limit of normal, there is no answer. Where only one limit is given, the other side is never abnormal.
    """
    is_low, is_high = bounds.passes(low, "low"), bounds.passes(high, "high")
    has_low, has_high = ~np.isnan(low), ~np.isnan(high)
    fits = (~has_low | bounds.passes(low, "high", True)) & (~has_high | bounds.passes(high, "low", True))
    normal = (has_low | has_high) & fits & ~np.isnan(bounds.least)
    return np.select([is_low, is_high, normal], [LOW, HIGH, NORMAL], "").astype(object)


def grade(records: pd.DataFrame, criterion: Criterion) -> np.ndarray:
    """Return the grade of each record by one criterion, 0 for none, NaN where it cannot be graded.

    The rules of an abnormal baseline hold for records after it (POSTBLFL); a baseline has no earlier one to
    be compared with. A subject without a baseline, or without limits for it, is graded as after a normal one.

    Parameters
    ----------
    records : DataFrame
        AVAL, CENSOR, LIMIT, ANRLO, ANRHI, BASE, BNRIND, POSTBLFL.
    """
    after = (records["POSTBLFL"] == "Y").to_numpy()
    shown = records.assign(BASE=records["BASE"].where(after))
    usual = _graded(shown, criterion.grades, criterion.side)
    if criterion.abnormal_baseline is None:
        return usual
    abnormal = after & (records["BNRIND"] == ABNORMAL[criterion.side]).to_numpy()
    return np.where(abnormal, _graded(shown, criterion.abnormal_baseline, criterion.side), usual)


def passes(records: pd.DataFrame, threshold: Threshold, side: Side) -> np.ndarray:
    """Return 1.0 where a result lies beyond a bound, 0.0 where not, NaN where that cannot be said."""
    bound = bound_of(records, threshold)
    found = Bounds.of(records).passes(bound, side, threshold.reached)
    unknown = np.isnan(bound) | records["AVAL"].isna().to_numpy()
    return np.where(unknown, np.nan, found.astype(float))


def bound_of(records: pd.DataFrame, threshold: Threshold) -> np.ndarray:
    """Return the bound of each record; NaN where its limit or its baseline is missing."""
    if threshold.value is not None:
        return np.full(len(records), threshold.value)
    column = {"ULN": "ANRHI", "LLN": "ANRLO", "BASE": "BASE"}[str(threshold.of)]
    return np.asarray(records[column].to_numpy(float) * float(threshold.times or np.nan))


def _graded(records: pd.DataFrame, grades: Sequence[Grade], side: Side) -> np.ndarray:
    """Return the highest grade one of whose bounds is passed.

    A bound by a missing baseline is left out where the grade has another; a grade none of whose bounds can be
    judged leaves the record without a grade, unless it has a higher one.
    """
    found = np.zeros(len(records))
    unknown = np.zeros(len(records), dtype=bool)
    for one in grades:
        answers = np.array([passes(records, threshold, side) for threshold in one.any_of])
        hit, judged = (answers == 1.0).any(axis=0), ~np.isnan(answers)
        by_limit = np.array([threshold.of in ("ULN", "LLN") for threshold in one.any_of])
        open_ = ~judged.any(axis=0) | (~judged[by_limit]).any(axis=0)
        unknown = np.where(hit, False, unknown | open_)
        found = np.where(hit, float(one.grade), found)
    return np.where(unknown | records["AVAL"].isna().to_numpy(), np.nan, found)
