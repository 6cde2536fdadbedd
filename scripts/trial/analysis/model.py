"""Linear models of repeated measures: analysis data in, the fit with its evidence and result rows out."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mmrm import Ladder, MmrmError, MmrmFit, fit_ladder
from mmrm.estimates import Estimates
from trial.analysis.config import Analysis
from trial.analysis.data import AnalysisData
from trial.analysis.frame import ModelFrame, build_frame, column_of
from trial.analysis.linear import Adjusted, LinearModel
from trial.analysis.model_evidence import covariance_rows, ladder_rows, name_columns, residual_record
from trial.analysis.model_rows import ModelRows
from trial.analysis.model_words import (
    covariate_scales,
    footnote,
    ladder_warnings,
    left_out_warnings,
    limit_warnings,
    no_rung,
    nothing_to_fit,
    structure_titles,
)
from trial.analysis.outcome import Outcome, RecordSet, record_set
from trial.analysis.unstable import unstable_warnings, without_unstable
from trial.study.errors import ModelError


@dataclass(frozen=True)
class ModelPlan:
    """The resolved model: what the configuration says, and how inference is made from a fit."""

    config: LinearModel
    df_method: str
    reml: bool
    sigma_by_arm: bool
    coefficient_covariance: str


def run_model(data: AnalysisData, plan: ModelPlan) -> Outcome:
    """Fit the response on arm, visit, arm x visit and the covariates, along the ladder.

    Where the data carry no model (no value after baseline, an arm without a record, no accepted rung)
    nothing is fitted: the outcome says so, and why.

    Raises
    ------
    ModelError
        If the data cannot enter the model, or a covariate is missing where the configuration says stop.
    """
    frame = build_frame(data, plan.config)
    if text := nothing_to_fit(frame, data):
        return not_fitted(frame, data, plan.config, text)
    ladder = climb(formula_of(frame, plan.config), frame.rows, data, plan)
    if ladder.fit is None or ladder.rung is None:
        return not_fitted(frame, data, plan.config, no_rung(ladder), ladder)
    fit, rung = _with_covariance(ladder.fit, ladder.rung, plan), ladder.rung
    warnings = [
        *fit.warnings,
        *limit_warnings(frame.rows, data.spec),
        *(instable := unstable_warnings(data)),
        *left_out_warnings(frame),
        *ladder_warnings(ladder),
    ]
    behind = record_set(data.spec, "fit", records_behind(frame, data, plan.config))
    writer = ModelRows(
        fit, rung, frame, data.spec, plan.config, behind.id, " ".join(warnings), by_arm=plan.sigma_by_arm
    )
    collected = record_set(data.spec, "collected", data.collected)
    rows = [*data.decimals_row(collected.id), *writer.all()]
    rows += covariance_rows(fit, frame, writer.place, writer.unit)
    rows += ladder_rows(ladder.record, writer.place)
    if ladder.model_based is not None and fit is not ladder.model_based:
        rows += replace(writer, fit=ladder.model_based, warning="", prefix="model.").differences()
    sets = [behind, collected]
    if instable:
        rows += _stable_differences(data, plan, writer, sets)
    found = fit.record()
    record = {
        "fit": found,
        "rung": rung,
        "ladder": ladder.record,
        "structures": structure_titles(ladder.record),
        "covariates": covariate_scales(data.spec, plan.config),
        **name_columns(fit),
        "residuals": residual_record(fit, frame),
        "warnings": warnings,
        "left_out": {name: list(subjects) for name, subjects in frame.left_out},
        "footnote": footnote(rung, found, frame, data.spec, plan.config),
    }
    return Outcome.of(data.spec, rows, record, sets)


def _stable_differences(
    data: AnalysisData, plan: ModelPlan, writer: ModelRows, sets: list[RecordSet]
) -> Iterator[Mapping[str, object]]:
    """Yield the comparisons of the same model without unstable values; their records are added to `sets`."""
    calm = without_unstable(data)
    frame = build_frame(calm, plan.config)
    if nothing_to_fit(frame, calm):
        return
    ladder = climb(formula_of(frame, plan.config), frame.rows, calm, plan)
    if ladder.fit is None or ladder.rung is None:
        return
    behind = record_set(data.spec, "stable", records_behind(frame, calm, plan.config))
    sets.append(behind)
    fit = _with_covariance(ladder.fit, ladder.rung, plan)
    yield from replace(
        writer, fit=fit, rung=ladder.rung, frame=frame, records=behind.id, warning="", prefix="stable."
    ).differences()


def formula_of(frame: ModelFrame, config: Adjusted) -> str:
    """Return the model formula; with a single visit the visit terms have nothing to compare."""
    covariates = [(column_of(covariate), covariate.by_visit) for covariate in config.covariates]
    terms = [*(name for name, _ in covariates), "ARMCD"]
    if not frame.single_visit:
        terms += ["AVISIT", "ARMCD:AVISIT", *(f"{name}:AVISIT" for name, by_visit in covariates if by_visit)]
    return f"Y ~ {' + '.join(terms)}"


def records_behind(
    frame: ModelFrame, data: AnalysisData, config: Adjusted, subjects: Collection[str] | None = None
) -> pd.DataFrame:
    """Return the records behind a fit: responses, and the baselines of their subjects, or of those given."""
    subjects = set(frame.rows["USUBJID"] if subjects is None else subjects)
    parts = [frame.rows, data.baseline_records]
    for code in config.baselines():
        other = data.others[code]
        parts.append(other[(other["ANL01FL"] == "Y") & (other["ABLFL"] == "Y")])
    joined = pd.concat([part[["PARAMCD", "USUBJID", "ASEQ"]] for part in parts])
    return joined[joined["USUBJID"].isin(subjects)]


def not_fitted(
    frame: ModelFrame, data: AnalysisData, config: Analysis, text: str, ladder: Ladder | None = None
) -> Outcome:
    """Return the outcome of an endpoint that no model is fitted to: its reasons, no estimate."""
    text = " ".join([text, *left_out_warnings(frame)])
    collected = record_set(data.spec, "collected", data.collected)
    rows: list[Mapping[str, object]] = [
        {"method": config.method, "statistic": name, "value": 0.0, "unit": "1", "n": 0.0, "warning": text}
        for name in ("n_subjects", "n_obs")
    ]
    rows += [
        {"method": config.method, "statistic": "n", "visit": visit.code, "group": arm.code,
         "value": 0.0, "unit": "1", "n": 0.0}
        for visit in data.spec.visits if not visit.baseline for arm in data.spec.arms
    ]  # fmt: skip
    rows += data.decimals_row(collected.id)
    rows += ladder_rows(ladder.record if ladder else [], {"method": config.method, "n": _subjects(frame)})
    record: dict[str, Any] = {
        "fit": None,
        "rung": None,
        "ladder": ladder.record if ladder else [],
        "structures": structure_titles(ladder.record if ladder else []),
        "warnings": [text],
        "left_out": {name: list(subjects) for name, subjects in frame.left_out},
        "footnote": text,
    }
    return Outcome.of(data.spec, rows, record, [collected])


def _subjects(frame: ModelFrame) -> float:
    return float(frame.rows["USUBJID"].nunique())


def climb(formula: str, rows: pd.DataFrame, data: AnalysisData, plan: ModelPlan) -> Ladder:
    """Return the whole ladder of a formula; no rung of it may be accepted."""
    try:
        return fit_ladder(
            formula,
            rows,
            subject="USUBJID",
            visit="AVISIT",
            visits=[visit.code for visit in data.spec.visits if not visit.baseline],
            rungs=plan.config.ladder,
            df_method=plan.df_method,
            reml=plan.reml,
            group="ARMCD" if plan.sigma_by_arm else None,
        )
    except MmrmError as error:
        where = f"analysis {data.spec.id} of {data.spec.place}"
        raise ModelError(where, str(error), hint=f"see endpoints/{data.spec.place}/adlb.csv") from error


def fit_formula(
    formula: str, rows: pd.DataFrame, data: AnalysisData, plan: ModelPlan
) -> tuple[Estimates, str, list[str]]:
    """Return the accepted fit of a formula, its rung, and what a reader must know about both.

    Raises
    ------
    ModelError
        If the data cannot enter the model, or no rung of the covariance ladder is accepted.
    """
    ladder = climb(formula, rows, data, plan)
    if ladder.fit is None or ladder.rung is None:
        raise ModelError(f"analysis {data.spec.id} of {data.spec.place}", no_rung(ladder))
    fit = _with_covariance(ladder.fit, ladder.rung, plan)
    return fit, ladder.rung, [*fit.warnings, *ladder_warnings(ladder)]


def _with_covariance(fit: Estimates, rung: str, plan: ModelPlan) -> Estimates:
    """Return the fit with the sandwich that the configuration asks for; the lower rungs have theirs."""
    if rung != "us" or plan.coefficient_covariance == "model" or not isinstance(fit, MmrmFit):
        return fit
    return fit.with_methods(plan.df_method, plan.coefficient_covariance)
