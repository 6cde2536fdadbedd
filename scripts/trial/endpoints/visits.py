"""Analysis visits: days from time zero, windows, the export's visits, and which record stands for a visit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trial.endpoints.config_visits import Selection, Window
from trial.endpoints.draws import PLACE

FLAG = "flag of the export"
NO_INDEX_DATE, OUT_OF_WINDOW = "NO_INDEX_DATE", "OUT_OF_WINDOW"
# Screening samples and the like: nothing to ask, they come before every window. Follow-up after the last one
# is asked about in one question per file, and not at all where the export names a visit of its own.
BEFORE_WINDOWS, AFTER_WINDOWS = "BEFORE_WINDOWS", "AFTER_WINDOWS"
EARLIER_BASELINE, NOT_CLOSEST, NO_VALUE = "EARLIER_BASELINE", "NOT_CLOSEST", "NO_VALUE"
NO_DATE = "NO_COLLECTION_DATE"
# The export's own visit: it is another one than the window's, none, not understood, or no analysis visit.
CONTRADICTED, NO_VISIT = "VISIT_CONTRADICTED", "NO_VISIT_NAMED"
UNKNOWN_VISIT, OTHER_VISIT = "UNKNOWN_VISIT", "OTHER_VISIT"
NOT_SCHEDULED, NOT_FLAGGED, FLAGGED_TWICE = "NOT_SCHEDULED", "NOT_FLAGGED", "FLAGGED_TWICE"
AFTER_INDEX_DATE = "BASELINE_AFTER_INDEX_DATE"


def study_day(dates: pd.Series, index_dates: pd.Series) -> pd.Series:
    """Return days from the index date (0 on the index date itself); NaN where either is missing."""
    gap = pd.to_datetime(dates.str[:10].replace("", None)) - pd.to_datetime(index_dates.replace("", None))
    return gap.dt.days.astype(float)


def assign_visits(records: pd.DataFrame, visits: Sequence[Window], selection: Selection) -> pd.DataFrame:
    """Return `records` with AVISIT and AVISITN, empty where a record belongs to no visit.

    By the window that holds ADY, or by the visit that the export names; a baseline that the export flags is
    of the baseline visit whatever its day. WINDOW is the window's visit; CONTRADICTED: the export names
    another analysis visit.
    """
    window = np.full(len(records), "", dtype=object)
    for visit in visits:
        window[records["ADY"].between(*visit.window)] = visit.code
    codes = [visit.code for visit in visits]
    named = records["VISIT"].where(records["VISIT"].isin(codes), "")
    chosen = named if selection.visit == "export" else pd.Series(window, index=records.index)
    if selection.baseline == FLAG:
        chosen = chosen.mask(records["BASEFL"] == "Y", codes[0])
    numbers = {visit.code: float(visit.number) for visit in visits}
    return records.assign(
        AVISIT=chosen,
        AVISITN=chosen.map(numbers).astype(float),
        WINDOW=window,
        CONTRADICTED=(named != "") & (named != window) & records["ADY"].notna(),
    )


def select_records(records: pd.DataFrame, visits: Sequence[Window], selection: Selection) -> pd.DataFrame:
    """Return `records` of one endpoint with ANL01FL, ABLFL and, for the others, REASON.

    Baseline: the last value on or before the index date within the baseline visit. After it: the value
    closest to the target day; on a tie the later (or earlier) one, by collection time. Either may be the
    record that the export flags instead; scheduled records stand before others where the plan says so.
    """
    records = records.copy()
    records["ANL01FL"], records["ABLFL"] = "", ""
    scheduled = records["VISIT"].isin([visit.code for visit in visits])
    records["UNSCHEDULED"] = ~scheduled & selection.scheduled_first
    valued = records["AVAL"].notna()
    for visit in visits:
        here = records[(records["AVISIT"] == visit.code) & valued]
        refused = _refusals(here, visit, selection)
        fit = here[refused == ""]
        chosen = _choose(fit, visit, selection)
        records.loc[chosen, "ANL01FL"] = "Y"
        if visit.baseline:
            records.loc[chosen, "ABLFL"] = "Y"
        why = refused.mask(refused == "", _passed(fit, chosen, visit, selection))
        passed = here.index.difference(chosen)
        records.loc[passed, "REASON"] = _joined(records.loc[passed, "REASON"], why[passed])
    _forget_outside(records, visits, selection, valued)
    for where, code in _reasons_of_nowhere(records, visits, selection, valued):
        records.loc[where, "REASON"] = _joined(records.loc[where, "REASON"], code)
    late = (records["ABLFL"] == "Y") & (records["ADY"] > 0)
    for where, code in ((late, AFTER_INDEX_DATE), (records["CONTRADICTED"], CONTRADICTED)):
        records.loc[where, "REASON"] = _joined(records.loc[where, "REASON"], code)
    return records


def _refusals(records: pd.DataFrame, visit: Window, selection: Selection) -> pd.Series:
    """Return why each record of a visit cannot stand for it at all (`""` when it can)."""
    rule, flag = (selection.baseline, "BASEFL") if visit.baseline else (selection.after_baseline, "ANLFL")
    if rule == FLAG:
        return (records[flag] == "Y").map({True: "", False: NOT_FLAGGED}).astype(object)
    late = (records["ADY"] > 0) & visit.baseline
    undated = records["ADY"].isna() & visit.baseline
    codes = np.select([late, undated], [AFTER_INDEX_DATE, NO_INDEX_DATE], "")
    return pd.Series(codes, index=records.index, dtype=object)


def _choose(records: pd.DataFrame, visit: Window, selection: Selection) -> pd.Index:
    """Return the index labels of the record of each subject that stands for `visit`.

    A baseline after the index date, which only a flag of the export can bring here, stands behind all others.
    """
    late = (records["ADY"] > 0) & visit.baseline
    distance = -records["ADY"] if visit.baseline else (records["ADY"] - visit.target_day).abs()
    later = visit.baseline or selection.tie == "later"
    order = records.assign(LATE=late, DISTANCE=distance.abs()).sort_values(
        ["USUBJID", "LATE", "UNSCHEDULED", "DISTANCE", "COLLECTED", *PLACE],
        ascending=[True, True, True, True, not later, *[True] * 4],
        kind="stable",
    )
    return order.drop_duplicates("USUBJID").index


def _passed(records: pd.DataFrame, chosen: pd.Index, visit: Window, selection: Selection) -> pd.Series:
    """Return why each record that could stand for a visit is passed over for the chosen one."""
    rule = selection.baseline if visit.baseline else selection.after_baseline
    if rule == FLAG:
        return pd.Series(FLAGGED_TWICE, index=records.index, dtype=object)
    scheduled = records.loc[chosen].set_index("USUBJID")["UNSCHEDULED"].eq(False)
    behind = records["UNSCHEDULED"] & records["USUBJID"].map(scheduled).fillna(False).astype(bool)
    usual = EARLIER_BASELINE if visit.baseline else NOT_CLOSEST
    return behind.map({True: NOT_SCHEDULED, False: usual}).astype(object)


def _forget_outside(
    records: pd.DataFrame, visits: Sequence[Window], selection: Selection, valued: pd.Series
) -> None:
    """Let records without a value that no visit would take say that alone: there is nothing else to ask."""
    nowhere = ~valued & (records["AVISIT"] == "")
    if selection.visit == "export":
        records.loc[nowhere & (records["VISIT"] != ""), "REASON"] = OTHER_VISIT
        return
    early, late = _outside(records, visits)
    records.loc[nowhere & early, "REASON"] = BEFORE_WINDOWS
    records.loc[nowhere & late, "REASON"] = AFTER_WINDOWS


def _outside(records: pd.DataFrame, visits: Sequence[Window]) -> tuple[pd.Series, pd.Series]:
    """Return which records lie before the first window, and which after the last one."""
    early = records["ADY"] < min(visit.window[0] for visit in visits)
    return early, records["ADY"] > max(visit.window[1] for visit in visits)


def _reasons_of_nowhere(
    records: pd.DataFrame, visits: Sequence[Window], selection: Selection, valued: pd.Series
) -> list[tuple[pd.Series, str]]:
    """Return which records belong to no visit, by reason, and which have no value and no other reason."""
    nowhere, dated = valued & (records["AVISIT"] == ""), records["COLLECTED"] != ""
    early, late = _outside(records, visits)
    between = records["ADY"].notna() & ~early & ~late
    if selection.visit == "export":
        said, understood = records["VISIT_RAW"] != "", records["VISIT"] != ""
        reasons = [
            (nowhere & understood, OTHER_VISIT),
            (nowhere & said & ~understood, UNKNOWN_VISIT),
            (nowhere & ~said & ~understood, NO_VISIT),
        ]
    else:
        reasons = [
            (nowhere & early, BEFORE_WINDOWS),
            (nowhere & between, OUT_OF_WINDOW),
            (nowhere & late, AFTER_WINDOWS),
            (nowhere & records["ADY"].isna() & dated, NO_INDEX_DATE),
            (nowhere & ~dated, NO_DATE),
        ]
    return [*reasons, (~valued & (records["REASON"] == ""), NO_VALUE)]


def _joined(reasons: pd.Series, why: str | pd.Series) -> pd.Series:
    more = pd.Series(why, index=reasons.index, dtype=object)
    return (reasons + more.where(reasons == "", ";" + more)).astype(object)
