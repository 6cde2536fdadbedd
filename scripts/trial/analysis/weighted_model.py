"""The weighted mixed model: subject weights of the design stage, sandwich CR2, bootstrap beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrm import MmrmError, MmrmFit, fit_ladder
from mmrm.estimates import Estimates
from mmrm.lsmeans import Rows
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.frame import ModelFrame, build_frame
from trial.analysis.methods.weighted_mmrm import Config
from trial.analysis.model import formula_of, not_fitted, records_behind
from trial.analysis.model_words import (
    ladder_warnings,
    left_out_warnings,
    limit_warnings,
    nothing_to_fit,
    terms_of,
)
from trial.analysis.outcome import Outcome, record_set
from trial.analysis.propensity.weights import scale_to_count
from trial.analysis.weighed import (
    bootstrap_rows,
    count_at,
    size_rows,
    weighed_frame,
)
from trial.analysis.weighing import Bootstrapped, Weighing

Array = NDArray[np.float64]


def run_weighted(data: AnalysisData, config: Config) -> Outcome:
    """Fit one endpoint; a fit that does not exist leaves effects that say why."""
    weighing = Weighing.of(data, config.weights)
    frame = weighed_frame(build_frame(data, config), weighing)
    if text := nothing_to_fit(frame, data):
        return not_fitted(frame, data, config, text)
    behind = record_set(data.spec, "fit", records_behind(frame, data, config))
    fitted = _fit(frame, weighing, config, data)
    boot = (
        None if config.bootstrap is None or fitted.fit is None else _bootstrap(fitted, weighing, config, data)
    )
    # What concerns the whole analysis stands on its own rows; effects carry the verdict on their weights.
    warnings = [*fitted.warnings, *left_out_warnings(frame), *limit_warnings(frame.rows, data.spec)]
    warnings += [weighing.caveat] * bool(weighing.caveat) + (boot.warnings if boot else [])
    if boot is None and config.bootstrap is not None and fitted.fit is not None:
        warnings.append("No bootstrap: an analysis of covariance of each visit has no joint refit.")
    effects = list(_effects(fitted, frame, weighing, config))
    n = float(frame.rows["USUBJID"].nunique())
    noted = " ".join(warnings)
    rows: list[Any] = list(size_rows(frame, n, config.level, behind.id, noted, config.method))
    rows += effect_rows(data.spec, effects, method=fitted.method, level=config.level, records=behind.id)
    if boot is not None:
        rows += bootstrap_rows(data, boot, effects, config.level, behind.id, "bootstrap")
    record = {
        "fit": fitted.fit.record() if fitted.fit else None,
        "ladder": fitted.ladder,
        "warnings": warnings,
        "left_out": {name: list(subjects) for name, subjects in frame.left_out},
        "footnote": _footnote(fitted, frame, weighing, boot, data, config),
    }
    return Outcome.of(data.spec, rows, record, [behind])


@dataclass(frozen=True, eq=False)
class WeightedFit:
    """The accepted rung with its contrasts of arms by visit; without a fit, the reason."""

    fit: Estimates | None
    contrasts: Rows | None
    method: str
    ladder: list[dict[str, Any]]
    warnings: list[str]
    reason: str


def _fit(frame: ModelFrame, weighing: Weighing, config: Config, data: AnalysisData) -> WeightedFit:
    subjects = sorted(set(frame.rows["USUBJID"]))
    place = {subject: at for at, subject in enumerate(weighing.subjects)}
    weights = scale_to_count(weighing.weights[[place[subject] for subject in subjects]], len(subjects))
    try:
        ladder = fit_ladder(
            formula_of(frame, config),
            frame.rows,
            subject="USUBJID",
            visit="AVISIT",
            visits=[visit.code for visit in data.spec.visits if not visit.baseline],
            rungs=config.covariance_ladder,
            df_method="satterthwaite",
            weights=dict(zip(subjects, weights.tolist(), strict=True)),
        )
    except MmrmError as error:
        return WeightedFit(None, None, config.method, [], [], str(error))
    if ladder.fit is None or ladder.rung is None:
        tried = "; ".join(f"{rung['structure']}: {rung['reason']}" for rung in ladder.record)
        return WeightedFit(
            None, None, config.method, ladder.record, [], f"no covariance is accepted ({tried})"
        )
    by = None if frame.single_visit else "AVISIT"
    contrasts = ladder.fit.contrast_rows("ARMCD", by, reference=weighing.arms[1])
    method = "-".join([config.method, weighing.kind, ladder.rung, ladder.fit.cov_type])
    warnings = [*ladder.fit.warnings, *ladder_warnings(ladder)]
    return WeightedFit(ladder.fit, contrasts, method, ladder.record, warnings, "")


def _effects(fitted: WeightedFit, frame: ModelFrame, weighing: Weighing, config: Config) -> Iterator[Effect]:
    visits = [str(visit) for visit in frame.rows["AVISIT"].cat.categories]
    nothing = float("nan")
    if fitted.fit is None or fitted.contrasts is None:
        for visit in visits:
            n = count_at(frame, visit)
            yield Effect(visit, weighing.comparison, nothing, nothing, nothing, n, error=fitted.reason)
        return
    table = fitted.fit.table(fitted.contrasts, config.level)
    for visit, found in zip(visits, table.to_dict("records"), strict=True):
        assert frame.single_visit or str(found["AVISIT"]) == visit
        error = "" if np.isfinite(found["se"]) else fitted.fit.explain_missing(visit)
        yield Effect(
            visit, weighing.comparison, found["estimate"], found["se"], found["df"], count_at(frame, visit),
            warning=weighing.caveat, error=error,
        )  # fmt: skip


def _bootstrap(
    fitted: WeightedFit, weighing: Weighing, config: Config, data: AnalysisData
) -> Bootstrapped | None:
    """Refit every resample; None where the last rung, an ANCOVA of each visit, has no joint refit."""
    fit, endpoint = fitted.fit, data.spec.endpoint
    if (
        not isinstance(fit, MmrmFit)
        or config.bootstrap is None
        or fitted.contrasts is None
        or endpoint is None
    ):
        return None
    drawn = weighing.resample(config.bootstrap, endpoint.paramcd)
    place = {subject: at for at, subject in enumerate(weighing.subjects)}
    index = [place[subject] for subject in fit.subjects]
    weights = (drawn.counts * drawn.weights)[:, index]
    usable = np.isfinite(weights).all(axis=1) & _reaches_every_cell(weights, fit)
    weights = scale_to_count(weights[usable], len(index))
    again = fit.replicate(weights, fitted.contrasts)
    penalised = int(drawn.penalised[usable][again.converged].sum())
    return Bootstrapped(again.contrasts[again.converged], config.bootstrap.replicates, penalised)


def _reaches_every_cell(weights: Array, fit: MmrmFit) -> NDArray[np.bool_]:
    """Whether each arm of a resample has a subject at every visit: else its model has no such cell."""
    rows = fit.prepared.frame
    arms, visits = rows["ARMCD"].astype(str).to_numpy(), fit.prepared.data.visit
    reached = np.ones(len(weights), dtype=bool)
    for arm in sorted(set(arms)):
        for visit in range(fit.prepared.data.n_visits):
            members = fit.prepared.data.subject[(arms == arm) & (visits == visit)]
            reached &= weights[:, members].sum(axis=1) > 0
    return reached


def _footnote(
    fitted: WeightedFit,
    frame: ModelFrame,
    weighing: Weighing,
    boot: Bootstrapped | None,
    data: AnalysisData,
    config: Config,
) -> str:
    if fitted.fit is None:
        return f"Not fitted: {fitted.reason}."
    n = frame.rows["USUBJID"].nunique()
    text = (
        f"Weighted MMRM of {terms_of(formula_of(frame, config), data.spec, config)}; {weighing.words}, "
        f"scaled to sum to the {n} subjects of the model; {fitted.fit.structure} covariance, REML, "
        f"{fitted.fit.cov_type} sandwich standard errors with Satterthwaite degrees of freedom; "
        f"{len(frame.rows)} observations"
    )
    return f"{text}. Beside it: {boot.words}, percentile limits." if boot else f"{text}."
