"""Result rows of E-values: from the effects of another analysis and the spread of the analysed outcome."""

from collections.abc import Iterator, Mapping
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.evalue import EValue, from_difference
from trial.analysis.methods.evalue import Config
from trial.analysis.outcome import Outcome, record_set

NO_SPREAD = "no spread of the outcome within the arms at this visit"
FOOTNOTE = (
    "E-value: the risk ratio that an unmeasured confounder must have with both treatment and outcome, beyond "
    "the measured covariates, to explain the estimate away (limit: to move the nearer limit to no "
    "difference; 1 where the interval holds it). Differences in units of the outcome's SD within arms become "
    "approximate risk ratios by exp(0.91 d). It says nothing of selection or errors of measurement."
)


def run_evalue(data: AnalysisData, config: Config) -> Outcome:
    """Return the E-values of every visit and comparison that the other analysis estimated."""
    outcome = _outcomes(data, config)
    behind = record_set(data.spec, "sd", outcome)
    effects = data.results[(data.results["analysis"] == config.of) & (data.results["visit"] != "")]
    rows: list[dict[str, object]] = []
    for (visit, comparison), found in effects.groupby(["visit", "comparison"], sort=False):
        # A named contrast of several arms has no two arms whose spread would be the unit.
        if "-" in str(comparison) and "diff" in set(found["statistic"]):
            cells = found.set_index("statistic").to_dict("index")
            rows += _effect_rows(cells, outcome, str(visit), str(comparison), behind.id)
    return Outcome.of(
        data.spec, rows or [_nothing(config)], {"footnote": FOOTNOTE, "of": config.of}, [behind]
    )


def _nothing(config: Config) -> dict[str, object]:
    text = f"{config.of} estimated no difference of arms"
    return {"method": "evalue", "statistic": "evalue", "value": nan, "unit": "1", "n": 0.0, "error": text}


def _outcomes(data: AnalysisData, config: Config) -> pd.DataFrame:
    """Return the analysed records after baseline with the outcome Y that the other analysis has."""
    rows = data.analysed
    rows = rows[rows["ABLFL"] == ""]
    assert data.spec.endpoint is not None
    log = data.spec.endpoint.scale == "log"
    if config.response == "change":
        rows = rows[rows["BASE"].notna()]
        if log:
            require_positive(data.spec, rows, ["AVAL", "BASE"], "outcome")
        return rows.assign(Y=np.log(rows["AVAL"]) - np.log(rows["BASE"]) if log else rows["CHG"])
    if log:
        require_positive(data.spec, rows, ["AVAL"], "outcome")
    return rows.assign(Y=np.log(rows["AVAL"]) if log else rows["AVAL"])


def _effect_rows(
    cells: Mapping[Any, Mapping[Any, Any]], outcome: pd.DataFrame, visit: str, comparison: str, behind: str
) -> Iterator[dict[str, object]]:
    """Yield the E-values of one comparison; what the estimate lacks or warns of travels with them."""
    sd = pooled_sd(outcome[outcome["AVISIT"] == visit], comparison)
    diff, lower, upper = (cells[name] for name in ("diff", "diff.lower", "diff.upper"))
    values = [float(cell["value"]) for cell in (diff, lower, upper)]
    error = str(diff["error"]) or ("" if sd > 0 else NO_SPREAD)
    made = EValue(nan, nan, nan, nan, nan) if error else from_difference(values[0], values[1], values[2], sd)
    place: dict[str, object] = {
        "method": "evalue",
        "visit": visit,
        "comparison": comparison,
        "records": behind,
    }
    place |= {"unit": "1", "n": float(diff["n"]), "warning": str(diff["warning"])}
    spread = place | {"statistic": "sd", "value": sd, "unit": str(diff["unit"])}
    yield spread | {"error": "" if sd > 0 else NO_SPREAD}
    for name, value, missing in (
        ("std", values[0] / sd if sd > 0 else nan, error),
        ("rr", made.ratio, error),
        ("rr.lower", made.lower, str(lower["error"])),
        ("rr.upper", made.upper, str(upper["error"])),
        ("evalue", made.estimate, error),
        ("evalue.limit", made.limit, str(lower["error"])),
    ):
        why = "" if isfinite(value) else missing or error or NO_SPREAD
        yield place | {"statistic": name, "value": value, "error": why}


def pooled_sd(rows: pd.DataFrame, comparison: str) -> float:
    """Return the pooled SD of the outcome within the two arms of a comparison, unweighted; NaN without."""
    parts = [rows.loc[rows["ARMCD"] == arm, "Y"].to_numpy(float) for arm in comparison.split("-")]
    freedom = sum(len(part) - 1 for part in parts if len(part))
    if freedom < 1:
        return nan
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts if len(part))
    sd, size = float(np.sqrt(squares / freedom)), float(np.abs(np.concatenate(parts)).max())
    return sd if sd > 1e-12 * size else nan  # equal values differ by rounding alone
