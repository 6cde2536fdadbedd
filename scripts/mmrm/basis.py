"""The working scale: orthonormal columns and a scaled response, free of the caller's units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrm.errors import DataError, RankError, list_offenders
from mmrm.linalg import Array, Bools, factor_cholesky, invert_lower, multiply, multiply_self

_RANK_TOLERANCE = 1e-9
_COLUMN_BLOCK = 16
_ROW_BLOCK = 8192
# Columns of which more than this is their own have a Gram matrix whose factor leaves little to a second one.
_FREE = 1e-3


@dataclass(frozen=True, eq=False)
class Basis:
    """The working scale: ``design = columns @ inverse(transform)``, ``response = fit + scale * residual``.

    Attributes
    ----------
    columns : (N, k) array
        Orthogonal columns with mean square one.
    transform : (k, k) array
        Upper triangular T with ``columns = design @ T``.
    offset : (k,) array
        Least-squares coefficients of the response on ``columns``.
    residual : (N,) array
        Least-squares residual divided by ``scale``.
    scale : float
        Root mean square of the least-squares residual, in the response's unit.
    log_det : float
        ``log |det T|``.
    """

    columns: Array
    transform: Array
    offset: Array
    residual: Array
    scale: float
    log_det: float


def build_basis(response: Array, design: Array, names: tuple[str, ...]) -> Basis:
    """Orthonormalise the design columns in their order and scale the least-squares residual.

    Raises
    ------
    RankError
        A column depends on the columns before it.
    DataError
        The response has no residual variation.
    """
    n_obs, k = design.shape
    found = _orthonormalise_free(design)
    columns, factor, independent = _orthonormalise(design) if found is None else found
    dependent = [names[j] for j in np.flatnonzero(~independent)]
    if dependent:
        raise RankError(
            f"design matrix: expected {k} independent columns, found rank {k - len(dependent)}; these "
            f"columns depend on the ones before them: {list_offenders(dependent)}. Remove a redundant term, "
            "or the interaction whose cell holds no observation",
            tuple(dependent),
        )
    residual, offset = _orthogonalise(response, columns)
    scale = float(np.sqrt(np.einsum("i,i->", residual, residual) / n_obs))
    size = float(np.sqrt(np.einsum("i,i->", response, response) / n_obs))
    if not scale > 1e-12 * size:
        raise DataError(
            "response: expected variation around the fixed effects, found none (the columns fit it exactly); "
            "check the response or simplify the model"
        )
    root_n = float(np.sqrt(n_obs))
    transform = _invert_upper(factor) * root_n
    log_det = float(np.log(np.abs(np.diagonal(transform))).sum())
    columns *= root_n
    spread = np.ascontiguousarray(columns.T)
    return Basis(spread, transform, offset / root_n, residual / scale, scale, log_det)


def _orthonormalise_free(design: Array) -> tuple[Array, Array, Bools] | None:
    """`_orthonormalise` by the Cholesky factor of the Gram matrix, twice; None for columns near dependence.

    The second factor makes orthogonal to all digits what the first leaves (Yamamoto, Nakatsukasa, Yanagisawa
    and Fukaya 2015). The rows of the result are the transpose of an array in the order of ``design``.
    """
    n_obs, k = design.shape
    if k == 0 or n_obs < k:
        return None
    length = np.sqrt(np.einsum("ij,ij->j", design, design))
    if not (length > 0).all():
        return None
    columns, factor, out = design, np.eye(k), np.empty((n_obs, k))
    for least in (_FREE, 0.5):  # what a second round cannot mend shows as a small pivot in it
        gram = multiply_self(columns.T)
        size = np.sqrt(np.diagonal(gram))
        lower = factor_cholesky(gram / np.outer(size, size))
        if not (np.diagonal(lower) > least).all():
            return None
        upper = lower.T * size
        change = _invert_upper(upper)
        for start in range(0, n_obs, _ROW_BLOCK):  # the second round overwrites the first
            here = slice(start, start + _ROW_BLOCK)
            out[here] = multiply(columns[here], change)
        columns = out
        factor = multiply(upper, factor)
    return columns.T, factor, np.ones(k, dtype=bool)


def _orthonormalise(design: Array) -> tuple[Array, Array, Bools]:
    """Orthonormal columns (as rows), upper triangular factor, and which columns earlier ones do not give.

    By blocks of columns: each block is freed of the columns before it and orthonormalised, and then both once
    more on the result, as twice is enough for full precision. A dependent column becomes zero.
    """
    n_obs, k = design.shape
    columns, factor, independent = np.empty((k, n_obs)), np.zeros((k, k)), np.ones(k, dtype=bool)
    for start in range(0, k, _COLUMN_BLOCK):
        here, before = slice(start, min(start + _COLUMN_BLOCK, k)), slice(0, start)
        block = columns[here]
        block[:] = design[:, here].T
        length = np.sqrt(np.einsum("ji,ji->j", block, block))
        block /= np.where(length > 0, length, 1.0)[:, None]
        spread = np.diag(length)
        for _ in range(2 if start else 1):
            if start:
                shares = multiply(block, columns[before].T)
                block -= multiply(shares, columns[before])
                factor[before, here] += multiply(shares.T, spread)
            inner, kept = _orthonormalise_block(block)
            spread = multiply(inner, spread)
            independent[here] &= kept
        factor[here, here] = spread
    return columns, factor, independent


def _orthonormalise_block(block: Array) -> tuple[Array, Bools]:
    """The same in place for a few columns (as rows) of length at most one, column by column."""
    factor = np.zeros((len(block), len(block)))
    kept = np.zeros(len(block), dtype=bool)
    for j in range(len(block)):
        column, shares = _orthogonalise(block[j], block[:j])
        rest = float(np.sqrt(np.einsum("i,i->", column, column)))
        kept[j] = rest > _RANK_TOLERANCE
        block[j] = 0.0
        if kept[j]:
            np.divide(column, rest, out=block[j])
            factor[:j, j], factor[j, j] = shares, rest
    return factor, kept


def _orthogonalise(vector: Array, columns: Array) -> tuple[Array, Array]:
    """Remove the span of ``columns`` (rows of an orthonormal array), twice for full precision."""
    shares = np.zeros(columns.shape[0])
    rest = vector.copy()
    for _ in range(2):
        step = np.einsum("ji,i->j", columns, rest)
        rest -= np.einsum("j,ji->i", step, columns)
        shares += step
    return rest, shares


def _invert_upper(upper: Array) -> Array:
    return np.ascontiguousarray(invert_lower(np.ascontiguousarray(upper.T)).T)
