"""Values of an index close to the pole of its formula: flagged, used, and what they do."""

from dataclasses import replace

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.study.rules import UNSTABLE_INDEX

WORDS = (
    "computed from a glucose close to the pole of the formula, where a small error of the glucose moves the "
    f"value much ({UNSTABLE_INDEX}); it is used, and may be far too high"
)


def is_unstable(records: pd.DataFrame) -> pd.Series:
    """Return which records carry the flag."""
    return records["REASON"].str.split(";").map(lambda reasons: UNSTABLE_INDEX in reasons).astype(bool)


def cell_warning(records: pd.DataFrame) -> str:
    """Return what a reader must know of the values of one visit and arm; nothing without a flagged one."""
    count = int(is_unstable(records).sum())
    if not count:
        return ""
    which = "1 of the values is unstable:" if count == 1 else f"{count} of the values are unstable, each"
    return f"{which} {WORDS}, and with it mean, SD and maximum."


def unstable_warnings(data: AnalysisData) -> list[str]:
    """Return how many analysed values are unstable, by visit and arm; nothing where none is."""
    found = data.analysed[is_unstable(data.analysed)]
    if found.empty:
        return []
    counts = found.groupby(["AVISIT", "ARMCD"]).size()
    places = [
        f"{visit.label}, {arm.label}: {counts[visit.code, arm.code]}"
        for visit in data.spec.visits
        for arm in data.spec.arms
        if (visit.code, arm.code) in counts.index
    ]
    who = "1 analysed value is unstable" if len(found) == 1 else f"{len(found)} analysed values are unstable"
    return [f"{who} ({'; '.join(places)}): {WORDS}."]


def without_unstable(data: AnalysisData) -> AnalysisData:
    """Return the same without unstable values; subjects of an unstable baseline have no change."""
    flagged = data.analysed[is_unstable(data.analysed)]
    records = data.records[~data.records.index.isin(flagged.index)].copy()
    lost = records["USUBJID"].isin(flagged.loc[flagged["ABLFL"] == "Y", "USUBJID"])
    records.loc[lost, ["BASE", "CHG", "PCHG"]] = np.nan
    return replace(data, records=records)
