"""Mean and covariance of a normal vector below given bounds (Tallis 1961)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from trial.analysis.censored.orthant import conditional, orthant, pair_density

Floats = NDArray[np.float64]


def truncated_moments(b: Floats, R: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ln P(x <= b), E[x | x <= b] and Cov[x | x <= b] of x ~ N(0, R), row by row.

    With F the derivative of P in the bounds and H its second derivatives (the diagonal by
    H_ii = -b_i F_i - sum_j r_ij H_ij): E x = -R F / P, E x x' = R + R H R / P.

    Parameters
    ----------
    b : (n, d) array
    R : (n, d, d) array

    Returns
    -------
    (n,), (n, d), (n, d, d) arrays
        ln P is -inf, and the moments are NaN, where P is not positive in double precision.
    """
    if b.shape[1] == 1:
        return _single(b)
    d = b.shape[1]
    P = orthant(b, R)
    density = np.exp(-(b**2) / 2) / np.sqrt(2 * np.pi)
    F = np.stack([density[:, i] * orthant(*conditional(b, R, (i,))) for i in range(d)], axis=1)
    H = np.zeros_like(R)
    for i in range(d):
        for j in range(i):
            rest = orthant(*conditional(b, R, (i, j)))
            H[:, i, j] = H[:, j, i] = pair_density(b[:, i], b[:, j], R[:, i, j]) * rest
    places = np.arange(d)
    H[:, places, places] = -b * F - np.einsum("nij,nij->ni", R, H)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(P > 0, np.log(np.maximum(P, 1e-320)), -np.inf)
        mean = -np.einsum("nij,nj->ni", R, F) / P[:, None]
        second = R + R @ H @ R / P[:, None, None]
    return log, mean, second - mean[:, :, None] * mean[:, None, :]


def _single(b: Floats) -> tuple[Floats, Floats, Floats]:
    """One dimension, through logarithms: the ratio of density and probability exists in every tail."""
    log = np.asarray(log_ndtr(b[:, 0]))
    hazard = np.exp(-(b**2) / 2 - 0.5 * np.log(2 * np.pi) - log[:, None])
    return log, -hazard, (1 - hazard * (b + hazard))[:, :, None]
