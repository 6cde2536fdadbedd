"""Augmented weighting of one endpoint: outcome models by arm, weights of the design stage, bootstrap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmrm import MmrmError, RankError
from trial.analysis.arm_models import fit_arm, predict_arm
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.frame import ModelFrame, build_frame, covariate_of
from trial.analysis.methods.aipw import Config
from trial.analysis.model import not_fitted, records_behind
from trial.analysis.model_words import (
    covariate_words,
    left_out_warnings,
    limit_warnings,
    nothing_to_fit,
)
from trial.analysis.outcome import Outcome, record_set
from trial.analysis.propensity.augmented import Augmented, augment
from trial.analysis.propensity.weights import tilt
from trial.analysis.weighed import (
    bootstrap_rows,
    count_at,
    size_rows,
    weighed_frame,
)
from trial.analysis.weighing import TOO_FEW, Bootstrapped, Weighing
from trial.analysis.weighted import Bootstrap

Array = NDArray[np.float64]


def run_augmented(data: AnalysisData, config: Config) -> Outcome:
    """Estimate one endpoint at every visit; models that do not exist leave effects that say why."""
    weighing = Weighing.of(data, config.weights)
    frame = weighed_frame(build_frame(data, config), weighing)
    if text := nothing_to_fit(frame, data):
        return not_fitted(frame, data, config, text)
    case = _case_of(frame, weighing, data, config)
    behind = record_set(data.spec, "fit", records_behind(frame, data, config, case.subjects))
    warnings = [*left_out_warnings(frame), *limit_warnings(frame.rows, data.spec)]
    warnings += [weighing.caveat] * bool(weighing.caveat)
    if case.lacking:
        warnings.append(
            f"{len(case.lacking)} weighed subjects without a covariate of the outcome models are left out."
        )
    reason, boot, estimate = "", None, None
    try:
        estimate = case.estimate()
        assert data.spec.endpoint is not None
        boot = case.bootstrap(config.bootstrap, data.spec.endpoint.paramcd)
        warnings += boot.warnings
    except RankError:
        reason = "the outcome model of an arm has no fit: its subjects do not tell the covariates apart"
    except MmrmError as error:
        reason = f"the outcome model of an arm has no fit: {error}"
    effects = list(_effects(case, estimate, boot, frame, reason))
    noted, n = " ".join(warnings), float(len(case.members))
    rows: list[Any] = list(size_rows(frame, n, config.level, behind.id, noted, config.method))
    method = f"{config.method}-{config.weights}-bootstrap"
    everything = [*effects, *_one_armed(case, frame)]
    rows += effect_rows(data.spec, everything, method=method, level=config.level, records=behind.id)
    if boot is not None and estimate is not None:
        rows += bootstrap_rows(data, boot, effects, config.level, behind.id, method)
        rows += _influence_rows(data, estimate, effects, behind.id, method)
    record = {"warnings": warnings, "footnote": _footnote(case, boot, reason, data, config)}
    return Outcome.of(data.spec, rows, record, [behind])


@dataclass(frozen=True, eq=False)
class Case:
    """One endpoint as arrays.

    Attributes
    ----------
    weighing : Weighing
    members : (n,) int array
        Places of the analysed subjects among the weighed ones.
    visits : tuple of str
        Visits at which both arms have values.
    design : (n, k) array
        Covariates of the outcome models, intercept first, standardised.
    values : (n, m) array
        Outcome; NaN where it was not seen.
    lacking : tuple of str
        Weighed subjects without a covariate of the outcome models, who have no part.
    """

    weighing: Weighing
    members: NDArray[np.int64]
    visits: tuple[str, ...]
    design: Array
    values: Array
    lacking: tuple[str, ...]

    @property
    def subjects(self) -> list[str]:
        """The analysed subjects."""
        return [self.weighing.subjects[at] for at in self.members]

    def estimate(
        self, counts: Array | None = None, scores: Array | None = None, weights: Array | None = None
    ) -> Augmented:
        """Return the augmented estimates by visit, ``(m, B)``; of the data themselves without counts.

        Parameters
        ----------
        counts, scores, weights : (B, n) arrays, optional
            Of every resample, of the analysed subjects.
        """
        treated = self.weighing.treated[self.members]
        e = self.weighing.scores[None, self.members] if scores is None else scores
        w = self.weighing.weights[None, self.members] if weights is None else weights
        c = np.ones((1, len(treated))) if counts is None else counts
        means, filled = [], np.empty((len(c), *self.values.shape))
        for arm in (1, 0):
            mine = treated == arm
            models = fit_arm(
                self.design[mine], self.values[mine], self.visits, None if counts is None else c[:, mine]
            )
            mean, conditional = predict_arm(models, self.design, self.values)
            means.append(np.moveaxis(mean, -1, 0))
            filled[:, mine] = conditional[:, mine]
        shares = tilt(self.weighing.kind, e)
        return augment(treated, (means[0], means[1]), np.moveaxis(filled, -1, 0), shares, w, c)

    def bootstrap(self, asked: Bootstrap, paramcd: str) -> Bootstrapped:
        """Estimate every resample: propensity, weights, outcome models and filled visits all anew."""
        drawn = self.weighing.resample(asked, paramcd)
        counts, scores, weights = (
            part[:, self.members] for part in (drawn.counts, drawn.scores, drawn.weights)
        )
        usable = drawn.fitted & (counts > 0).any(axis=1)
        again = self.estimate(counts[usable], scores[usable], weights[usable]).estimate.T
        there = np.isfinite(again).all(axis=1)
        return Bootstrapped(again[there], asked.replicates, int(drawn.penalised[usable][there].sum()))


def _case_of(frame: ModelFrame, weighing: Weighing, data: AnalysisData, config: Config) -> Case:
    """Return the arrays of an endpoint: every weighed subject with all covariates."""
    columns = {
        c.variable: covariate_of(c.variable, data).reindex(weighing.subjects) for c in config.covariates
    }
    table = pd.DataFrame(columns, index=pd.Index(weighing.subjects))
    lacking = table.isna() | (table == "")
    complete = ~lacking.any(axis=1)
    kept, lost = table[complete], tuple(table.index[~complete])
    parts = [np.ones(len(kept))]
    for covariate in config.covariates:
        values = kept[covariate.variable]
        if covariate.kind == "factor":
            parts += [(values == level).to_numpy(float) for level in sorted(set(values))[1:]]
        else:
            numbers: Array = values.to_numpy(float)
            parts.append((numbers - numbers.mean()) / (numbers.std() or 1.0))
    arms = frame.rows.groupby("AVISIT", observed=True)["ARMCD"].nunique()
    visits = [str(v) for v in frame.rows["AVISIT"].cat.categories if arms.get(v, 0) == 2]
    wide = frame.rows.astype({"AVISIT": str}).pivot(index="USUBJID", columns="AVISIT", values="Y")
    outcome: Array = wide.reindex(index=kept.index, columns=visits).to_numpy(float)
    return Case(
        weighing, np.flatnonzero(complete.to_numpy()), tuple(visits), np.column_stack(parts), outcome, lost
    )


def _effects(
    case: Case, estimate: Augmented | None, boot: Bootstrapped | None, frame: ModelFrame, reason: str
) -> Iterator[Effect]:
    """Yield the effect of every visit of both arms; its standard error is that of the bootstrap."""
    for at, visit in enumerate(case.visits):
        n = count_at(frame, visit)
        if estimate is None or boot is None:
            yield Effect(visit, case.weighing.comparison, nan, nan, nan, n, error=reason)
            continue
        value = float(estimate.estimate[at, 0])
        error, caveat = "" if boot.stands else TOO_FEW, case.weighing.caveat
        se = float(boot.se[at])
        yield Effect(visit, case.weighing.comparison, value, se, inf, n, warning=caveat, error=error)


def _one_armed(case: Case, frame: ModelFrame) -> Iterator[Effect]:
    """Yield the visits at which only one arm has values: nothing can be compared there."""
    for visit in [str(visit) for visit in frame.rows["AVISIT"].cat.categories]:
        if visit not in case.visits:
            n, error = count_at(frame, visit), "an arm has no value at this visit"
            yield Effect(visit, case.weighing.comparison, nan, nan, nan, n, error=error)


def _influence_rows(
    data: AnalysisData, estimate: Augmented, effects: Sequence[Effect], behind: str, method: str
) -> Iterator[dict[str, object]]:
    """Yield the standard error by influence functions, which takes both models as known and is too small."""
    endpoint = data.spec.endpoint
    assert endpoint is not None
    unit = "ln ratio" if endpoint.scale == "log" else endpoint.unit
    for at, effect in enumerate(effects):
        yield {
            "method": method,
            "records": behind,
            "visit": effect.visit,
            "comparison": effect.comparison,
            "statistic": "influence.se",
            "value": float(np.sqrt((estimate.influence[at, 0] ** 2).sum())),
            "unit": unit,
            "n": effect.n,
        }


def _footnote(case: Case, boot: Bootstrapped | None, reason: str, data: AnalysisData, config: Config) -> str:
    if boot is None:
        return f"Not estimated: {reason}."
    words = covariate_words(data.spec, config)
    return (
        f"Augmented weighting (normalised weights): {case.weighing.words}; outcome model of each arm, all "
        f"visits jointly normal on {', '.join(words) or 'a mean alone'}, maximum likelihood, visits not seen "
        f"filled with their conditional mean; standard errors, normal limits and p-values from a "
        f"{boot.words}; {len(case.members)} subjects."
    )
