"""Products of derivative matrices, summed over patterns: the dear part of a Hessian, kept small.

An unstructured derivative D_a only picks entries, so nothing is multiplied by it; for the other structures it
is a matrix like any other. Batch axis B first, as in `likelihood`.
"""

from __future__ import annotations

import numpy as np

from mmrm.covariance import CovarianceModel
from mmrm.data import Moments
from mmrm.linalg import Array, contract, multiply

# Above this many parameters per visit it pays to transform the moments of a pattern once for all parameters.
_MANY = 4
_SLICE = 200_000


def sum_traces(model: CovarianceModel, precision: Array, first: Array, right: list[Array]) -> list[Array]:
    """sum_p tr(W_p D_a M_p D_b) for each M in ``right (B, P, m, m)``, symmetric: arrays ``(B, G q, G q)``.

    Parameters
    ----------
    model : CovarianceModel
        Structure, groups and patterns.
    precision : (B, P, m, m) array
        W of every pattern.
    first : (B, C, q, m, m) array
        D_a of every cell.
    right : list of (B, P, m, m) arrays
        The matrices M, symmetric.
    """
    if model.structure.name == "us":
        return [_pick_traces(model, precision, matrix) for matrix in right]
    m, q = first.shape[-1], first.shape[-3]
    wide = np.moveaxis(first, -3, -2).reshape(*first.shape[:-3], m, q * m)
    halves = multiply(precision, wide[:, model.cell_of_pattern])
    halves = halves.reshape(*halves.shape[:2], m * q, m)
    both = multiply(halves, np.concatenate(right, axis=-1))
    both = model.sum_cells(both, axis=1).reshape(both.shape[0], -1, m, q, len(right), m)
    return [_close_traces(model, first, both[..., i, :]) for i in range(len(right))]


def _close_traces(model: CovarianceModel, first: Array, cells: Array) -> Array:
    """Contract ``cells (B, C, m, q, m)`` with D_b, into group blocks."""
    n_batch, n_cells, m, q, _ = cells.shape
    left = cells.transpose(0, 1, 3, 2, 4).reshape(n_batch, n_cells, q, m * m)
    right = first.reshape(*first.shape[:2], q, m * m)
    return join_blocks(model.sum_groups(multiply(left, np.swapaxes(right, -1, -2)), axis=1))


def _pick_traces(model: CovarianceModel, precision: Array, matrix: Array) -> Array:
    """`sum_traces` of the unstructured matrix: entries of K[il, jk] = sum_p W_p[i, l] M_p[j, k]."""
    n_batch, m = precision.shape[0], precision.shape[-1]
    i, j = (index[:, None] for index in np.tril_indices(m))
    k, l = i.T, j.T  # noqa: E741
    half = np.where(i == j, 0.5, 1.0) * np.where(k == l, 0.5, 1.0)
    blocks = np.empty((n_batch, model.n_groups, i.size, i.size))
    for g, inside in enumerate(_group_slices(model)):
        left = precision[:, inside].reshape(n_batch, -1, m * m)
        pairs = multiply(np.swapaxes(left, -1, -2), matrix[:, inside].reshape(n_batch, -1, m * m))
        table = pairs.reshape(n_batch, m**4)
        total = np.zeros((n_batch, i.size, i.size))
        for a, b in ((i, j), (j, i)):
            for c, d in ((k, l), (l, k)):
                total += np.take(table, ((a * m + d) * m + b) * m + c, axis=1)
        blocks[:, g] = total * half
    return join_blocks(blocks)


def sum_moments(model: CovarianceModel, moments: Moments, precision: Array, first: Array) -> Array:
    """Packed sum over patterns and visits of (W_p D_a W_p)[s, t] C_p[s, t]: ``(B, G q, T)`` (``eq:kr-p``)."""
    q = model.structure.n_parameters
    out = np.zeros((precision.shape[0], model.n_groups * q, moments.cross.shape[-1]))
    many = model.structure.name == "us" and q > _MANY * model.structure.n_visits
    weights = None if many else _row_weights(model, precision, first)
    for g, inside in enumerate(_group_slices(model)):
        block = out[:, g * q : (g + 1) * q]
        if weights is None:
            for p in range(inside.start, inside.stop):
                _add_transformed(model, moments, precision, p, block)
        else:
            rows = slice(model.patterns.row_start[inside.start], model.patterns.row_start[inside.stop])
            block[:] = contract(weights[..., rows], moments.cross[:, rows])
    return out


def _row_weights(model: CovarianceModel, precision: Array, first: Array) -> Array:
    """(W_p D_a W_p)[s, t] for every row of the moments: ``(B, q, R)``."""
    rows = model.patterns
    if model.structure.name == "us":
        i, j = np.tril_indices(model.structure.n_visits)
        left = precision[:, rows.row_pattern, rows.row_s].swapaxes(-1, -2)
        right = precision[:, rows.row_pattern, rows.row_t].swapaxes(-1, -2)
        half = np.where(i == j, 0.5, 1.0)[:, None]
        return np.ascontiguousarray((left[:, i] * right[:, j] + left[:, j] * right[:, i]) * half)
    out = np.empty((precision.shape[0], first.shape[2], rows.row_pattern.size))
    for a in range(first.shape[2]):  # one parameter at a time: all at once would be P q matrices
        whole = multiply(multiply(precision, first[:, model.cell_of_pattern, a]), precision)
        out[:, a] = whole[:, rows.row_pattern, rows.row_s, rows.row_t]
    return out


def _add_transformed(
    model: CovarianceModel, moments: Moments, precision: Array, pattern: int, out: Array
) -> None:
    """Add W C W of one pattern to ``out (B, q, T)``: m³ products a column for all m(m+1)/2 parameters."""
    rows = model.patterns
    seen = np.flatnonzero(rows.mask[pattern])
    size, width = seen.size, moments.cross.shape[-1]
    low, high = np.triu_indices(size)
    place = np.zeros((size, size), dtype=np.int64)
    place[low, high] = place[high, low] = rows.row_start[pattern] + np.arange(low.size)
    entry = seen[high] * (seen[high] + 1) // 2 + seen[low]
    inverse = precision[:, pattern][:, seen[:, None], seen][:, None]
    half = np.where(low == high, 0.5, 1.0)[:, None]
    spot = np.arange(size)
    step = max(2, _SLICE // size**2)
    for start in range(0, width, step):
        columns = slice(start, start + step)
        cross = moments.cross[:, place, columns]
        cross[:, spot, spot] *= 2.0  # pairs s < t hold both orders
        once = multiply(inverse, cross)
        twice = multiply(inverse, np.swapaxes(once, 1, 2))
        out[:, entry, columns] += twice[:, low, high] * half


def _group_slices(model: CovarianceModel) -> list[slice]:
    """Patterns of every covariance group."""
    ends = np.searchsorted(model.patterns.group, np.arange(model.n_groups + 1)).tolist()
    return [slice(ends[g], ends[g + 1]) for g in range(model.n_groups)]


def join_blocks(blocks: Array) -> Array:
    """Stack ``(B, G, q, q)`` blocks along the diagonal of ``(B, G q, G q)``."""
    n_batch, n_groups, q, _ = blocks.shape
    if n_groups == 1:
        return np.asarray(blocks[:, 0])
    out = np.zeros((n_batch, n_groups * q, n_groups * q))
    for g in range(n_groups):
        out[:, g * q : (g + 1) * q, g * q : (g + 1) * q] = blocks[:, g]
    return out
