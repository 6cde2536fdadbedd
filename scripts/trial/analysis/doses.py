"""The total daily dose of some medicines on a day, from the rows of ADCM.

A row holds the daily dose of a medicine from its start to its end. A change of dose is a new row with the day
of the change as its start: it ends the rows of the same medicine of that subject that started before.
"""

from typing import Any

import numpy as np
import pandas as pd

from trial.study.matching import Description, matches
from trial.study.partial_dates import span_of
from trial.study.text import fold

EVER, NEVER = "0001-01-01", "9999-12-31"


def courses(adcm: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the first and last day on which each may have started and ended.

    Returns
    -------
    DataFrame
        ``START, STARTED``: between these days it started; ``END, ENDED``: between these it ended. A row
        without an end goes on. An end is at the latest the day before the next row of the same medicine.
    """
    starts = [_span(*pair, EVER) for pair in zip(adcm["ASTDT"], adcm["CMSTDTC"], strict=True)]
    ends = [
        _span(day, text, NEVER if not text else EVER)
        for day, text in zip(adcm["AENDT"], adcm["CMENDTC"], strict=True)
    ]
    found = adcm.assign(
        START=[start for start, _ in starts], STARTED=[last for _, last in starts],
        END=[first for first, _ in ends], ENDED=[last for _, last in ends],
    )  # fmt: skip
    following = _next_starts(found)
    for name in ("END", "ENDED"):
        earlier = (following[name] != "") & (following[name] < found[name])
        found[name] = found[name].mask(earlier, following[name])
    return found


def total_dose(medicines: pd.DataFrame, where: Description, unit: str, days: pd.Series) -> pd.Series:
    """Return by subject the dose of the medicines of a description on a day of each.

    Parameters
    ----------
    medicines : DataFrame
        What `courses` returns.
    unit : str
        The unit that doses are summed in; case does not count.
    days : Series
        ISO day by subject; empty for none.

    Returns
    -------
    Series
        0 without any such medicine on that day; missing without a day, and where a medicine that was or may
        have been taken has no dose or another unit, or it is not known whether it was taken.
    """
    chosen = medicines[matches(medicines, where)]
    chosen = chosen.assign(DAY=chosen["USUBJID"].map(days))
    chosen = chosen[chosen["DAY"].notna() & (chosen["DAY"] != "")]
    may = (chosen["START"] <= chosen["DAY"]) & (chosen["DAY"] <= chosen["ENDED"])
    surely = (chosen["STARTED"] <= chosen["DAY"]) & (chosen["DAY"] <= chosen["END"])
    known = surely & chosen["CMDOSE"].notna() & (chosen["CMDOSU"].map(fold) == fold(unit))
    dose = chosen["CMDOSE"].where(known)[may]
    total = dose.groupby(chosen.loc[may, "USUBJID"]).agg(lambda part: part.sum(skipna=False))
    found = total.reindex(days.index)
    nothing = ~days.index.isin(list(total.index)) & (days != "").to_numpy() & days.notna().to_numpy()
    return found.mask(nothing, 0.0).astype(float)


def _span(day: str, text: str, unknown: str) -> tuple[str, str]:
    """Return the first and last day that a date may be; `unknown` begins a span without any known day."""
    if day:
        return day, day
    return span_of(text) or (unknown, NEVER)


def _next_starts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the day before the next row of the same subject and medicine starts, at the earliest and latest.

    The next row is one that started later for certain; `END` is before its first possible day, `ENDED` before
    its last.
    """
    starts: dict[Any, list[tuple[str, str]]] = {}
    keys = list(zip(found["USUBJID"], found["CMTRT"].map(fold), strict=True))
    for key, *span in zip(keys, found["START"], found["STARTED"], strict=True):
        starts.setdefault(key, []).append((span[0], span[1]))
    rows = []
    for key, last in zip(keys, found["STARTED"], strict=True):
        first, latest = min((span for span in starts[key] if span[0] > last), default=("", ""))
        rows.append((_before(first), _before(latest)))
    return pd.DataFrame(rows, columns=["END", "ENDED"], index=found.index, dtype="str")


def _before(day: str) -> str:
    return str(np.datetime64(day) - np.timedelta64(1, "D")) if day else ""
