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
    """sum_i w_i z_i' K_p z_i, ``(B, k+1, k+1)``, for symmetric ``blocks (B, P, m, m)``."""
    moved = transform_rows(few, blocks) * few.weight[:, :, None, None]
    return _sum_products(few.rows[None], moved)


def sum_around(few: Few, precision: Array, matrix: Array) -> Array:
    """sum_i w_i W_p z_i M z_i' W_p of every pattern, ``(B, P, m, m)``, for a symmetric ``matrix`` M."""
    moved = transform_rows(few, precision)
    through = multiply(moved.reshape(len(moved), -1, moved.shape[-1]), matrix).reshape(moved.shape)
    each = multiply(through, np.swapaxes(moved, -1, -2)) * few.weight[:, :, None, None]
    out = np.zeros_like(precision)
    out[:, few.pattern[few.start]] = np.add.reduceat(each, few.start, axis=1)
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
