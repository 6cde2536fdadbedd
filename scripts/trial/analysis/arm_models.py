"""The outcome model of one arm: every visit on the covariates, jointly normal, by maximum likelihood.

Arms share neither slopes nor covariance. A visit that was not seen is filled with its mean given those that
were, which is what data missing at random allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrm import Fitted, MmrmData, fit_arrays
from mmrm.replicate import replicate

Array = NDArray[np.float64]


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
    again = replicate(fit, counts[:, members])
    assert again.sigma is not None  # the structure is not spatial
    return ArmModels(again.params.reshape(-1, m, k), again.sigma[:, 0])


def predict_arm(models: ArmModels, design: Array, values: Array) -> tuple[Array, Array]:
    """Return the mean of every visit, and the outcome or its mean given the visits that were seen.

    Parameters
    ----------
    design : (n, k) array
        Covariates of any subjects.
    values : (n, m) array
        Their outcome; NaN where it was not seen.

    Returns
    -------
    pair of (B, n, m) arrays
    """
    mean = np.einsum("nk,bmk->bnm", design, models.beta)
    filled = mean.copy()
    seen = np.isfinite(values)
    for pattern in np.unique(seen, axis=0):
        members = np.flatnonzero((seen == pattern).all(axis=1))
        there, gone = np.flatnonzero(pattern), np.flatnonzero(~pattern)
        if not there.size:
            continue
        residual = values[members][:, there] - mean[:, members][:, :, there]
        if gone.size:
            inner = models.sigma[:, there][:, :, there]
            slopes = np.linalg.solve(inner, models.sigma[:, there][:, :, gone])  # (B, seen, missing)
            filled[:, members[:, None], gone] += np.einsum("bns,bsg->bng", residual, slopes)
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
