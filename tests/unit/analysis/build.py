"""A small synthetic endpoint: its records, its subjects, and the slice and configuration that analyse it."""

import numpy as np
import pandas as pd

from trial.analysis.config import AnalysedArm, AnalysedEndpoint, AnalysisSpec
from trial.analysis.data import ENDPOINT_COLUMNS, AnalysisData
from trial.analysis.methods import ancova, descriptive, mmrm, population
from trial.endpoints.config import BelowLimit
from trial.endpoints.config_visits import Visit

VISITS = (
    Visit(code="BL", label="Baseline", number=0, target_day=0, window=(-28, 0), baseline=True),
    Visit(code="M1", label="Month 1", number=1, target_day=30, window=(15, 59), baseline=False),
    Visit(code="M3", label="Month 3", number=3, target_day=90, window=(60, 134), baseline=False),
)
BASELINE = {"variable": "BASE", "kind": "numeric", "by_visit": True}
COMMON = {
    "label": "An analysis",
    "primary": True,
    "endpoints": "all",
    "population": "FASFL",
    "treatment": "TRT01P",
    "estimand": None,
}
COMPARISONS = {"arms": "reference", "contrasts": {}, "averages": {}, "null_value": None, "side": "two-sided"}
LINEAR = COMMON | {
    "response": "change",
    "covariates": [BASELINE],
    "missing_covariate": "stop",
    "lsmeans": {"weights": "equal", "at": {}},
    "comparisons": COMPARISONS,
    "level": 0.95,
}
MMRM = LINEAR | {
    "method": "mmrm",
    "covariance_ladder": ["us"],
    "sigma_by_arm": False,
    "df_method": "kenward-roger",
    "coefficient_covariance": "model",
    "reml": True,
}


def mmrm_config(**changes):
    return mmrm.Config.model_validate(MMRM | changes)


def ancova_config(**changes):
    return ancova.Config.model_validate(LINEAR | {"method": "ancova"} | changes)


def comparisons(**changes):
    return COMPARISONS | changes


def spec(scale="identity", below=False, codes=("ACT", "REF"), others=None, name="PRIMARY"):
    return AnalysisSpec(
        id=name,
        method="mmrm",
        settings={},
        endpoint=AnalysedEndpoint(paramcd="FPG", unit="mmol/L", scale=scale, reports_below_limit=below),
        arms=tuple(AnalysedArm(code=code, label=code.title()) for code in codes),
        reference_arm=codes[-1],
        visits=VISITS,
        below_limit=BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50),
        other_scales=others or {},
        events=(),
    )


def records(codes=("ACT", "REF"), per_arm=12, seed=1):
    """Return complete records of baseline and two visits with a correlated response and an arm effect."""
    rng = np.random.default_rng(seed)
    rows = []
    for a, code in enumerate(codes):
        for i in range(per_arm):
            base = float(np.exp(rng.normal(2.1, 0.2)))
            own = rng.normal(0, 0.08)
            rows.append((f"{code}{i:02d}", "BL", 0.0, base, base, "Y"))
            for number in (1, 3):
                value = base * float(np.exp(-0.1 * (a == 0) - 0.05 * number / 3 + own + rng.normal(0, 0.08)))
                rows.append((f"{code}{i:02d}", f"M{number}", float(number), value, base, ""))
    return finished(pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "AVISITN", "AVAL", "BASE", "ABLFL"]))


def finished(data):
    """Return records with what follows from the values."""
    later = data["ABLFL"] == ""
    data["CHG"] = (data["AVAL"] - data["BASE"]).where(later)
    data["PCHG"] = (100 * data["CHG"] / data["BASE"]).where(later)
    data["ASEQ"] = data.groupby("USUBJID").cumcount() + 1.0
    days = pd.to_timedelta(data["AVISITN"] * 30, unit="D")
    data["ADT"] = (pd.Timestamp("2020-01-01") + days).dt.strftime("%Y-%m-%d")
    data = data.assign(
        PARAMCD="FPG", ANL01FL="Y", REASON="", CENSOR="", LLOQ=float("nan"), DECIMALS=float("nan")
    )
    return data[list(ENDPOINT_COLUMNS)]


def subjects(data, **columns):
    """Return ADSL of the subjects of some records: the arm is the start of the id."""
    ids = sorted(set(data["USUBJID"]))
    arms = [subject.rstrip("0123456789") for subject in ids]
    flags = {"FASFL": "Y", "SAFFL": "Y"}
    return pd.DataFrame({"USUBJID": ids, "TRT01P": arms, "TRT01A": arms} | flags).assign(**columns)


def run(data, config=None, described=None, adsl=None, others=None):
    """Run an analysis as its job does."""
    config = config or mmrm_config()
    described = described or spec()
    adsl = subjects(data) if adsl is None else adsl
    method = {"mmrm": mmrm, "ancova": ancova, "descriptive": descriptive, "population": population}[
        config.method
    ]
    return method.run(AnalysisData.of(described, config, adsl, data, others or {}, ""), config)


def describe_config():
    return descriptive.Config.model_validate(COMMON | {"method": "descriptive"})


def population_config(flag="FASFL"):
    return population.Config.model_validate(
        COMMON | {"method": "population", "endpoints": None, "population": flag}
    )
