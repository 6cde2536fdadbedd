"""The small synthetic endpoint of the analysis tests with gaps, and the configurations that impute it."""

import numpy as np
import pandas as pd

from trial.analysis.config import ActingEvent
from trial.analysis.data import AnalysisData
from trial.analysis.methods import imputation, missing_pattern, tipping
from unit.analysis.build import COMMON, COMPARISONS, finished, records, spec, subjects

BASE = {"variable": "BASE", "kind": "numeric", "by_visit": True}
MODEL = COMMON | {
    "response": "change",
    "covariates": [BASE],
    "missing_covariate": "stop",
    "comparisons": COMPARISONS,
    "level": 0.95,
    "strategy": "MAR",
    "imputation_reference": "REF",
    "sigma_by_arm": False,
}
RUBIN = {"draws": "posterior", "imputations": 60, "seed": 5}
JACKKNIFE = {"inference": "jackknife", "draws": None, "imputations": None, "seed": None}


def imputed(**changes):
    return imputation.Config.model_validate(
        MODEL | RUBIN | {"method": "imputation", "inference": "rubin"} | changes
    )


def tipped(**changes):
    grid = {"method": "tipping", "visit": "M3", "shifts": [-2, 0, 2]}
    return tipping.Config.model_validate(MODEL | RUBIN | grid | changes)


def pattern(**changes):
    found = {"method": "missing_pattern", "covariates": [{"variable": "BASE", "kind": "numeric"}]}
    return missing_pattern.Config.model_validate(COMMON | found | changes)


def gappy(per_arm=12, codes=("ACT", "REF"), effect=0.0):
    """Return records with one gap, two drop-outs after the first visit and one without any later value.

    ``ACT00`` has a gap at M1, ``ACT01`` and ``REF01`` leave after M1, ``ACT02`` has only a baseline.
    """
    data = records(codes, per_arm)
    later = (data["AVISIT"] == "M3") & data["USUBJID"].str.startswith("ACT")
    data.loc[later, "AVAL"] += effect
    data = finished(data)
    gone = {("ACT00", "M1"), ("ACT01", "M3"), ("REF01", "M3"), ("ACT02", "M1"), ("ACT02", "M3")}
    return data[[pair not in gone for pair in zip(data["USUBJID"], data["AVISIT"], strict=True)]]


def run(data, config, described=None, adsl=None, events=None):
    """Run one of the methods as its job does."""
    described = described or spec()
    if events is not None:
        acting = ActingEvent(code="RESCUE", days=None, strategy="hypothetical")
        described = described.model_copy(update={"events": (acting,)})
    adsl = subjects(data) if adsl is None else adsl
    tables = {} if events is None else {"events": events}
    method = {"imputation": imputation, "tipping": tipping, "missing_pattern": missing_pattern}[config.method]
    return method.run(AnalysisData.of(described, config, adsl, data, {}, "", tables), config)


def values(outcome, **place):
    """Return statistic -> value of the rows at one place."""
    rows = outcome.rows
    for name, wanted in place.items():
        rows = rows[rows[name] == wanted]
    return dict(zip(rows["statistic"], rows["value"], strict=True))


def at(outcome, visit="M3", comparison="ACT-REF"):
    return values(outcome, visit=visit, comparison=comparison)


def rescue(subject, date):
    return pd.DataFrame({"USUBJID": [subject], "EVENT": ["RESCUE"], "ICEDT": [date]})


def is_nan(value):
    return bool(np.isnan(value))
