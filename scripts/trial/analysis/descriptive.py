"""Descriptive statistics of one endpoint by visit and arm, and the size of the population."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trial.analysis.config import EndpointSpec
from trial.endpoints.config import Endpoint
from trial.study.ard import result_rows
from trial.subjects.config import Arm

TOO_FEW = "fewer than two values"
NO_VALUES = "no values"


def population_rows(adsl: pd.DataFrame, arms: Sequence[Arm], population: str, treatment: str) -> pd.DataFrame:
    """Return the number of subjects of the analysis population by arm (statistic `N`)."""
    members = adsl[adsl[population] == "Y"]
    return result_rows(
        {
            "analysis": "population",
            "method": population,
            "group": arm.code,
            "statistic": "N",
            "value": float((members[treatment] == arm.code).sum()),
        }
        for arm in arms
    )


def describe(adlb: pd.DataFrame, adsl: pd.DataFrame, spec: EndpointSpec) -> pd.DataFrame:
    """Return result rows of the analysed records (ANL01FL) of one endpoint.

    Change is summarised only on subjects with both values. On the log scale the geometric mean, its
    coefficient of variation 100 sqrt(exp(s^2) - 1) and the geometric mean ratio to baseline are added.
    """
    endpoint = spec.endpoint
    treatments = adsl[adsl[spec.population] == "Y"].set_index("USUBJID")[spec.treatment]
    records = adlb[(adlb["PARAMCD"] == spec.paramcd) & (adlb["ANL01FL"] == "Y")]
    records = records.assign(GROUP=records["USUBJID"].map(treatments))
    rows = []
    for visit in spec.visits:
        for arm in spec.arms:
            cell = records[(records["AVISIT"] == visit.code) & (records["GROUP"] == arm.code)]
            common = {"analysis": "descriptive", "method": "observed", "endpoint": spec.paramcd}
            common |= {"visit": visit.code, "group": arm.code}
            for statistic, unit, value, error in _cell(cell, endpoint, visit.baseline):
                found = {
                    "statistic": statistic,
                    "unit": unit,
                    "value": value,
                    "error": error,
                    "n": float(len(cell)),
                }
                rows.append(common | found)
    return result_rows(rows)


Statistic = tuple[str, str, float, str]


def _cell(cell: pd.DataFrame, endpoint: Endpoint, baseline: bool) -> list[Statistic]:
    """Return (statistic, unit, value, error) of one visit and arm."""
    value = cell["AVAL"].to_numpy(float)
    rows = _summary("AVAL", value, endpoint.unit)
    changed = cell["BASE"].notna().to_numpy()
    if not baseline:
        rows += _summary("CHG", cell["CHG"].to_numpy(float)[changed], endpoint.unit)
        rows += [_one("PCHG.mean", "%", cell["PCHG"].to_numpy(float)[changed], np.mean, 1)]
    if endpoint.scale == "log":
        rows += _geometric(cell, endpoint.unit, baseline)
    if endpoint.reports_below_limit:
        below = (cell["CENSOR"] == "<").to_numpy(float)
        rows += [("BLQ.n", "1", float(below.sum()), ""), _one("BLQ.pct", "%", 100 * below, np.mean, 1)]
    return rows


def _summary(name: str, values: np.ndarray, unit: str) -> list[Statistic]:
    return [
        (f"{name}.n", "1", float(len(values)), ""),
        _one(f"{name}.mean", unit, values, np.mean, 1),
        _one(f"{name}.sd", unit, values, lambda v: np.std(v, ddof=1), 2),
        _one(f"{name}.se", unit, values, lambda v: np.std(v, ddof=1) / np.sqrt(len(v)), 2),
        _one(f"{name}.median", unit, values, lambda v: _quantile(v, 0.5), 1),
        _one(f"{name}.q1", unit, values, lambda v: _quantile(v, 0.25), 1),
        _one(f"{name}.q3", unit, values, lambda v: _quantile(v, 0.75), 1),
        _one(f"{name}.min", unit, values, np.min, 1),
        _one(f"{name}.max", unit, values, np.max, 1),
    ]


def _quantile(values: np.ndarray, share: float) -> float:
    """Return a quantile by SAS's PCTLDEF=5, which is R's type 2."""
    return float(np.quantile(values, share, method="averaged_inverted_cdf"))


def _geometric(cell: pd.DataFrame, unit: str, baseline: bool) -> list[Statistic]:
    """Return geometric statistics; values that are not positive have no logarithm and are an error."""
    value = cell["AVAL"].to_numpy(float)
    if (value <= 0).any():
        error = "values that are not positive"
        names = ("AVAL.geomean", "AVAL.geocv") + (() if baseline else ("RATIO.geomean",))
        return [(name, unit, float("nan"), error) for name in names]
    logs = np.log(value)
    rows = [
        _one("AVAL.geomean", unit, logs, lambda v: np.exp(np.mean(v)), 1),
        _one("AVAL.geocv", "%", logs, lambda v: 100 * np.sqrt(np.expm1(np.var(v, ddof=1))), 2),
    ]
    if not baseline:
        both = cell[cell["BASE"].notna()]
        ratio = np.log(both["AVAL"].to_numpy(float)) - np.log(both["BASE"].to_numpy(float))
        rows.append(_one("RATIO.geomean", "1", ratio, lambda v: np.exp(np.mean(v)), 1))
    return rows


def _one(name: str, unit: str, values: np.ndarray, function, least: int) -> Statistic:  # type: ignore[no-untyped-def]
    if len(values) < least:
        return (name, unit, float("nan"), NO_VALUES if len(values) == 0 else TOO_FEW)
    return (name, unit, float(function(values)), "")
