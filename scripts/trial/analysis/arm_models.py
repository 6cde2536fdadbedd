"""The outcome model of one arm: every visit on the covariates, jointly normal, by maximum likelihood.

Arms share neither slopes nor covariance. A visit that was not seen is filled with its mean given those that
were, which is what data missing at random allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrm import Fitted, MmrmData, fit_arrays

Array = NDArray[np.float64]
ENOUGH = 1e-6  # largest change of a filled value, in SD of its visit: far below any Monte-Carlo error
TURNS = 500
REGULAR = 1e-8  # smallest eigenvalue of a correlation matrix
SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class ArmModels:
    """The model of one arm in every resample.

    Attributes
    ----------
    beta : (B, m, k) array
        Coefficients of every visit; NaN where the model of a resample did not converge.
    sigma : (B, m, m) array
        Covariance over the visits.
    """

    beta: Array
    sigma: Array


def fit_arm(design: Array, values: Array, visits: Sequence[str], counts: Array | None = None) -> ArmModels:
    """Fit the model of one arm.

    Parameters
    ----------
    design : (n, k) array
        Covariates of the arm's subjects, intercept first.
    values : (n, m) array
        Outcome by visit; NaN where it was not seen.
    visits : sequence of str
        Names of the visits, for messages.
    counts : (B, n) array, optional
        How often each subject stands in each resample. Without it the data themselves are the only member.

    Raises
    ------
    mmrm.MmrmError
        If the data cannot carry the model: too few subjects for its columns, or a fit without a maximum.
    """
    fit, members = _fit_all(design, values, visits)
    m, k = values.shape[1], design.shape[1]
    if counts is None:
        sigma = fit.covariance.structure.sigma(fit.theta)
        return ArmModels(fit.beta.reshape(1, m, k), np.asarray(sigma))
    start = ArmModels(fit.beta.reshape(1, m, k), np.asarray(fit.covariance.structure.sigma(fit.theta)))
    return _refit(design[members], values[members], counts[:, members], start)


def _refit(design: Array, values: Array, counts: Array, start: ArmModels) -> ArmModels:
    """Return the maximum likelihood fit of every resample, by the EM algorithm from the fit of the data.

    All visits have the same columns, so that with the missing visits filled in each step is one least
    squares (Dempster, Laird and Rubin 1977; Little and Rubin 2019, section 11.2). Resamples that are done
    stand still.
    """
    squares = design[:, :, None] * design[:, None, :]
    cross = (counts @ squares.reshape(len(design), -1)).reshape(len(counts), *squares.shape[1:])
    values_of = np.linalg.eigvalsh(cross)
    active = np.flatnonzero(values_of[:, 0] > SINGULAR * values_of[:, -1])
    beta = np.full((len(counts), *start.beta.shape[1:]), np.nan)
    sigma = np.full((len(counts), *start.sigma.shape[1:]), np.nan)
    size = counts.sum(axis=1)
    now = ArmModels(np.repeat(start.beta, len(active), axis=0), np.repeat(start.sigma, len(active), axis=0))
    before = np.full((len(active), *values.shape), np.inf)
    patterns = find_patterns(values)
    for _ in range(TURNS):
        if not active.size:
            break
        _, filled = predict_arm(now, design, values, patterns)
        own = counts[active]
        moment = design.T @ (own[..., None] * filled)
        found = np.asarray(np.linalg.solve(cross[active], moment), np.float64).transpose(0, 2, 1)
        residual = filled - design @ found.transpose(0, 2, 1)
        spread = (own[..., None] * residual).transpose(0, 2, 1) @ residual + _unseen(now, patterns, own)
        now = ArmModels(found, spread / size[active, None, None])
        kept = _is_regular(now.sigma)
        now, active, filled = ArmModels(now.beta[kept], now.sigma[kept]), active[kept], filled[kept]
        scale = np.sqrt(np.einsum("bii->bi", now.sigma))[:, None]
        done = (np.abs(filled - before[kept]) / scale).max(axis=(1, 2), initial=0.0) < ENOUGH
        beta[active[done]], sigma[active[done]] = now.beta[done], now.sigma[done]
        now = ArmModels(now.beta[~done], now.sigma[~done])
        active, before = active[~done], filled[~done]
    return ArmModels(beta, sigma)


def _is_regular(sigma: Array) -> NDArray[np.bool_]:
    """Whether a covariance is one: a resample of few subjects may be followed exactly, without a maximum."""
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", sigma), np.finfo(float).tiny))
    correlation = sigma / scale[:, :, None] / scale[:, None, :]
    return np.asarray(np.linalg.eigvalsh(correlation)[:, 0] > REGULAR)


@dataclass(frozen=True, eq=False)
class Pattern:
    """Subjects (`members`) whose visits `there` were seen and `gone` were not, by number."""

    members: NDArray[np.intp]
    there: NDArray[np.intp]
    gone: NDArray[np.intp]


def find_patterns(values: Array) -> list[Pattern]:
    """Return the patterns of missing values (NaN) of subjects by visits."""
    seen = np.isfinite(values)
    return [
        Pattern(np.flatnonzero((seen == row).all(axis=1)), np.flatnonzero(row), np.flatnonzero(~row))
        for row in np.unique(seen, axis=0)
    ]


def _unseen(models: ArmModels, patterns: Sequence[Pattern], counts: Array) -> Array:
    """Return the covariance of the missing visits given the seen ones, summed over the subjects."""
    total = np.zeros_like(models.sigma)
    for pattern in patterns:
        there, gone = pattern.there, pattern.gone
        if gone.size:
            across = models.sigma[:, there][:, :, gone]
            slopes = np.linalg.solve(models.sigma[:, there][:, :, there], across)
            rest = models.sigma[:, gone][:, :, gone] - across.transpose(0, 2, 1) @ slopes
            often = counts[:, pattern.members].sum(axis=1)
            total[:, gone[:, None], gone] += often[:, None, None] * rest
    return total


def predict_arm(
    models: ArmModels, design: Array, values: Array, patterns: Sequence[Pattern] | None = None
) -> tuple[Array, Array]:
    """Return the mean of every visit, and the outcome or its mean given the visits that were seen.

    Parameters
    ----------
    design : (n, k) array
        Covariates of any subjects.
    values : (n, m) array
        Their outcome; NaN where it was not seen.
    patterns : sequence of Pattern, optional
        Those of the values, where they are known.

    Returns
    -------
    pair of (B, n, m) arrays
    """
    mean = design @ models.beta.transpose(0, 2, 1)
    filled = mean.copy()
    for pattern in find_patterns(values) if patterns is None else patterns:
        members, there, gone = pattern.members, pattern.there, pattern.gone
        if not there.size:
            continue
        residual = values[members][:, there] - mean[:, members][:, :, there]
        if gone.size:
            inner = models.sigma[:, there][:, :, there]
            slopes = np.linalg.solve(inner, models.sigma[:, there][:, :, gone])  # (B, seen, missing)
            filled[:, members[:, None], gone] += residual @ slopes
        filled[:, members[:, None], there] = values[members][:, there]
    return mean, filled


def _fit_all(design: Array, values: Array, visits: Sequence[str]) -> tuple[Fitted, NDArray[np.int64]]:
    """Return the fit of an arm, and which of its subjects have some value."""
    subject, visit = np.nonzero(np.isfinite(values))
    members, code = np.unique(subject, return_inverse=True)
    m, k = values.shape[1], design.shape[1]
    columns = np.zeros((len(subject), m, k))
    columns[np.arange(len(subject)), visit] = design[subject]
    data = MmrmData(
        response=values[subject, visit],
        design=columns.reshape(len(subject), -1),
        names=tuple(f"{name}.{at}" for name in visits for at in range(k)),
        subject=code,
        visit=visit,
        n_visits=m,
        weight=np.ones(len(members)),
        group=np.zeros(len(members), dtype=np.int64),
    )
    return fit_arrays(data, "us", reml=False, visits=list(visits)), members
