"""What outputs say about a fitted model: its specification, and what a reader must know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mmrm import Ladder
from mmrm.kinds import KINDS
from trial.analysis.config import AnalysedArm, AnalysisSpec
from trial.analysis.data import AnalysisData
from trial.analysis.frame import ModelFrame
from trial.analysis.linear import BASE, BASE_OF, Adjusted, Covariate, LinearModel
from trial.endpoints.config_visits import Visit
from trial.study.rules import COLUMN_WORDS

METHODS = {
    "kenward-roger": "Kenward-Roger standard errors and degrees of freedom",
    "kenward-roger-linear": "Kenward-Roger (linear) standard errors and degrees of freedom",
    "satterthwaite": "Satterthwaite degrees of freedom",
}
SANDWICH = "sandwich standard errors with Satterthwaite degrees of freedom"


def footnote(
    rung: str, found: Mapping[str, Any], frame: ModelFrame, spec: AnalysisSpec, config: LinearModel
) -> str:
    """Return the model specification as outputs print it, from the record of the fitted object."""
    log = bool(spec.endpoint and spec.endpoint.scale == "log")
    response = response_name(config, log)
    names = {covariate.variable: covariate_name(covariate, log, spec) for covariate in config.covariates}
    size = f"{len(frame.rows)} observations of {frame.rows['USUBJID'].nunique()} subjects."
    means = f"LS means with {config.lsmeans.weights} weights{_places(config, names)}"
    if rung == "ancova":
        entered = [*names.values(), "arm"]
        words = f"{', '.join(entered[:-1])} and arm" if len(entered) > 1 else "arm"
        return f"ANCOVA of {response} on {words}, each visit on its own; {means}; {size}"
    groups = ", one per arm" if isinstance(found["sigma"], Mapping) else ""
    errors = (
        METHODS[found["df_method"]] if found["cov_type"] == "model" else f"{found['cov_type']} {SANDWICH}"
    )
    terms = _terms(str(found["formula"]), names)
    return (
        f"MMRM of {response} on {terms}; {KINDS[rung].title} covariance{groups}, "
        f"{'REML' if found['reml'] else 'ML'}, {errors}; {means}; {size}"
    )


def terms_of(formula: str, spec: AnalysisSpec, config: Adjusted) -> str:
    """Return the response of a model and its terms in words."""
    log = bool(spec.endpoint and spec.endpoint.scale == "log")
    names = {covariate.variable: covariate_name(covariate, log, spec) for covariate in config.covariates}
    return f"{response_name(config, log)} on {_terms(formula, names)}"


def covariate_words(spec: AnalysisSpec, config: Adjusted) -> list[str]:
    """Return how outputs call the covariates of a model."""
    log = bool(spec.endpoint and spec.endpoint.scale == "log")
    return [covariate_name(covariate, log, spec) for covariate in config.covariates]


def covariate_scales(spec: AnalysisSpec, config: Adjusted) -> list[list[str]]:
    """Return each covariate, in the order of the configuration, with ``ln`` where its logarithm enters."""
    log = bool(spec.endpoint and spec.endpoint.scale == "log")
    names = {one.variable: covariate_name(one, log, spec) for one in config.covariates}
    return [[variable, "ln" if name.startswith("ln ") else ""] for variable, name in names.items()]


def structure_titles(record: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the name of the covariance structure of each rung of a ladder."""
    rungs = [str(rung["structure"]) for rung in record]
    return {rung: KINDS[rung].title if rung in KINDS else "ANCOVA of each visit" for rung in rungs}


def response_name(config: Adjusted, log: bool) -> str:
    """Return how outputs call the response."""
    if config.response == "change":
        return "ln ratio to baseline" if log else "change from baseline"
    return "ln value" if log else "value"


def covariate_name(covariate: Covariate, log: bool, spec: AnalysisSpec) -> str:
    """Return how outputs call a covariate."""
    if covariate.variable == BASE:
        return "ln baseline" if log else "baseline"
    if covariate.variable.startswith(BASE_OF):
        code = covariate.variable.removeprefix(BASE_OF)
        return f"{'ln ' if spec.other_scales[code] == 'log' else ''}baseline {code}"
    return COLUMN_WORDS.get(covariate.variable, covariate.variable)


def _terms(formula: str, names: Mapping[str, str]) -> str:
    """Return the terms of a formula in words."""
    words = {f"X_{variable}": name for variable, name in names.items()} | {"ARMCD": "arm", "AVISIT": "visit"}
    terms = [term.strip().split(":") for term in formula.split("~")[1].split("+")]
    return ", ".join(" × ".join(words[part] for part in term) for term in terms)


def _places(config: LinearModel, names: Mapping[str, str]) -> str:
    """Return where the covariates stand in LS means."""
    at = config.lsmeans.at
    means = [names[c.variable] for c in config.covariates if c.kind == "numeric" and c.variable not in at]
    found = [f"the mean {' and '.join(means)}"] if means else []
    found += [f"{names[variable].removeprefix('ln ')} {value}" for variable, value in at.items()]
    return f" at {', '.join(found)}" if found else ""


def nothing_to_fit(frame: ModelFrame, data: AnalysisData) -> str:
    """Return why the records of an endpoint carry no model; ``""`` where every arm has some."""
    if frame.rows.empty and frame.left_out:
        return "Not fitted: no subject has a value after baseline and every covariate."
    if frame.rows.empty:
        return f"Not fitted: {no_values(data)}"
    if not frame.absent_arms:
        return ""
    labels = _labels(data.spec.arms)
    arms = ", ".join(labels[code] for code in frame.absent_arms)
    without = [data.treatments[data.treatments == code].index for code in frame.absent_arms]
    mine = data.records[data.records["USUBJID"].isin([one for index in without for one in index])]
    return f"Not fitted: an arm has no record to analyse: {arms} ({_reasons(mine, data)})."


def no_rung(ladder: Ladder) -> str:
    """Return why no structure of the ladder is used, each with its own reason."""
    tried = "; ".join(f"{rung['structure']}: {rung['reason']}" for rung in ladder.record)
    return f"Not fitted: no covariance structure of the ladder is accepted ({tried})."


def no_values(data: AnalysisData) -> str:
    """Return why an endpoint has no value to analyse, with the reasons of its records."""
    if data.records.empty:
        text = "no record"
    else:
        text = f"none of {len(data.records)} records has both a value after baseline and a baseline"
        text += f" ({_reasons(data.records, data)})"
    return f"{text}. {data.absence}." if data.absence else f"{text}."


def _reasons(records: pd.DataFrame, data: AnalysisData) -> str:
    """Return how many records are not analysed, by their reason."""
    if records.empty:
        return "no record at all"
    other = "baseline, or without one, or outside the population"
    reasons = records["REASON"].where(records["REASON"] != "", other)
    aside = data.set_aside
    aside = aside[aside.index.isin(records.index)]
    if len(aside):
        reasons.loc[aside.index] = "set aside by the estimand after " + aside["EVENT"]
    counts = reasons.value_counts()
    return "; ".join(f"{reason}: {count} records" for reason, count in counts.items())


def limit_warnings(rows: pd.DataFrame, spec: AnalysisSpec) -> list[str]:
    """Return what a reader must know about analysed values outside their limits of quantification.

    The share below the limit is taken at the worst arm and visit. An endpoint that does not report
    values below its limit (`reports_below_limit`) warns of every single one.
    """
    found = []
    place = [
        rows["ARMCD"].astype(str).map(_labels(spec.arms)),
        rows["AVISIT"].astype(str).map(_labels(spec.visits)),
    ]
    share = 100 * (rows["CENSOR"] == "<").groupby(place).mean()
    highest = float(share.max())
    expected = bool(spec.endpoint and spec.endpoint.reports_below_limit)
    if highest > (spec.below_limit.warn_above_pct if expected else 0):
        worst = ", ".join(share.index[int(share.argmax())])
        text = f"Up to {highest:.0f}% of values lie below the quantification limit ({worst}); "
        text += f"{spec.below_limit.substitute} was substituted, which biases estimates and their spread."
        found.append(text)
    above = int((rows["CENSOR"] == ">").sum())
    if above:
        found.append(
            f"{above} analysed values lie above the quantification limit; the limit stands for them."
        )
    return found


def left_out_warnings(frame: ModelFrame) -> list[str]:
    """Return how many subjects are left out because a covariate is missing."""
    return [
        f"{len(subjects)} subjects without {name} were left out of the model."
        for name, subjects in frame.left_out
    ]


def ladder_warnings(ladder: Ladder) -> list[str]:
    """Return why the first rung was left, when it was, and whose standard errors are not the rung's own."""
    left = [rung for rung in ladder.record if rung["status"] in ("rejected", "error")]
    found = [f"The {rung['structure']} covariance was not used: {rung['reason']}." for rung in left]
    return [*found, f"{ladder.note}."] if ladder.note else found


def _labels(items: Sequence[AnalysedArm] | Sequence[Visit]) -> dict[str, str]:
    return {item.code: item.label for item in items}
