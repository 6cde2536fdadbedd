"""Analysis visits: days from time zero, windows, and which record stands for a visit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trial.endpoints.config_visits import Selection, Window
from trial.endpoints.draws import PLACE

NO_INDEX_DATE, OUT_OF_WINDOW = "NO_INDEX_DATE", "OUT_OF_WINDOW"
# Screening samples and the like: nothing to ask, they come before every window.
BEFORE_WINDOWS = "BEFORE_WINDOWS"
EARLIER_BASELINE, NOT_CLOSEST, NO_VALUE = "EARLIER_BASELINE", "NOT_CLOSEST", "NO_VALUE"
NO_DATE = "NO_COLLECTION_DATE"


def study_day(dates: pd.Series, index_dates: pd.Series) -> pd.Series:
    """Return days from the index date (0 on the index date itself); NaN where either is missing."""
    gap = pd.to_datetime(dates.str[:10].replace("", None)) - pd.to_datetime(index_dates.replace("", None))
    return gap.dt.days.astype(float)


def assign_visits(records: pd.DataFrame, visits: Sequence[Window]) -> pd.DataFrame:
    """Return `records` with AVISIT and AVISITN by the window that holds ADY (empty when none does)."""
    records = records.copy()
    records["AVISIT"], records["AVISITN"] = "", np.nan
    for visit in visits:
        inside = records["ADY"].between(*visit.window)
        records.loc[inside, "AVISIT"] = visit.code
        records.loc[inside, "AVISITN"] = float(visit.number)
    return records


def select_records(records: pd.DataFrame, visits: Sequence[Window], selection: Selection) -> pd.DataFrame:
    """Return `records` of one endpoint with ANL01FL, ABLFL and, for the others, REASON.

    Baseline: the last value on or before the index date within the baseline window. After it: the
    value closest to the target day; on a tie the later (or earlier) one, by collection time.
    """
    records = records.copy()
    records["ANL01FL"], records["ABLFL"] = "", ""
    valued = records["AVAL"].notna()
    for visit in visits:
        here = records[(records["AVISIT"] == visit.code) & valued]
        chosen = _choose(here, visit, selection)
        records.loc[chosen, "ANL01FL"] = "Y"
        if visit.baseline:
            records.loc[chosen, "ABLFL"] = "Y"
        passed = here.index.difference(chosen)
        why = EARLIER_BASELINE if visit.baseline else NOT_CLOSEST
        records.loc[passed, "REASON"] = _joined(records.loc[passed, "REASON"], why)
    nowhere = valued & (records["AVISIT"] == "")
    dated = records["COLLECTED"] != ""
    early = records["ADY"] < min(visit.window[0] for visit in visits)
    records.loc[early & ~valued, "REASON"] = BEFORE_WINDOWS
    for where, why in (
        (nowhere & early, BEFORE_WINDOWS),
        (nowhere & records["ADY"].notna() & ~early, OUT_OF_WINDOW),
        (nowhere & records["ADY"].isna() & dated, NO_INDEX_DATE),
        (nowhere & ~dated, NO_DATE),
        (~valued & (records["REASON"] == ""), NO_VALUE),
    ):
        records.loc[where, "REASON"] = _joined(records.loc[where, "REASON"], why)
    return records


def _choose(records: pd.DataFrame, visit: Window, selection: Selection) -> pd.Index:
    """Return the index labels of the record of each subject that stands for `visit`."""
    distance = -records["ADY"] if visit.baseline else (records["ADY"] - visit.target_day).abs()
    later = visit.baseline or selection.tie == "later"
    order = records.assign(DISTANCE=distance).sort_values(
        ["USUBJID", "DISTANCE", "COLLECTED", *PLACE],
        ascending=[True, True, not later, *[True] * 4],
        kind="stable",
    )
    return order.drop_duplicates("USUBJID").index


def _joined(reasons: pd.Series, why: str) -> pd.Series:
    return reasons.map(lambda reason: f"{reason};{why}" if reason else why)
