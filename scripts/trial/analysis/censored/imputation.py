"""Multiple imputation of censored and missing values: the cross-check of the likelihood by another route.

Gibbs sampling of the joint normal of all visits: each value beyond its limit is drawn from the normal given
the subject's other visits, cut off at the limit; each missing one without a cut. Then, per imputation, an
analysis of covariance of each visit on arm and the (imputed) baseline, to be pooled by Rubin's rules
(`trial.analysis.missing.pooling`).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from trial.analysis.censored.contrast import degrees_spent
from trial.analysis.censored.fit import CensoredFit
from trial.analysis.censored.problem import OBSERVED, RIGHT, CensoredData

Floats = NDArray[np.float64]


def impute(fit: CensoredFit, imputations: int, iterations: int, rng: np.random.Generator) -> Floats:
    """Return completed values (M, n, T), in the unit of the data, one from the end of each chain.

    Chains start at the maximum of the likelihood. Priors: flat on the means, inverse Wishart with T + 2
    degrees of freedom about the covariance of the fit, whose weight is that of two subjects.

    Parameters
    ----------
    fit : CensoredFit
        With a common covariance.
    imputations : int
        M.
    iterations : int
        Sweeps of each chain.
    rng : numpy.random.Generator
    """
    data = fit.data
    X = np.column_stack([np.eye(data.arms)[data.arm], data.centred])
    means, slopes, root = fit.layout.unpack(fit.theta[None])
    B = np.repeat(np.concatenate([means, slopes], axis=1), imputations, axis=0)
    prior = (root[0, 0] @ root[0, 0].T)[None]
    sigma = np.repeat(prior, imputations, axis=0)
    limit = np.where(data.present, data.value, 0.0)
    y = np.where(data.observed | (data.present & (data.side != OBSERVED)), limit, X @ B[0])
    y = np.repeat(y[None], imputations, axis=0)
    precision = np.linalg.inv(X.T @ X)
    for _ in range(iterations):
        y = _draw_values(y, X @ B, sigma, data, rng)
        B, sigma = _draw_parameters(y, X, precision, prior[0], rng)
    return y * fit.scale.spread + fit.scale.centre


def ancova(y: Floats, data: CensoredData, weights: Floats) -> tuple[Floats, Floats, int]:
    """Return a comparison of arms adjusted for the first visit (M, T - 1), its variances, and their df.

    Parameters
    ----------
    y : (M, n, T) array
        Completed values.
    data : CensoredData
        Arms and covariates.
    weights : (A,) array
    """
    M, n, _ = y.shape
    fixed = np.column_stack([np.eye(data.arms)[data.arm], data.centred])
    X = np.concatenate(
        [np.repeat(fixed[None], M, axis=0), y[:, :, :1] - y[:, :, :1].mean(axis=1, keepdims=True)], 2
    )
    inverse = np.linalg.inv(np.swapaxes(X, 1, 2) @ X)
    b = inverse @ (np.swapaxes(X, 1, 2) @ y[:, :, 1:])
    df = n - degrees_spent(data)
    residual = ((y[:, :, 1:] - X @ b) ** 2).sum(axis=1) / df
    size = np.einsum("a,mac,c->m", weights, inverse[:, : data.arms, : data.arms], weights)
    return np.einsum("a,mat->mt", weights, b[:, : data.arms]), residual * size[:, None], df


def _draw_values(
    y: Floats, mu: Floats, sigma: Floats, data: CensoredData, rng: np.random.Generator
) -> Floats:
    """Draw each censored or missing value given the subject's other visits, one visit after the other."""
    W = np.linalg.inv(sigma)
    y = y.copy()
    for visit in range(data.visits):
        rows = np.flatnonzero(~data.observed[:, visit])
        if not len(rows):
            continue
        e = (y - mu)[:, rows]
        room = 1 / W[:, visit, visit, None]
        mean = y[:, rows, visit] - room * np.einsum("mt,mnt->mn", W[:, visit], e)
        sd = np.sqrt(room)
        sign = np.where(data.side[rows, visit] == RIGHT, -1.0, 1.0)
        limit = np.where(data.present[rows, visit], data.value[rows, visit], np.inf)
        # Mirrored where the value lies above its limit: then every draw is one below a bound.
        bound = np.where(np.isfinite(limit), sign * (limit - mean) / sd, np.inf)
        u = 1 - rng.random(bound.shape)  # (0, 1]: never an infinite draw
        y[:, rows, visit] = mean + sd * sign * ndtri(np.clip(u * ndtr(bound), 1e-300, 1 - 1e-16))
    return y


def _draw_parameters(
    y: Floats, X: Floats, precision: Floats, prior: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw covariance and coefficients of the regression of all visits given completed values."""
    (M, n, T), p = y.shape, X.shape[1]
    B = precision @ X.T @ y
    residual = y - X @ B
    sigma = _inverse_wishart(n - p + T + 2, np.swapaxes(residual, 1, 2) @ residual + prior, rng)
    noise = np.linalg.cholesky(precision) @ rng.standard_normal((M, p, T))
    return B + noise @ np.swapaxes(np.linalg.cholesky(sigma), 1, 2), sigma


def _inverse_wishart(df: int, S: Floats, rng: np.random.Generator) -> Floats:
    """Draw one inverse Wishart matrix for each scale matrix, by Bartlett's decomposition."""
    M, T, _ = S.shape
    A = np.zeros((M, T, T))
    for t in range(T):
        A[:, t, t] = np.sqrt(rng.chisquare(df - t, M))
    rows, columns = np.tril_indices(T, -1)
    A[:, rows, columns] = rng.standard_normal((M, len(rows)))
    F = np.linalg.inv(np.linalg.cholesky(np.linalg.inv(S)) @ A)
    return np.asarray(np.swapaxes(F, 1, 2) @ F)
