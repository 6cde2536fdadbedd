"""A simulated trial as the records of a study, and the panel's own analyses of it, as their jobs run them."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from trial.analysis.config import AnalysedArm, AnalysedEndpoint, AnalysisSpec
from trial.analysis.data import ENDPOINT_COLUMNS, AnalysisData
from trial.analysis.design.config import WeighSubjectsSpec
from trial.analysis.design.stage import weigh_subjects
from trial.endpoints.config import BelowLimit
from trial.endpoints.config_visits import Visit
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[3]
STUDY = read_yaml(ROOT / "config.yaml")
DAYS = {"BL": (0, 0, (-28, 0)), "M1": (1, 30, (15, 59)), "M3": (3, 90, (60, 134)), "M6": (6, 180, (135, 225))}


def panel():
    """Return the analyses of the sensitivity table of the demonstration."""
    table = next(output for output in STUDY["outputs"] if output["template"] == "sensitivity_table")
    return table["analyses"]["effect"]


def subjects(trials, trial):
    """Return the subjects of a simulated trial with their covariates and arm."""
    table = pd.DataFrame(trials.covariates[trial], columns=list(trials.names))
    return table.assign(
        USUBJID=[f"{at:05d}" for at in range(len(table))],
        SEX=np.where(table["SEX"] == 1, "M", "F"),
        TRT01P=np.where(trials.treated, "T", "C"),
        FASFL="Y",
    )


def records(trials, trial, paramcd):
    """Return the records of a simulated trial: baseline and the visits that were seen."""
    rows = []
    for at, base in enumerate(trials.baseline[trial]):
        seen = zip(trials.visits, trials.change[trial, at], strict=True)
        changes = {"BL": 0.0} | {visit: change for visit, change in seen if np.isfinite(change)}
        for visit, change in changes.items():
            later = visit != "BL"
            rows.append(
                {
                    "USUBJID": f"{at:05d}", "PARAMCD": paramcd, "ASEQ": float(DAYS[visit][0]), "AVISIT": visit,
                    "AVISITN": float(DAYS[visit][0]), "ADT": "2020-01-01", "AVAL": base + change, "BASE": base,
                    "CHG": change if later else np.nan, "PCHG": np.nan, "ABLFL": "" if later else "Y",
                    "ANL01FL": "Y", "REASON": "", "CENSOR": "", "LLOQ": float("nan"), "DECIMALS": np.nan,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)[list(ENDPOINT_COLUMNS)]


def design_stage(trials, trial):
    """Return the files of the design stage of a simulated trial, with the demonstration's settings."""
    found = {
        name: STUDY["design"][name] for name in ("covariates", "missing_covariate", "estimator", "kinds")
    }
    found |= {name: STUDY["design"][name] for name in ("truncation", "positivity")}
    spec = WeighSubjectsSpec.model_validate(found | {"treated": "T", "control": "C"})
    table = subjects(trials, trial).rename(columns={"TRT01P": "ARMCD"})
    return weigh_subjects(table.assign(BASE_HBA1C=trials.baseline[trial]), spec)


def spec_of(analysis, paramcd):
    return AnalysisSpec(
        id=analysis,
        method=STUDY["analyses"][analysis]["method"],
        settings={},
        endpoint=AnalysedEndpoint(paramcd=paramcd, unit="%", scale="identity", reports_below_limit=False),
        arms=(AnalysedArm(code="T", label="Treated"), AnalysedArm(code="C", label="Control")),
        reference_arm="C",
        visits=tuple(
            Visit(code=code, label=code, number=number, target_day=day, window=window, baseline=code == "BL")
            for code, (number, day, window) in DAYS.items()
        ),
        below_limit=BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50),
        other_scales={},
        events=(),
    )


def settings_of(analysis, plan):
    """Return the demonstration's settings of an analysis, with the numbers and seed of the simulation."""
    found = dict(STUDY["analyses"][analysis])
    if found["method"] == "weighted_mmrm":
        found["bootstrap"] = None
    if found["method"] == "aipw":
        found["bootstrap"] = {"replicates": plan.resamples, "seed": plan.seed}
    if found["method"] == "imputation":
        found["imputation_reference"] = "C"
        if found["inference"] == "rubin":
            found |= {"imputations": plan.imputations, "seed": plan.seed}
    return found


def analyse(analysis, trials, trial):
    """Return estimate, SE and df of the last visit as the job of an analysis of the panel writes them."""
    paramcd = f"{trials.design}{trials.numbers[trial]}"
    method = import_module(f"trial.analysis.methods.{STUDY['analyses'][analysis]['method']}")
    config = method.Config.model_validate(settings_of(analysis, trials.plan))
    stage = design_stage(trials, trial)
    tables = {"weights": stage.weights, "matrix": stage.matrix, "balance": stage.balance}
    data = AnalysisData.of(
        spec_of(analysis, paramcd),
        config,
        subjects(trials, trial),
        records(trials, trial, paramcd),
        {},
        "",
        tables,
    )
    rows = method.run(data, config).rows
    rows = rows[(rows["visit"] == "M6") & (rows["comparison"] == "T-C")]
    found = dict(zip(rows["statistic"], rows["value"], strict=True))
    return found["diff"], found["diff.se"], found.get("diff.df", np.nan)
