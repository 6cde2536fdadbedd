"""The design stage of the confounded example, and its records as an analysis reads them."""

import numpy as np
import pandas as pd

from trial.analysis.config import AnalysedArm, AnalysedEndpoint, AnalysisSpec
from trial.analysis.data import ENDPOINT_COLUMNS, AnalysisData
from trial.analysis.design.config import WeighSubjectsSpec
from trial.analysis.design.stage import weigh_subjects
from trial.analysis.methods import aipw, change_scores, weighted_mmrm
from trial.endpoints.config import BelowLimit
from trial.endpoints.config_visits import Visit
from unit.propensity.cases import BASE, CHANGE, SEEN, SEX, TREATED, U0, U1, U2, U3, VISITS

IDS = [f"S{i:02d}" for i in range(60)]
POSITIVITY = {
    "extreme_score": 0.1,
    "warn_extreme_share": 0.3,
    "warn_size_share": 0.5,
    "fail_size_share": 0.33,
    "fail_size": 10.0,
    "warn_largest_share": 0.15,
    "warn_difference": 0.1,
    "fail_difference": 0.25,
    "warn_concordance": 0.9,
}
ALL = ("AGE", "DIABDUR", "BMI", "BASE_HBA1C", "SEX")


def weigh_spec(names=ALL, **changes):
    content = {
        "treated": "CELL",
        "control": "STD",
        "covariates": [
            {"variable": n, "kind": "factor" if n in ("SEX", "SITE") else "numeric"} for n in names
        ],
        "missing_covariate": "stop",
        "estimator": "logistic",
        "kinds": ["ATO", "ATE", "ATT"],
        "truncation": {"lower": 0.01, "upper": 0.99},
        "positivity": POSITIVITY,
    }
    return WeighSubjectsSpec.model_validate(content | changes)


def covariates(**changes):
    """Return the covariates at baseline of the example."""
    table = pd.DataFrame(
        {
            "USUBJID": IDS,
            "ARMCD": np.where(TREATED == 1, "CELL", "STD"),
            "AGE": 52 + 9 * U0,
            "BMI": 25 + 3 * U2,
            "DIABDUR": 8 + 4 * U1,
            "SEX": np.where(SEX == 1, "M", "F"),
            "BASE_HBA1C": 9.2 + 0.8 * U3,
        }
    )
    return table.assign(**changes)


def records(seen=SEEN, scale="identity"):
    """Return the example's records: HbA1c at baseline and at the visits that were seen."""
    rows = []
    for i, subject in enumerate(IDS):
        values = {"BL": BASE[i]} | {v: BASE[i] + CHANGE[i, t] for t, v in enumerate(VISITS) if seen[i, t]}
        for number, (visit, value) in zip((0, 1, 3, 6), values.items(), strict=False):
            later = visit != "BL"
            rows.append(
                {
                    "USUBJID": subject, "PARAMCD": "HBA1C", "ASEQ": float(number), "AVISIT": visit,
                    "AVISITN": float(["BL", "M1", "M3", "M6"].index(visit)), "ADT": "2020-01-01", "AVAL": value,
                    "BASE": BASE[i], "CHG": value - BASE[i] if later else np.nan, "PCHG": np.nan,
                    "ABLFL": "" if later else "Y", "ANL01FL": "Y", "REASON": "", "CENSOR": "",
                    "DECIMALS": np.nan,
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    if scale == "log":
        table["AVAL"], table["BASE"] = np.exp(table["AVAL"]), np.exp(table["BASE"])
    return table[list(ENDPOINT_COLUMNS)]


def visits():
    days = {"BL": (0, (-28, 0)), "M1": (30, (15, 59)), "M3": (90, (60, 134)), "M6": (180, (135, 225))}
    return tuple(
        Visit(code=c, label=c, number=n, target_day=day, window=window, baseline=c == "BL")
        for n, (c, (day, window)) in zip((0, 1, 3, 6), days.items(), strict=True)
    )


def analysis_spec(method, scale="identity"):
    return AnalysisSpec(
        id=method.upper(),
        method=method,
        settings={},
        endpoint=AnalysedEndpoint(paramcd="HBA1C", unit="%", scale=scale, reports_below_limit=False),
        arms=(AnalysedArm(code="CELL", label="Cells"), AnalysedArm(code="STD", label="Standard")),
        reference_arm="STD",
        visits=visits(),
        below_limit=BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50),
        other_scales={},
        events=(),
    )


COMMON = {
    "label": "An analysis", "primary": False, "endpoints": "all", "population": "FASFL", "treatment": "TRT01P",
    "estimand": None, "level": 0.95,
}  # fmt: skip
ADJUSTED = COMMON | {
    "response": "change",
    "covariates": [{"variable": "BASE", "kind": "numeric", "by_visit": True}],
    "missing_covariate": "stop",
}
METHODS = {
    "weighted_mmrm": (weighted_mmrm, ADJUSTED | {"weights": "ATO", "covariance_ladder": ["us"], "bootstrap": None}),
    "aipw": (aipw, ADJUSTED | {"weights": "ATE", "bootstrap": {"replicates": 100, "seed": 5}}),
    "change_scores": (change_scores, COMMON | {"covariance_ladder": ["us"]}),
}  # fmt: skip


def run(name, rows=None, stage=None, scale="identity", subjects=None, **changes):
    """Run a method on the example; return its result rows by (visit, statistic) and its outcome."""
    method, content = METHODS[name]
    config = method.Config.model_validate({"method": name} | content | changes)
    stage = stage or weigh_subjects(covariates(), weigh_spec())
    tables = {"weights": stage.weights, "matrix": stage.matrix, "balance": stage.balance}
    adsl = (
        covariates().rename(columns={"ARMCD": "TRT01P"}).assign(FASFL="Y") if subjects is None else subjects
    )
    data = AnalysisData.of(
        analysis_spec(name, scale), config, adsl, records() if rows is None else rows, {}, tables=tables
    )
    outcome = method.run(data, config)
    found = {(r["visit"], r["statistic"]): r for r in outcome.rows.to_dict("records")}
    return found, outcome
