"""Weights from the propensity of each trial: the weighted mixed model with CR2, and augmented weighting."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmrm import MmrmError, fit_arrays
from trial.analysis.augmented_model import Case
from trial.analysis.propensity.logistic import Propensities, fit_propensity
from trial.analysis.propensity.weights import scale_to_count, truncate, weigh
from trial.analysis.weighing import Weighing
from trial.analysis.weighted import Bootstrap
from trial.characteristics.draw import Trials
from trial.characteristics.methods.answer import FAILED, Answer, Array
from trial.characteristics.methods.robust import test
from trial.characteristics.methods.single import model_data

ESTIMATOR = "logistic"
TRUNCATION = (0.01, 0.99)  # of the weights ATE
# Covariates of the outcome models of augmented weighting, beside baseline.
OUTCOME = ("BMI", "DIABDUR")


@dataclass(frozen=True, eq=False)
class Propensity:
    """The propensity model of one trial: its columns, and its fit."""

    design: Array
    found: Propensities

    @property
    def separated(self) -> float:
        """1 where the arms are separated."""
        return float(self.found.penalised[0])


def fit_weighted(trials: Trials, kind: str) -> Answer:
    """Analyse by the mixed model with baseline and weights of a kind, sandwich CR2."""
    rows = []
    for trial, propensity in enumerate(propensities(trials)):
        try:
            weights = _weights(trials, propensity, kind)
            data, row = model_data(trials, trial, "baseline", weights)
            rows.append((*test(fit_arrays(data), row, "CR2"), propensity.separated))
        except MmrmError:
            rows.append((*FAILED, propensity.separated))
    return Answer.rows(rows)


def augment_each(trials: Trials) -> Answer:
    """Analyse by augmented inverse probability weighting; errors from a bootstrap of all its steps."""
    return Answer.rows(_augment(trials, at, propensity) for at, propensity in enumerate(propensities(trials)))


def _augment(trials: Trials, trial: int, propensity: Propensity) -> tuple[float, ...]:
    weighing = _weighing(trials, propensity, "ATE")
    taken = [trials.names.index(name) for name in OUTCOME if name in trials.names]
    columns = np.column_stack([trials.baseline[trial], trials.covariates[trial][:, taken]])
    design = np.column_stack([np.ones(len(columns)), (columns - columns.mean(axis=0)) / columns.std(axis=0)])
    members = np.arange(len(columns), dtype=np.int64)
    case = Case(weighing, members, trials.visits, design, trials.change[trial], ())
    asked = Bootstrap(replicates=trials.plan.resamples, seed=trials.plan.seed)
    try:
        estimate = float(case.estimate().estimate[-1, 0])
        boot = case.bootstrap(asked, f"{trials.design}{trials.numbers[trial]}")
    except MmrmError:
        return (*FAILED, propensity.separated)
    return estimate, float(boot.se[-1]), np.inf, propensity.separated, boot.dropped / boot.asked


@lru_cache(maxsize=1)
def propensities(trials: Trials) -> list[Propensity]:
    """Return the propensity model of every trial: main effects of all covariates, as the design stage."""
    kinds = trials.plan.drawing.covariates.values()
    z, found = trials.treated.astype(float), []
    for baseline, covariates in zip(trials.baseline, trials.covariates, strict=True):
        columns = [np.ones(len(z)), _standardised(baseline)]
        for column, kind in zip(covariates.T, kinds, strict=True):
            columns.append(column if kind == "binary" else _standardised(column))
        design = np.column_stack(columns)
        found.append(Propensity(design, fit_propensity(design, z, ESTIMATOR)))
    return found


def _standardised(column: Array) -> Array:
    return np.asarray((column - column.mean()) / column.std(ddof=1))


def _weights(trials: Trials, propensity: Propensity, kind: str) -> Array:
    """Return the weights, scaled to the number of the subjects who have any value."""
    weights = _weighing(trials, propensity, kind).weights
    return scale_to_count(weights, len(weights))


def _weighing(trials: Trials, propensity: Propensity, kind: str) -> Weighing:
    """Return the weights of a kind as the design stage makes them.

    Raises
    ------
    MmrmError
        The propensity model has no fit.
    """
    z, found = trials.treated.astype(float), propensity.found
    if not found.fitted[0]:
        raise MmrmError("the propensity model has no fit")
    limits = TRUNCATION if kind == "ATE" else None
    weights = weigh(kind, z, found.scores[0])
    return Weighing(
        kind=kind,
        estimator="firth" if found.penalised[0] else ESTIMATOR,
        limits=limits,
        subjects=tuple(str(at) for at in range(len(z))),
        arms=("T", "C"),
        treated=z,
        scores=found.scores[0],
        weights=weights if limits is None else truncate(weights, limits),
        design=propensity.design,
        caveat="",
    )
