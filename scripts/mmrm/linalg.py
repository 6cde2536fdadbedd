"""Batched linear algebra whose bytes depend on neither the number of threads nor the order of the rows.

BLAS may share a large product among threads and then add in another order. Every product here is cut into
pieces that OpenBLAS runs on one thread, and the factorisations are small, or plain loops over columns,
vectorised over the leading (batch) axes. A matrix that is not positive definite gives NaN, not an exception,
so one bad member of a batch does not stop the others.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Slot: TypeAlias = Any

# OpenBLAS stays on one thread below 262,144 multiply-adds (matrix-matrix) and 9,216 (matrix-vector).
GEMM_PIECE = 200_000
_GEMV_PIECE = 8_000
_BLOCK = 64

# LAPACK is quicker than a loop of array operations for small matrices, and on one thread below this order.
_LAPACK_SIZE = 48
_LAPACK_COUNT = 32


def factor_cholesky(a: Array) -> Array:
    """Factor ``a = L L'`` for a stack ``(..., m, m)``; members that are not positive definite become NaN."""
    size = a.shape[-1]
    if size <= _LAPACK_SIZE:
        return _factor_small(a)
    lower = np.zeros_like(a)
    for start in range(0, size, _LAPACK_SIZE):
        here, below = slice(start, start + _LAPACK_SIZE), slice(start + _LAPACK_SIZE, size)
        done = lower[..., start:, :start]
        rest = a[..., start:, here] - multiply(done, np.swapaxes(done[..., :_LAPACK_SIZE, :], -1, -2))
        pivot = _factor_small(rest[..., :_LAPACK_SIZE, :])
        lower[..., here, here] = pivot
        root = np.swapaxes(invert_lower(pivot), -1, -2)
        lower[..., below, here] = multiply(rest[..., _LAPACK_SIZE:, :], root)
    return lower


def _factor_small(a: Array) -> Array:
    """One block of a Cholesky factorisation."""
    try:
        return np.asarray(np.linalg.cholesky(a))
    except np.linalg.LinAlgError:
        pass  # some member is not positive definite: find out which, below
    lower = np.zeros_like(a)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(a.shape[-1]):
            done = lower[..., j:, :j]
            column = a[..., j:, j] - np.einsum("...ij,...j->...i", done, lower[..., j, :j])
            pivot = np.where(column[..., :1] > 0.0, column[..., :1], np.nan)
            lower[..., j:, j] = column / np.sqrt(pivot)
    return lower


def invert_lower(lower: Array) -> Array:
    """Invert a stack of lower triangular matrices by forward substitution."""
    size = lower.shape[-1]
    if size <= _LAPACK_SIZE:
        return _invert_small(lower)
    inverse = np.zeros_like(lower)
    for start in range(0, size, _LAPACK_SIZE):
        here, before = slice(start, start + _LAPACK_SIZE), slice(0, start)
        block = _invert_small(lower[..., here, here])
        inverse[..., here, here] = block
        known = multiply(lower[..., here, before], inverse[..., before, before])
        inverse[..., here, before] = -multiply(block, known)
    return inverse


def _invert_small(lower: Array) -> Array:
    """One block of `invert_lower`."""
    few = lower.size <= _LAPACK_COUNT * lower.shape[-1] ** 2
    if few and np.isfinite(lower).all():
        return np.tril(np.linalg.inv(lower))
    inverse = np.zeros_like(lower)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(lower.shape[-1]):
            row = -np.einsum("...i,...ij->...j", lower[..., j, :j], inverse[..., :j, : j + 1])
            row[..., j] += 1.0
            inverse[..., j, : j + 1] = row / lower[..., j, j, None]
    return inverse


def invert_spd(a: Array) -> tuple[Array, Array, Array]:
    """Return ``a⁻¹``, ``log|a|`` and ``L⁻¹`` (``a = L L'``) of a stack of positive definite matrices."""
    lower = factor_cholesky(a)
    root = invert_lower(lower)
    log_det = 2.0 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
    return multiply(np.swapaxes(root, -1, -2), root), log_det, root


def invert_scaled(a: Array) -> Array:
    """Invert a stack after scaling to unit diagonal; members that are not positive definite become NaN.

    For Hessians: the units of the parameters then do not matter.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = 1.0 / np.sqrt(np.diagonal(a, axis1=-2, axis2=-1))
        outer = scale[..., :, None] * scale[..., None, :]
        return np.asarray(invert_spd(a * outer)[0] * outer)


def multiply(a: Array, b: Array) -> Array:
    """Multiply stacks of matrices in blocks that run on one thread: rows, columns and the sum are all cut."""
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    if m * k * n <= GEMM_PIECE:
        return _multiply_piece(a, b)
    rows, columns, length = _choose_blocks(m, k, n)
    out = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), m, n))
    for h in range(0, k, length):
        for i in range(0, m, rows):
            left = a[..., i : i + rows, h : h + length]
            for j in range(0, n, columns):
                right = b[..., h : h + length, j : j + columns]
                if h == 0:
                    out[..., i : i + rows, j : j + columns] = _multiply_piece(left, right)
                else:
                    out[..., i : i + rows, j : j + columns] += _multiply_piece(left, right)
    return out


def multiply_self(a: Array) -> Array:
    """``a a'`` of a stack ``(..., m, k)``: blocks of rows below the diagonal are mirrored, not computed."""
    rows = _split_evenly(max(a.shape[-2], 1), _BLOCK)
    out = np.empty((*a.shape[:-1], a.shape[-2]))
    for start in range(0, a.shape[-2], rows):
        here, below = slice(start, start + rows), slice(start, None)
        block = multiply(a[..., below, :], np.swapaxes(a[..., here, :], -1, -2))
        out[..., below, here] = block
        out[..., here, below] = np.swapaxes(block, -1, -2)
    return out


def _choose_blocks(m: int, k: int, n: int) -> tuple[int, int, int]:
    """Rows, columns and length of the blocks: near to cubes, and as even as they can be."""
    rows, columns = _split_evenly(m, _BLOCK), _split_evenly(n, _BLOCK)
    length = _split_evenly(k, GEMM_PIECE // (rows * columns))
    columns = _split_evenly(n, GEMM_PIECE // (rows * length))
    return _split_evenly(m, GEMM_PIECE // (columns * length)), columns, length


def _split_evenly(total: int, most: int) -> int:
    """Size of the fewest equal parts of ``total`` that are at most ``most``."""
    return -(-total // -(-total // most))


def _multiply_piece(a: Array, b: Array) -> Array:
    """One product on one thread; by einsum where BLAS would run a matrix-vector product."""
    if min(a.shape[-2], b.shape[-1]) == 1:
        return np.asarray(np.einsum("...ik,...kj->...ij", a, b))
    return np.asarray(a @ b)


def contract(weights: Array, cross: Array) -> Array:
    """Sum rows of ``cross (B, R, T)`` with ``weights (B, Q, R)``: one pass over the moments."""
    q, n_rows, width = weights.shape[-2], cross.shape[-2], cross.shape[-1]
    if q > 1:
        return multiply(weights, cross)
    piece = max(1, _GEMV_PIECE // width)
    out = np.zeros((*np.broadcast_shapes(weights.shape[:-2], cross.shape[:-2]), q, width))
    for start in range(0, n_rows, piece):
        out += weights[..., start : start + piece] @ cross[..., start : start + piece, :]
    return out


def apply_rows(cross: Array, vector: Array) -> Array:
    """Multiply ``cross (B, R, T)`` by ``vector (B, T)``: one number per row."""
    n_rows, width = cross.shape[-2:]
    columns = _split_evenly(width, _GEMV_PIECE)
    piece = max(1, _GEMV_PIECE // columns)
    out = np.zeros((*np.broadcast_shapes(cross.shape[:-2], vector.shape[:-1]), n_rows))
    for start in range(0, n_rows, piece):
        for j in range(0, width, columns):
            part = cross[..., start : start + piece, j : j + columns]
            out[..., start : start + piece] += (part @ vector[..., j : j + columns, None])[..., 0]
    return out


def symmetrise(a: Array) -> Array:
    """Average a stack of matrices with its transpose."""
    return np.asarray(0.5 * (a + np.swapaxes(a, -1, -2)))
