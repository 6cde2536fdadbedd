"""A small synthetic endpoint: analysis data and the slice that fits it."""

import numpy as np
import pandas as pd

from trial.analysis.config import EndpointSpec, Estimand, MmrmAnalysis, ModelSpec
from trial.endpoints.config import BelowLimit, Endpoint, Visit
from trial.subjects.config import Arm, DateRule

WORDS = dict.fromkeys(("population", "treatments", "variable", "intercurrent_events", "summary"), "as tested")
ALLOCATED = (DateRule(column="ALLOC_DT", lag_days=0),)
VISITS = (
    Visit(code="BL", label="Baseline", number=0, target_day=0, window=(-28, 0), baseline=True),
    Visit(code="M1", label="Month 1", number=1, target_day=30, window=(15, 59), baseline=False),
    Visit(code="M3", label="Month 3", number=3, target_day=90, window=(60, 134), baseline=False),
)


def arms(codes):
    return tuple(
        Arm(code=code, label=code.title(), site_texts=(code,), index_date=ALLOCATED) for code in codes
    )


def endpoint(scale="identity", below=False):
    source = {"analyte": "GLUC", "fasting": "any", "excluded_specimens": ()}
    return Endpoint(
        number=1,
        label="Glucose",
        unit="mmol/L",
        unit_label="mmol/L",
        decimals=1,
        scale=scale,
        benefit="lower",
        reports_below_limit=below,
        source=source,
    )


def endpoint_spec(scale="identity", below=False, codes=("ACT", "REF")):
    return EndpointSpec(
        paramcd="FPG",
        endpoint=endpoint(scale, below),
        arms=arms(codes),
        visits=VISITS,
        population="FASFL",
        treatment="TRT01P",
    )


def model_spec(scale="identity", below=False, codes=("ACT", "REF"), ladder=("us",), weights="equal"):
    mmrm = MmrmAnalysis(
        population="FASFL",
        treatment="TRT01P",
        estimand=Estimand(**WORDS),
        covariance_ladder=ladder,
        df_method="kenward-roger",
        reml=True,
        lsmean_weights=weights,
        level=0.95,
    )
    return ModelSpec(
        paramcd="FPG",
        endpoint=endpoint(scale, below),
        arms=arms(codes),
        reference_arm=codes[-1],
        visits=VISITS,
        mmrm=mmrm,
        below_limit=BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50),
    )


def analysis(codes=("ACT", "REF"), per_arm=12, scale="identity", seed=1):
    """Return complete analysis data with a correlated response and an arm effect."""
    rng = np.random.default_rng(seed)
    rows = []
    for a, code in enumerate(codes):
        for i in range(per_arm):
            base = float(np.exp(rng.normal(2.1, 0.2)))
            own = rng.normal(0, 0.08)
            for number in (1, 3):
                value = base * float(np.exp(-0.1 * (a == 0) - 0.05 * number / 3 + own + rng.normal(0, 0.08)))
                rows.append((f"{code}{i:02d}", code, f"M{number}", float(number), value, base))
    data = pd.DataFrame(rows, columns=["USUBJID", "ARMCD", "AVISIT", "AVISITN", "AVAL", "BASE"])
    data["CHG"] = data["AVAL"] - data["BASE"]
    log = scale == "log"
    data["Y"] = np.log(data["AVAL"] / data["BASE"]) if log else data["CHG"]
    data["X_BASE"] = np.log(data["BASE"]) if log else data["BASE"]
    return data.assign(CENSOR="", BLQFL="", SRCKEY="")
