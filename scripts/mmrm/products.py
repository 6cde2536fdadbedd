"""Products of derivative matrices, summed over patterns: the dear part of a Hessian, kept small.

With many parameters the patterns are summed before the parameters are looked at; with few it is the other
way round. Which is cheaper is decided from the sizes alone, so the bytes depend on nothing else. Batch axis B
first, as in `likelihood`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmrm.covariance import CovarianceModel
from mmrm.data import Moments, sum_pairs
from mmrm.few import Few, sum_by_parameter, transform_rows
from mmrm.linalg import GEMM_PIECE, Array, Ints, contract, multiply


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
    if model.has_many_parameters:
        return [_sum_table(model, precision, first, matrix) for matrix in right]
    m, q = first.shape[-1], first.shape[-3]
    wide = np.moveaxis(first, -3, -2).reshape(*first.shape[:-3], m, q * m)
    halves = multiply(precision, wide[:, model.cell_of_pattern])
    halves = halves.reshape(*halves.shape[:2], m * q, m)
    both = model.sum_cells(multiply(halves, np.concatenate(right, axis=-1)), axis=1)
    both = both.reshape(*both.shape[:2], m, q, len(right), m)
    return [_close_traces(model, first, both[..., i, :]) for i in range(len(right))]


def _close_traces(model: CovarianceModel, first: Array, cells: Array) -> Array:
    """Contract ``cells (B, C, m, q, m)`` with D_b, into group blocks."""
    n_batch, n_cells, m, q, _ = cells.shape
    left = cells.transpose(0, 1, 3, 2, 4).reshape(n_batch, n_cells, q, m * m)
    right = first.reshape(*first.shape[:2], q, m * m)
    return join_blocks(model.sum_groups(multiply(left, np.swapaxes(right, -1, -2)), axis=1))


def _sum_table(model: CovarianceModel, precision: Array, first: Array, matrix: Array) -> Array:
    """`sum_traces` by the table sum_p W_p[t, i] M_p[j, s] of pairs of visits, which D_a and D_b meet.

    With D_a = e_i e_j' + e_j e_i' and D_b = e_s e_t' + e_t e_s' a trace is four entries of the table, halved
    for i = j and for s = t; another structure's D_a are sums of these.
    """
    n_batch, _, q, m, _ = first.shape
    low, high = np.tril_indices(m)
    blocks = np.empty((n_batch, model.n_groups, q, q))
    for g, inside in enumerate(model.group_slices):
        left, right = precision[:, inside, low, high], matrix[:, inside, low, high]
        table = multiply(np.swapaxes(left, -1, -2), right).reshape(n_batch, -1)
        traces = sum(table[:, place] for place in _find_places(m)) * _halve(m)
        if model.structure.is_saturated:
            blocks[:, g] = traces
        else:
            packed = first[:, g][..., low, high]
            blocks[:, g] = multiply(multiply(packed, traces), np.swapaxes(packed, -1, -2))
    return join_blocks(blocks)


@lru_cache(maxsize=8)
def _number_pairs(m: int) -> Ints:
    """Number of every pair of visits in the packed lower triangle, ``(m, m)``."""
    low, high = np.tril_indices(m)
    number = np.empty((m, m), dtype=np.int64)
    number[low, high] = number[high, low] = np.arange(low.size)
    return number


@lru_cache(maxsize=8)
def _find_places(m: int) -> tuple[Ints, ...]:
    """Flat places of W[t, i] M[j, s] in the table, i, j and s, t in either order: ``(pairs, pairs)``."""
    number, (low, high) = _number_pairs(m), np.tril_indices(m)
    orders = [(low, high), (high, low)]
    return tuple(
        number[t[None, :], i[:, None]] * low.size + number[j[:, None], s[None, :]]
        for i, j in orders
        for s, t in orders
    )


@lru_cache(maxsize=8)
def _halve(m: int) -> Array:
    """1/2 for a pair of equal visits, 1/4 for two of them, else 1: ``(pairs, pairs)``."""
    low, high = np.tril_indices(m)
    half = np.where(low == high, 0.5, 1.0)
    return np.outer(half, half)


def mix_products(model: CovarianceModel, precision: Array, first: Array, omega: Array) -> Array:
    """sum_ab Omega_ab W_p D_a W_p D_b W_p of every pattern, ``(B, P, m, m)`` (``eq:kr-q``).

    Parameters
    ----------
    model, precision, first
        As in `sum_traces`.
    omega : (B, C, q, q) array
        Omega's diagonal block of every cell.
    """
    q, m = first.shape[-3:-1]
    inner = np.zeros_like(precision)
    low, high = np.tril_indices(m)
    for g, inside in enumerate(model.group_slices):
        weight = precision[:, inside]
        if model.has_many_parameters:
            table = _spread_omega(model, first[:, g], omega[:, g])
            some = multiply(weight[..., low, high], table)
            inner[:, inside] = some[..., _number_pairs(m)]
            continue
        cells = model.cell_of_pattern[inside]
        mixed = multiply(omega, first.reshape(*first.shape[:2], q, m * m)).reshape(first.shape)
        for a in range(q):
            inner[:, inside] += multiply(multiply(first[:, cells, a], weight), mixed[:, cells, a])
    return multiply(multiply(precision, inner), precision)


def _spread_omega(model: CovarianceModel, first: Array, omega: Array) -> Array:
    """Sum of Omega_ab D_a[x, j] D_b[k, y] over both orders of j and k: ``(B, pairs j k, pairs x y)``.

    The weights that give sum_ab Omega_ab D_a W D_b from W, both packed.
    """
    m = model.structure.n_visits
    low, high = np.tril_indices(m)
    number, half = _number_pairs(m), np.where(low == high, 0.5, 1.0)
    if not model.structure.is_saturated:
        packed = first[..., low, high]
        omega = multiply(multiply(np.swapaxes(packed, -1, -2), omega), packed)
    flat, n_pairs = omega.reshape(len(omega), -1), low.size
    places = [
        number[j[:, None], low[None, :]] * n_pairs + number[k[:, None], high[None, :]]
        for j, k in ((low, high), (high, low))
    ]
    return np.asarray((flat[:, places[0]] + flat[:, places[1]]) * half[:, None])


def sum_moments(model: CovarianceModel, moments: Moments, precision: Array, first: Array) -> Array:
    """Packed sum over patterns and visits of (W_p D_a W_p)[s, t] C_p[s, t]: ``(B, G q, T)`` (``eq:kr-p``)."""
    q, width = model.structure.n_parameters, moments.cross.shape[-1]
    out = np.zeros((precision.shape[0], model.n_groups * q, width))
    weights = None if _transforms(model, width) else _row_weights(model, precision, first)
    low, high = np.tril_indices(model.structure.n_visits)
    for g, inside in enumerate(model.group_slices):
        block = out[:, g * q : (g + 1) * q]
        if weights is not None:
            rows = slice(model.patterns.row_start[inside.start], model.patterns.row_start[inside.stop])
            block += contract(weights[..., rows], moments.cross[:, rows])
        few = None if moments.few is None else moments.few.between(inside)
        by_pair = few is not None and _pairs_visits(model, few)
        if few is not None and not by_pair:
            each = sum_by_parameter(few, precision, first, model.cell_of_pattern[few.pattern])
            block += each[(..., *np.tril_indices(each.shape[-1]))]
        if weights is not None and not by_pair:
            continue
        table = np.zeros((precision.shape[0], low.size, width))
        if weights is None:
            _add_transformed(model, moments, precision, inside, table)
        if few is not None and by_pair:
            _add_few(few, precision, table)
        block += table if model.structure.is_saturated else multiply(first[:, g][..., low, high], table)
    return out


def _transforms(model: CovarianceModel, width: int) -> bool:
    """Whether W C W once per pattern is cheaper than the weights of every parameter: m³ T against q m² T / 2.

    A transformed moment is also moved about, which costs what about three products do.
    """
    if model.structure.is_spatial:
        return False
    sizes = model.patterns.mask[model.patterns.summed].sum(axis=1)
    q, m = model.structure.n_parameters, model.structure.n_visits
    weights = 0 if model.structure.is_saturated else 2 * m**3 * sizes.size
    direct = q * (weights + width * model.patterns.row_pattern.size)
    return bool(direct > 3 * width * (sizes**3).sum())


def _pairs_visits(model: CovarianceModel, few: Few) -> bool:
    """Whether products of all pairs of visits, m² w² / 2 a subject, are less work than q (m² w + m w²)."""
    if model.structure.is_spatial or model.structure.is_saturated:
        return model.structure.is_saturated
    _, m, width = few.rows.shape
    return bool(m * width < 2 * model.structure.n_parameters * (m + width))


def _row_weights(model: CovarianceModel, precision: Array, first: Array) -> Array:
    """(W_p D_a W_p)[s, t] for every row of the moments: ``(B, q, R)``."""
    rows = model.patterns
    if model.structure.is_saturated:
        return _pick_weights(model, precision)
    out = np.empty((precision.shape[0], first.shape[2], rows.row_pattern.size))
    for a in range(first.shape[2]):  # one parameter at a time: all at once would be P q matrices
        whole = multiply(multiply(precision, first[:, model.cell_of_pattern, a]), precision)
        out[:, a] = whole[:, rows.row_pattern, rows.row_s, rows.row_t]
    return out


def _pick_weights(model: CovarianceModel, precision: Array) -> Array:
    """`_row_weights` of the unstructured matrix: W[s, i] W[t, j] + W[s, j] W[t, i], once where i = j."""
    rows, m = model.patterns, model.structure.n_visits
    entries = precision.transpose(0, 2, 1, 3)
    left = np.ascontiguousarray(entries[:, :, rows.row_pattern, rows.row_s])
    right = np.ascontiguousarray(entries[:, :, rows.row_pattern, rows.row_t])
    out = np.empty((precision.shape[0], model.structure.n_parameters, rows.row_pattern.size))
    for i in range(m):
        block = out[:, i * (i + 1) // 2 : (i + 1) * (i + 2) // 2]
        np.multiply(left[:, : i + 1], right[:, i, None], out=block)
        block += left[:, i, None] * right[:, : i + 1]
        block[:, i] *= 0.5
    return out


@dataclass(frozen=True)
class _Layout:
    """Where one pattern's rows of moments and unstructured parameters are.

    Attributes
    ----------
    seen : (s,) int array
        Observed visits.
    place : (s, s) int array
        Row of the moments of every pair of them.
    low, high : (s (s + 1) / 2,) int arrays
        The pairs, by their positions in ``seen``.
    entry : (s (s + 1) / 2,) int array
        The parameter of every pair.
    half : (s (s + 1) / 2, 1) array
        1/2 on the diagonal, else 1.
    """

    seen: Ints
    place: Ints
    low: Ints
    high: Ints
    entry: Ints
    half: Array


@lru_cache(maxsize=256)
def _find_layout(mask: bytes, start: int) -> _Layout:
    """Layout of the pattern with this mask whose rows of moments begin at ``start``."""
    seen = np.flatnonzero(np.frombuffer(mask, dtype=bool))
    low, high = np.triu_indices(seen.size)
    place = np.zeros((seen.size, seen.size), dtype=np.int64)
    place[low, high] = place[high, low] = start + np.arange(low.size)
    entry = seen[high] * (seen[high] + 1) // 2 + seen[low]
    return _Layout(seen, place, low, high, entry, np.where(low == high, 0.5, 1.0)[:, None])


def _add_transformed(
    model: CovarianceModel, moments: Moments, precision: Array, inside: slice, out: Array
) -> None:
    """Add W C W of the summed patterns to ``out (B, m (m + 1) / 2, T)``."""
    for pattern in range(inside.start, inside.stop):
        if model.patterns.summed[pattern]:
            _add_pattern(model, moments, precision, pattern, out)


def _add_pattern(
    model: CovarianceModel, moments: Moments, precision: Array, pattern: int, out: Array
) -> None:
    """`_add_transformed` of one pattern: m³ products a column for all m(m+1)/2 parameters."""
    rows = model.patterns
    layout = _find_layout(rows.mask[pattern].tobytes(), int(rows.row_start[pattern]))
    inverse = precision[:, pattern][:, layout.seen[:, None], layout.seen][:, None]
    size, width = layout.seen.size, moments.cross.shape[-1]
    spot = np.arange(size)
    step = max(2, GEMM_PIECE // size**2)
    for start in range(0, width, step):
        columns = slice(start, start + step)
        cross = moments.cross[:, layout.place, columns]
        cross[:, spot, spot] *= 2.0  # pairs s < t hold both orders
        once = multiply(inverse, cross)
        twice = multiply(inverse, np.swapaxes(once, 1, 2))
        out[:, layout.entry, columns] += twice[:, layout.low, layout.high] * layout.half


def _add_few(few: Few, precision: Array, out: Array) -> None:
    """Add sum_i w_i W z_i z_i' W to ``out (B, m (m + 1) / 2, T)``."""
    low, high = np.triu_indices(precision.shape[-1])
    out[:, high * (high + 1) // 2 + low] += sum_pairs(transform_rows(few, precision), few.weight)


def join_blocks(blocks: Array) -> Array:
    """Stack ``(B, G, q, q)`` blocks along the diagonal of ``(B, G q, G q)``."""
    n_batch, n_groups, q, _ = blocks.shape
    if n_groups == 1:
        return np.asarray(blocks[:, 0])
    out = np.zeros((n_batch, n_groups * q, n_groups * q))
    for g in range(n_groups):
        out[:, g * q : (g + 1) * q, g * q : (g + 1) * q] = blocks[:, g]
    return out
