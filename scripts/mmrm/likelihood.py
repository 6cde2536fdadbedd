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

from mmrm.covariance import CovarianceModel
from mmrm.data import MmrmData, Moments
from mmrm.linalg import Array, Ints, apply_rows, contract, invert_spd, multiply, symmetrise


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
    total = likelihood.unpack(contract(likelihood.gather_rows(precision)[:, None], moments.cross)[:, 0])
    phi, log_fixed, root = invert_spd(total[:, :-1, :-1])
    beta = np.einsum("bij,bj->bi", phi, total[:, :-1, -1])
    quadratic = total[:, -1, -1] - np.einsum("bi,bi->b", beta, total[:, :-1, -1])
    deviance = np.einsum("bp,bp->b", moments.counts, log_det) + quadratic + model.is_positive(sigma)
    if likelihood.reml:
        deviance = deviance + log_fixed
    return State(theta, deviance, beta, phi, root, precision)


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
    q = first.shape[-3]
    gradient = model.sum_groups(np.einsum("bcst,bcqst->bcq", slope, first), axis=1).reshape(
        -1, model.n_parameters
    )

    right = [2.0 * spread - counts * precision]
    if fisher:
        right.append(counts * precision - 2.0 * _sandwich_rows(likelihood, moments, precision, leverage))
    if not rough:
        right.append(precision)
    pieces = _right_products(_left_products(model, precision, first), right, q)
    observed = _assemble(model, first, pieces[0])
    second = model.second(state.theta)
    if second is not None:
        bend = model.sum_groups(np.einsum("bcst,bcqrst->bcqr", slope, second), axis=1)
        observed = observed + _block_diagonal(bend)
    expected = np.full_like(observed, np.nan)
    if fisher:
        expected = _assemble(model, first, pieces[1])
    if rough:
        p = np.full((*gradient.shape, *state.phi.shape[1:]), np.nan)
        return Curvature(gradient, symmetrise(observed), symmetrise(expected), p)
    p, shift = _fixed_effects_products(likelihood, moments, state, pieces[-1], direction)
    fixed, moved = _couple(state, p, shift)
    observed = observed - 2.0 * moved
    if likelihood.reml:
        observed, expected = observed - fixed, expected + fixed
    return Curvature(gradient, symmetrise(observed), symmetrise(expected), p)


def _sandwich_rows(likelihood: Likelihood, moments: Moments, precision: Array, matrix: Array) -> Array:
    """W (sum_i tr-products of ``matrix`` with z_s z_t') W for every pattern, ``(B, P, m, m)``."""
    values = apply_rows(moments.cross, likelihood.pack_twice(matrix))
    return multiply(multiply(precision, likelihood.scatter_rows(values)), precision)


def _left_products(model: CovarianceModel, precision: Array, first: Array) -> Array:
    """W D_a for every pattern, as ``(B, P, m q, m)``."""
    m, q = first.shape[-1], first.shape[-3]
    wide = np.moveaxis(first, -3, -2).reshape(*first.shape[:-3], m, q * m)
    halves = multiply(precision, wide[:, model.cell_of_pattern])
    return halves.reshape(*halves.shape[:2], m * q, m)


def _right_products(halves: Array, right: list[Array], q: int) -> list[Array]:
    """(W D_a) M for each M in ``right``: arrays ``(B, P, m, q, m)``."""
    m = halves.shape[-1]
    both = multiply(halves, np.concatenate(right, axis=-1))
    both = both.reshape(*both.shape[:2], m, q, len(right), m)
    return [both[..., i, :] for i in range(len(right))]


def _fixed_effects_products(
    likelihood: Likelihood, moments: Moments, state: State, pieces: Array, direction: Array
) -> tuple[Array, Array]:
    """P_a and u_a = X'V⁻¹V_aV⁻¹r of every parameter, group by group."""
    model, rows = likelihood.covariance, likelihood.covariance.patterns
    q = pieces.shape[3]
    k, n_batch = likelihood.n_coefficients, pieces.shape[0]
    total = np.empty((n_batch, model.n_groups * q, k + 1, k + 1))
    picked = pieces[:, rows.row_pattern, rows.row_s, :, rows.row_t]
    picked = np.ascontiguousarray(picked.transpose(1, 2, 0))
    row_group = rows.group[rows.row_pattern]
    for g in range(model.n_groups):
        inside = slice(*np.searchsorted(row_group, [g, g + 1]))
        packed = contract(picked[:, :, inside], moments.cross[:, inside])
        total[:, g * q : (g + 1) * q] = likelihood.unpack(packed)
    shift = np.einsum("bqij,bj->bqi", total[:, :, :-1, :], direction)
    return total[:, :, :-1, :-1], shift


def _couple(state: State, p: Array, shift: Array) -> tuple[Array, Array]:
    """tr(Phi P_a Phi P_b) and u_a' Phi u_b."""
    inner = multiply(multiply(state.root[:, None], p), np.swapaxes(state.root, -1, -2)[:, None])
    flat = inner.reshape(*inner.shape[:2], -1)
    moved = np.einsum("bij,bqj->bqi", state.root, shift)
    return multiply(flat, np.swapaxes(flat, -1, -2)), multiply(moved, np.swapaxes(moved, -1, -2))


def _assemble(model: CovarianceModel, first: Array, pieces: Array) -> Array:
    """Contract per-pattern ``(B, P, m, q, m)`` products with D_b within cells, into group blocks."""
    cells = model.sum_cells(pieces, axis=1)
    n_batch, n_cells, m, q, _ = cells.shape
    left = cells.transpose(0, 1, 3, 2, 4).reshape(n_batch, n_cells, q, m * m)
    right = first.reshape(*first.shape[:2], q, m * m)
    blocks = multiply(left, np.swapaxes(right, -1, -2))
    return _block_diagonal(model.sum_groups(blocks, axis=1))


def _block_diagonal(blocks: Array) -> Array:
    """Stack ``(B, G, q, q)`` blocks along the diagonal of ``(B, G q, G q)``."""
    n_batch, n_groups, q, _ = blocks.shape
    if n_groups == 1:
        return np.asarray(blocks[:, 0])
    out = np.zeros((n_batch, n_groups * q, n_groups * q))
    for g in range(n_groups):
        out[:, g * q : (g + 1) * q, g * q : (g + 1) * q] = blocks[:, g]
    return out


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
