"""Sums over the subjects of small patterns, from their own rows: less work than a pattern's cross-products.

A subject with v of m visits and k columns has v (k + 1) numbers; the packed cross-products of a pattern have
about v² (k + 1)² / 4, whether one subject has it or a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmrm.linalg import Array, Ints, multiply, symmetrise


@dataclass(frozen=True, eq=False)
class Few:
    """Subjects whose patterns are too small to be summed.

    Attributes
    ----------
    rows : (f, m, k+1) array
        Working columns and response of each subject, zero where a visit is not observed.
    pattern : (f,) int array
        Pattern of each subject, non-decreasing.
    weight : (B, f) array
        Weight of each subject in every member of the batch.
    """

    rows: Array
    pattern: Ints
    weight: Array

    def take(self, index: Ints) -> Few:
        """Members of the batch by position."""
        return Few(self.rows, self.pattern, self.weight[index])

    @cached_property
    def start(self) -> Ints:
        """First subject of every pattern that occurs."""
        return np.flatnonzero(np.diff(self.pattern, prepend=-1)).astype(np.int64)

    def between(self, inside: slice) -> Few:
        """The subjects of a range of patterns."""
        chosen = slice(*np.searchsorted(self.pattern, [inside.start, inside.stop]).tolist())
        return Few(self.rows[chosen], self.pattern[chosen], self.weight[:, chosen])


def transform_rows(few: Few, blocks: Array) -> Array:
    """K_p z_i of every subject, ``(B, f, m, k+1)``, for ``blocks (B, P, m, m)``."""
    return multiply(blocks[:, few.pattern], few.rows)


def sum_inside(few: Few, blocks: Array) -> Array:
    """sum_i w_i z_i' K_p z_i, ``(B, k+1, k+1)``, for symmetric ``blocks (B, P, m, m)``.

    The batch stands inside each product, so that there are few and large ones.
    """
    n_batch, (n, m, width) = len(blocks), few.rows.shape
    scaled = blocks[:, few.pattern] * few.weight[:, :, None, None]
    moved = multiply(scaled.swapaxes(0, 1).reshape(n, n_batch * m, m), few.rows)
    beside = moved.reshape(n, n_batch, m, width).swapaxes(1, 2).reshape(n * m, n_batch * width)
    both = multiply(few.rows.reshape(n * m, width).T, beside)
    return symmetrise(both.reshape(width, n_batch, width).swapaxes(0, 1))


def sum_around(few: Few, matrix: Array, n_patterns: int) -> Array:
    """sum_i w_i z_i M z_i' of every pattern, ``(B, P, m, m)``, for symmetric ``matrix (B, k+1, k+1)``."""
    n_batch, (n, m, width) = len(matrix), few.rows.shape
    beside = matrix.swapaxes(0, 1).reshape(width, n_batch * width)
    through = multiply(few.rows.reshape(n * m, width), beside).reshape(n, m * n_batch, width)
    each = multiply(through, np.swapaxes(few.rows, -1, -2)).reshape(n, m, n_batch, m)
    each *= few.weight.T[:, None, :, None]
    out = np.zeros((n_batch, n_patterns, m, m))
    out[:, few.pattern[few.start]] = np.add.reduceat(each, few.start, axis=0).transpose(2, 0, 1, 3)
    return out


def sum_by_parameter(few: Few, precision: Array, first: Array, cells: Ints) -> Array:
    """sum_i w_i z_i' W_p D_a W_p z_i of every parameter, ``(B, q, k+1, k+1)``.

    ``first (B, C, q, m, m)`` holds D_a of every cell, ``cells (f,)`` the cell of every subject.
    """
    moved = transform_rows(few, precision)
    scaled = moved * few.weight[:, :, None, None]
    each = [_sum_products(scaled, multiply(first[:, cells, a], moved)) for a in range(first.shape[2])]
    return np.stack(each, axis=1)


def _sum_products(left: Array, right: Array) -> Array:
    """sum_i L_i' R_i, symmetric, of ``(B, f, m, k+1)`` arrays."""
    one, other = (part.reshape(len(part), -1, part.shape[-1]) for part in (left, right))
    return symmetrise(multiply(np.swapaxes(one, -1, -2), other))


def sum_residuals(few: Few) -> Array:
    """sum_i w_i r_i r_i' of the least-squares residuals, ``(B, m, m)``."""
    residual = few.rows[..., -1]
    return multiply(np.swapaxes(few.weight[:, :, None] * residual, -1, -2), residual)
