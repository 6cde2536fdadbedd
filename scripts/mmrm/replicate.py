"""Refits of one model over many sets of subject weights, as one batch; leave-one-out refits in particular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrm.core import Fitted
from mmrm.data import Moments, build_subject_cross
from mmrm.errors import DataError
from mmrm.linalg import Array, Bools, multiply
from mmrm.optimize import Optimum, minimise

_CHUNK_BYTES = 8_000_000
_TARGET = 1e-8


@dataclass(frozen=True)
class Replicates:
    """Refitted coefficients and contrasts; ``numpy.asarray`` of it is ``params``.

    Attributes
    ----------
    params : (B, k) array
        Coefficients of every refit; NaN where it did not converge.
    contrasts : (B, l) array
        ``rows @ params``; l is zero when no rows were asked for.
    theta : (B, G, q) array
        Natural covariance parameters, on the response's scale.
    sigma : (B, G, m, m) array or None
        Covariance matrices of the groups; None for a spatial structure.
    converged : (B,) bool array
        Whether the scaled gradient fell below 1e-8.
    """

    params: Array
    contrasts: Array
    theta: Array
    sigma: Array | None
    converged: Bools

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of ``params``."""
        return self.params.shape

    def take(self, index: NDArray[np.int64]) -> Replicates:
        """Replicates by position."""
        sigma = None if self.sigma is None else self.sigma[index]
        return Replicates(
            self.params[index], self.contrasts[index], self.theta[index], sigma, self.converged[index]
        )

    def __array__(self, dtype: NDArray[np.generic] | None = None, copy: bool | None = None) -> Array:
        """Return ``params``."""
        return np.array(self.params, dtype=dtype) if copy else np.asarray(self.params, dtype=dtype)


def replicate(fit: Fitted, weights: Array, rows: Array | None = None) -> Replicates:
    """Refit for every row of subject weights (``eq:replicate``).

    Parameters
    ----------
    fit : Fitted
        The fit whose model is refitted; its parameters start every refit.
    weights : (B, n) array
        Subject weights of every refit, in place of the fit's own: counts for a bootstrap, 0 and 1 for a
        jackknife.
    rows : (l, k) array, optional
        Contrasts to evaluate.

    Raises
    ------
    DataError
        Weights of another shape, negative or not finite.
    """
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    if weights.shape[1] != fit.data.n_subjects or not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(
            f"weights: expected shape (B, {fit.data.n_subjects}) of finite numbers >= 0, one column per "
            f"subject in sorted order; found shape {weights.shape}"
        )
    crosses = [build_subject_cross(fit.data, p) for p in range(fit.data.patterns.n_patterns)]
    size = _chunk_size(fit)
    parts = []
    for start in range(0, weights.shape[0], size):
        moments = _weigh(fit, crosses, weights[start : start + size])
        parts.append(_refit(fit, moments))
    return _collect(fit, parts, rows)


def leave_one_out(fit: Fitted, rows: Array | None = None) -> Replicates:
    """Refit without each subject in turn: the jackknife takes ``z_i z_i'`` off the sufficient statistics."""
    patterns, size = fit.data.patterns, _chunk_size(fit)
    parts: list[Optimum] = []
    order = np.concatenate(patterns.members)
    for p, members in enumerate(patterns.members):
        cross = build_subject_cross(fit.data, p) * fit.data.weight[members, None, None]
        for start in range(0, members.size, size):
            parts.append(_refit(fit, _remove(fit, p, members, cross[start : start + size], start)))
    found = _collect(fit, parts, rows)
    return found.take(np.argsort(order, kind="stable"))


def _chunk_size(fit: Fitted) -> int:
    return max(1, _CHUNK_BYTES // max(1, fit.moments.cross.nbytes))


def _weigh(fit: Fitted, crosses: list[Array], weights: Array) -> Moments:
    patterns = fit.data.patterns
    cross = np.empty((weights.shape[0], *fit.moments.cross.shape[1:]))
    counts = np.empty((weights.shape[0], patterns.n_patterns))
    for p, members in enumerate(patterns.members):
        rows = slice(patterns.row_start[p], patterns.row_start[p + 1])
        mine = np.ascontiguousarray(weights[:, members])
        summed = multiply(mine, crosses[p].reshape(members.size, -1))
        cross[:, rows] = summed.reshape(weights.shape[0], *crosses[p].shape[1:])
        counts[:, p] = mine.sum(axis=1)
    return Moments(cross, counts)


def _remove(fit: Fitted, pattern: int, members: NDArray[np.int64], part: Array, start: int) -> Moments:
    patterns, count = fit.data.patterns, part.shape[0]
    rows = slice(patterns.row_start[pattern], patterns.row_start[pattern + 1])
    cross = np.repeat(fit.moments.cross, count, axis=0)
    counts = np.repeat(fit.moments.counts, count, axis=0)
    if members.size == 1:
        cross[:, rows], counts[:, pattern] = 0.0, 0.0
    else:
        cross[:, rows] -= part
        counts[:, pattern] -= fit.data.weight[members[start : start + count]]
    return Moments(cross, counts)


def _refit(fit: Fitted, moments: Moments) -> Optimum:
    theta = np.repeat(fit.state.theta, moments.counts.shape[0], axis=0)
    return minimise(fit.likelihood, moments, theta, target=_TARGET, rough=0)


def _collect(fit: Fitted, parts: list[Optimum], rows: Array | None) -> Replicates:
    basis = fit.data.basis
    working = np.concatenate([part.state.beta for part in parts])
    converged = np.concatenate([part.converged for part in parts])
    params = np.einsum("ij,bj->bi", basis.transform, basis.offset + basis.scale * working)
    theta = (
        np.concatenate([part.state.theta for part in parts]) * basis.scale ** fit.covariance.scale_powers()
    )
    params[~converged], theta[~converged] = np.nan, np.nan
    theta = theta.reshape(len(theta), fit.covariance.n_groups, -1)
    structure = fit.covariance.structure
    sigma = None if structure.is_spatial else structure.sigma(theta)
    chosen = np.zeros((0, params.shape[1])) if rows is None else np.atleast_2d(np.asarray(rows, dtype=float))
    return Replicates(params, np.einsum("bk,lk->bl", params, chosen), theta, sigma, converged)
