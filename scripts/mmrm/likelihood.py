"""Restricted and full likelihood and its derivatives from sufficient statistics, for a batch of data sets.

Every array has a leading batch axis B. All is on the working scale (orthogonal columns, scaled residual);
`restore_deviance` returns to the response's own scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrm import few
from mmrm.covariance import CovarianceModel
from mmrm.data import MmrmData, Moments
from mmrm.linalg import Array, Ints, apply_rows, contract, invert_spd, multiply, multiply_self, symmetrise
from mmrm.products import join_blocks, sum_moments, sum_traces


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The deviance of one model as a function of theta and of the sufficient statistics.

    Attributes
    ----------
    covariance : CovarianceModel
        Structure, groups and patterns.
    n_coefficients : int
        Number of fixed-effect columns k.
    reml : bool
        Restricted (True) or full maximum likelihood.
    """

    covariance: CovarianceModel
    n_coefficients: int
    reml: bool

    @cached_property
    def unpack_index(self) -> Ints:
        """Position of entry (i, j) of a symmetric matrix in its packed lower triangle."""
        width = self.n_coefficients + 1
        i, j = np.tril_indices(width)
        index = np.zeros((width, width), dtype=np.int64)
        index[i, j] = index[j, i] = np.arange(i.size)
        return index

    def unpack(self, packed: Array) -> Array:
        """Packed lower triangles ``(..., T)`` to symmetric matrices ``(..., k+1, k+1)``."""
        return np.asarray(packed[..., self.unpack_index])

    def pack_twice(self, full: Array) -> Array:
        """Pack a symmetric matrix with off-diagonals doubled, so that a dot product is a trace."""
        i, j, twice = self.pack_index
        return np.asarray(full[..., i, j] * twice)

    @cached_property
    def pack_index(self) -> tuple[Ints, Ints, Array]:
        """Rows and columns of the packed lower triangle, and 2 off the diagonal."""
        i, j = np.tril_indices(self.n_coefficients + 1)
        return i, j, np.where(i == j, 1.0, 2.0)

    def gather_rows(self, blocks: Array) -> Array:
        """Values of ``blocks (B, P, m, m)`` at every observed visit pair: ``(B, R)``."""
        rows = self.covariance.patterns
        return np.asarray(blocks[:, rows.row_pattern, rows.row_s, rows.row_t])

    def scatter_rows(self, values: Array) -> Array:
        """Row values ``(B, R)``, pairs s < t holding both orders, to symmetric ``(B, P, m, m)``."""
        rows = self.covariance.patterns
        m = rows.mask.shape[1]
        out = np.zeros((values.shape[0], rows.n_patterns, m, m))
        halved = values * np.where(rows.row_s == rows.row_t, 1.0, 0.5)
        out[:, rows.row_pattern, rows.row_s, rows.row_t] = halved
        out[:, rows.row_pattern, rows.row_t, rows.row_s] = halved
        return out


@dataclass(frozen=True, eq=False)
class State:
    """The likelihood at one theta per member of the batch.

    Attributes
    ----------
    theta : (B, Q) array
        Natural covariance parameters on the working scale.
    deviance : (B,) array
        Working deviance; NaN where a covariance matrix is not positive definite.
    beta : (B, k) array
        Generalised least-squares coefficients of the working residual.
    phi, root : (B, k, k) arrays
        Inverse of X'V⁻¹X, and its lower triangular root: ``phi = root' root``.
    precision : (B, P, m, m) array
        Inverse covariance of every pattern, zero-padded.
    """

    theta: Array
    deviance: Array
    beta: Array
    phi: Array
    root: Array
    precision: Array

    def take(self, index: NDArray[np.integer[Any]]) -> State:
        """Members of the batch by position; the whole batch is not copied."""
        if index.size == self.deviance.size:
            return self
        return State(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Curvature:
    """Gradient and Hessians of the deviance at a state, with the pieces inference needs.

    Attributes
    ----------
    gradient : (B, Q) array
        First derivatives (``eq:gradient``).
    observed, expected : (B, Q, Q) arrays
        Hessians (``eq:observed-hessian``, ``eq:expected-hessian``).
    p : (B, Q, k, k) array
        P_a = X'V⁻¹ V_a V⁻¹X (``eq:kr-p``).
    """

    gradient: Array
    observed: Array
    expected: Array
    p: Array


def evaluate(likelihood: Likelihood, moments: Moments, theta: Array) -> State:
    """Deviance, coefficients and precision at ``theta (B, Q)`` (``eq:deviance``, ``eq:gls``)."""
    model = likelihood.covariance
    mask = model.patterns.mask
    sigma = model.sigma(theta)
    seen = mask[:, :, None] & mask[:, None, :]
    padded = np.where(seen, sigma[:, model.cell_of_pattern], np.eye(mask.shape[1]))
    inverse, log_det, _ = invert_spd(padded)
    precision = np.where(seen, inverse, 0.0)
    total = sum_inside(likelihood, moments, precision)
    phi, log_fixed, root = invert_spd(total[:, :-1, :-1])
    beta = np.einsum("bij,bj->bi", phi, total[:, :-1, -1])
    quadratic = total[:, -1, -1] - np.einsum("bi,bi->b", beta, total[:, :-1, -1])
    deviance = np.einsum("bp,bp->b", moments.counts, log_det) + quadratic + model.is_positive(sigma)
    if likelihood.reml:
        deviance = deviance + log_fixed
    return State(theta, deviance, beta, phi, root, precision)


def sum_inside(likelihood: Likelihood, moments: Moments, blocks: Array) -> Array:
    """sum_i w_i z_i' K_p z_i, ``(B, k+1, k+1)``, for symmetric ``blocks (B, P, m, m)``."""
    packed = contract(likelihood.gather_rows(blocks)[:, None], moments.cross)[:, 0]
    total = likelihood.unpack(packed)
    return total if moments.few is None else total + few.sum_inside(moments.few, blocks)


def differentiate(
    likelihood: Likelihood, moments: Moments, state: State, fisher: bool = False, rough: bool = False
) -> Curvature:
    """Gradient, observed Hessian and, when ``fisher``, expected Hessian of the deviance.

    Without ``fisher`` the attribute ``expected`` is NaN, for speed. With ``rough`` the Hessians leave out the
    terms that come from estimating the coefficients, and ``p`` is NaN: good enough for first steps.
    """
    model = likelihood.covariance
    precision = state.precision
    first = model.first(state.theta)
    direction = np.concatenate([-state.beta, np.ones((state.beta.shape[0], 1))], axis=1)
    outer = direction[:, :, None] * direction[:, None, :]
    leverage = np.zeros_like(outer)
    if likelihood.reml:
        leverage[:, :-1, :-1] = state.phi
    spread = _sandwich_rows(likelihood, moments, precision, outer + leverage)
    counts = moments.counts[:, :, None, None]
    slope = model.sum_cells(counts * precision - spread, axis=1)
    gradient = model.sum_groups(np.einsum("bcst,bcqst->bcq", slope, first), axis=1).reshape(
        -1, model.n_parameters
    )

    right = [2.0 * spread - counts * precision]
    if fisher:
        right.append(counts * precision - 2.0 * _sandwich_rows(likelihood, moments, precision, leverage))
    traces = sum_traces(model, precision, first, right)
    observed = traces[0]
    second = model.second(state.theta)
    if second is not None:
        bend = model.sum_groups(np.einsum("bcst,bcqrst->bcqr", slope, second), axis=1)
        observed = observed + join_blocks(bend)
    expected = traces[1] if fisher else np.full_like(observed, np.nan)
    if rough:
        p = np.full((*gradient.shape, *state.phi.shape[1:]), np.nan)
        return Curvature(gradient, symmetrise(observed), symmetrise(expected), p)
    total = likelihood.unpack(sum_moments(model, moments, precision, first))
    p, shift = total[:, :, :-1, :-1], np.einsum("bqij,bj->bqi", total[:, :, :-1], direction)
    fixed, moved = _couple(state, p, shift)
    observed = observed - 2.0 * moved
    if likelihood.reml:
        observed, expected = observed - fixed, expected + fixed
    return Curvature(gradient, symmetrise(observed), symmetrise(expected), p)


def _sandwich_rows(likelihood: Likelihood, moments: Moments, precision: Array, matrix: Array) -> Array:
    """W (sum_i tr-products of ``matrix`` with z_s z_t') W for every pattern, ``(B, P, m, m)``."""
    inner = likelihood.scatter_rows(apply_rows(moments.cross, likelihood.pack_twice(matrix)))
    if moments.few is not None:
        inner += few.sum_around(moments.few, matrix, inner.shape[1])
    return multiply(multiply(precision, inner), precision)


def _couple(state: State, p: Array, shift: Array) -> tuple[Array, Array]:
    """tr(Phi P_a Phi P_b) and u_a' Phi u_b.

    The matrices are symmetric: the traces are scalar products of their lower triangles, times the root of 2
    off the diagonal.
    """
    inner = multiply(multiply(state.root[:, None], p), np.swapaxes(state.root, -1, -2)[:, None])
    low, high = np.tril_indices(p.shape[-1])
    flat = inner[..., low, high] * np.where(low == high, 1.0, np.sqrt(2.0))
    moved = np.einsum("bij,bqj->bqi", state.root, shift)
    return multiply_self(flat), multiply_self(moved)


def restore_deviance(data: MmrmData, reml: bool, working: float) -> float:
    """Deviance on the response's scale, constants included (``eq:deviance``)."""
    basis, k = data.basis, data.n_coefficients
    if data.precision is not None:
        working -= float(np.add.reduce(data.weight[data.subject] * np.log(data.precision)))
    n_values = float(np.add.reduce(data.weight[data.subject]))
    if not reml:
        return float(working + n_values * (np.log(2.0 * np.pi) + 2.0 * np.log(basis.scale)))
    constant = (n_values - k) * (np.log(2.0 * np.pi) + 2.0 * np.log(basis.scale))
    return float(working + constant - 2.0 * basis.log_det)
