"""The standardised (marginal) risk difference: g-computation over a logistic model of the outcome."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from trial.analysis.propensity.separation import find_separation

Array = NDArray[np.float64]
TOLERANCE = 1e-10
STEPS = 50


class NoStandardisedDifferenceError(ValueError):
    """The data have no standardised difference; the message says why, in a reader's words."""


@dataclass(frozen=True)
class Standardised:
    """The average over the subjects of the difference between both arms' predicted risks.

    Attributes
    ----------
    difference : float
        First arm minus second.
    se : float
        Delta method over the coefficients, and the spread of the subjects' own differences (the covariates of
        the population are a sample too).
    dropped : tuple of int
        Columns of the covariates that say nothing beyond those before them.
    """

    difference: float
    se: float
    dropped: tuple[int, ...]


def standardised_difference(outcome: Array, treated: Array, covariates: Array) -> Standardised:
    """Return the standardised risk difference of two arms.

    Parameters
    ----------
    outcome, treated : (n,) array
        0 or 1.
    covariates : (n, k) array

    Raises
    ------
    NoStandardisedDifferenceError
        If an arm is empty, has nobody or only responders, the covariates determine the arm, or arm and
        covariates together separate responders from the others (the likelihood then has no maximum).
    """
    for arm in (0, 1):
        here = outcome[treated == arm]
        if not here.size or here.min() == here.max():
            what = "no subject" if not here.size else "only responders" if here[0] else "no responder"
            raise NoStandardisedDifferenceError(f"an arm has {what}, so that no logistic model can be fitted")
    design, kept = _independent(np.column_stack([np.ones_like(treated), treated, covariates]))
    if 1 not in kept:
        raise NoStandardisedDifferenceError("the arm follows from the covariates")
    if find_separation(design, outcome) != "none":
        raise NoStandardisedDifferenceError(
            "arm and covariates separate responders from the others: the logistic model has no estimate"
        )
    beta = _fit(design, outcome)
    dropped = tuple(at - 2 for at in range(2, covariates.shape[1] + 2) if at not in kept)
    return _standardise(design, beta, dropped)


def _standardise(design: Array, beta: Array, dropped: tuple[int, ...]) -> Standardised:
    with_arm, without = design.copy(), design.copy()
    with_arm[:, 1], without[:, 1] = 1.0, 0.0
    risk, risk0, own = (_risk(part, beta) for part in (with_arm, without, design))
    each = risk - risk0
    slopes = (risk * (1 - risk))[:, None] * with_arm - (risk0 * (1 - risk0))[:, None] * without
    gradient = slopes.mean(axis=0)
    information = design.T @ ((own * (1 - own))[:, None] * design)
    variance = gradient @ np.linalg.solve(information, gradient) + each.var(ddof=1) / each.size
    return Standardised(float(each.mean()), sqrt(float(variance)), dropped)


def _risk(design: Array, beta: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-design @ beta)))


def _independent(columns: Array) -> tuple[Array, tuple[int, ...]]:
    """Return the columns that are no combination of those before them, covariates centred and of length 1.

    Predicted risks do not depend on that scale, and separation and rank are then judged the same in any unit.
    """
    scaled = columns.astype(float)
    scaled[:, 2:] -= scaled[:, 2:].mean(axis=0)
    lengths = np.sqrt((scaled[:, 2:] ** 2).mean(axis=0))
    small = lengths <= 1e-12 * np.abs(columns[:, 2:]).max(axis=0, initial=0.0)
    scaled[:, 2:] /= np.where(small, 1.0, lengths)
    order = [0, *range(2, scaled.shape[1]), 1]  # the arm last: it is dropped where the covariates give it
    kept: list[int] = []
    for at in order:
        if at >= 2 and small[at - 2]:
            continue
        tried = scaled[:, [*kept, at]]
        if np.linalg.matrix_rank(tried, tol=1e-8 * sqrt(len(scaled))) == len(kept) + 1:
            kept.append(at)
    kept.sort()
    return scaled[:, kept], tuple(kept)


def _fit(design: Array, outcome: Array) -> Array:
    """Return the coefficients of largest likelihood, by Newton steps halved while the likelihood falls."""
    beta = np.zeros(design.shape[1])
    value = _likelihood(design, outcome, beta)
    for _ in range(STEPS):
        risk = _risk(design, beta)
        gradient = design.T @ (outcome - risk)
        step = np.linalg.solve(design.T @ ((risk * (1 - risk))[:, None] * design), gradient)
        if gradient @ step < TOLERANCE:
            return np.asarray(beta + step)
        while (new := _likelihood(design, outcome, beta + step)) < value and np.abs(step).max() > 1e-12:
            step = step / 2
        beta, value = beta + step, new
    raise NoStandardisedDifferenceError(f"the logistic model did not converge in {STEPS} steps")


def _likelihood(design: Array, outcome: Array, beta: Array) -> float:
    score = design @ beta
    return float(outcome @ score - np.logaddexp(0, score).sum())
