"""Which level of a subgroup each subject is in."""

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.linear import BASE, BASE_OF
from trial.analysis.methods.subgroups import Subgroup

NOISE = 9  # decimals: a value on the cut is at it, whatever its last binary digit


def levels_of(data: AnalysisData, subgroup: Subgroup) -> pd.Series:
    """Return the level of each subject, 1 first, as a text; subjects without one are absent."""
    values = _values(data, subgroup)
    if subgroup.cut is None:
        assert subgroup.levels is not None  # a subgroup has the one or the other
        places = {level.value: str(at) for at, level in enumerate(subgroup.levels, start=1)}
        return values.map(places).dropna()
    known = values.dropna().astype(float)
    below = np.round(known - subgroup.cut, NOISE) < 0
    return pd.Series(np.where(below, "1", "2"), index=known.index)


def _values(data: AnalysisData, subgroup: Subgroup) -> pd.Series:
    """Return the variable by subject, a baseline in its own unit also on the log scale."""
    if subgroup.of_adsl:
        return data.subjects[subgroup.variable]
    if subgroup.variable == BASE:
        return data.baseline_records.set_index("USUBJID")["AVAL"]
    code = subgroup.variable.removeprefix(BASE_OF)
    values = data.baseline_of(code)
    return np.exp(values) if data.spec.other_scales[code] == "log" else values
