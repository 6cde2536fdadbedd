"""Covariance of a whole model: one structure, repeated per group, laid out over the missingness patterns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmrm.data import MmrmData, Moments, Patterns
from mmrm.errors import StructureError, list_offenders
from mmrm.few import sum_residuals
from mmrm.linalg import Array, Ints, factor_cholesky
from mmrm.structures import Structure

_FLOOR = 1e-3
_MEMORY_LIMIT = 12.0  # gigabytes


@dataclass(frozen=True, eq=False)
class CovarianceModel:
    """A structure per covariance group, evaluated in *cells*.

    A cell is a covariance matrix shared by patterns: one per group, or, for spatial structures, one per
    pattern.

    Attributes
    ----------
    structure : Structure
        The structure of every group.
    patterns : Patterns
        Missingness patterns, sorted by group.
    n_groups : int
        Number of covariance groups G; the parameter vector holds G blocks of q.
    """

    structure: Structure
    patterns: Patterns
    n_groups: int

    @property
    def n_parameters(self) -> int:
        """Number of covariance parameters over all groups."""
        return self.n_groups * self.structure.n_parameters

    @property
    def has_many_parameters(self) -> bool:
        """Whether one table of m² x m² sums over the patterns is less work than a product per parameter."""
        return not self.structure.is_spatial and 2 * self.structure.n_parameters > self.structure.n_visits

    @cached_property
    def cell_of_pattern(self) -> Ints:
        """Cell of every pattern, non-decreasing."""
        if self.structure.is_spatial:
            return np.arange(self.patterns.n_patterns)
        return self.patterns.group

    @cached_property
    def group_of_cell(self) -> Ints:
        """Covariance group of every cell."""
        return self.patterns.group if self.structure.is_spatial else np.arange(self.n_groups)

    @cached_property
    def cell_start(self) -> Ints:
        """First pattern of every cell."""
        return np.searchsorted(self.cell_of_pattern, np.arange(self.group_of_cell.size)).astype(np.int64)

    @cached_property
    def distance(self) -> Array | None:
        """Distances between the visits of every cell ``(C, m, m)``, spatial structures only.

        An unobserved visit stands far away, so that a cell's whole matrix stays positive definite.
        """
        if not self.structure.is_spatial or self.patterns.positions is None:
            return None
        gap = self.patterns.positions[:, :, None, :] - self.patterns.positions[:, None, :, :]
        seen = self.patterns.mask[:, :, None] & self.patterns.mask[:, None, :]
        apart = np.where(seen, np.sqrt((gap**2).sum(axis=-1)), 0.0)
        far = 1e4 * max(float(apart.max()), 1.0)
        return np.asarray(np.where(seen, apart, far * (1.0 - np.eye(gap.shape[1]))))

    @cached_property
    def nearest(self) -> float:
        """Smallest distance between two observations of one subject; infinite when not spatial."""
        if self.distance is None:
            return float("inf")
        s, t = np.triu_indices(self.structure.n_visits, 1)
        seen = self.patterns.mask[:, s] & self.patterns.mask[:, t]
        return float(self.distance[:, s, t][seen].min(initial=np.inf))

    def spread(self, theta: Array) -> Array:
        """Natural parameters of every cell: ``(..., G q)`` to ``(..., C, q)``."""
        blocks = theta.reshape(*theta.shape[:-1], self.n_groups, self.structure.n_parameters)
        return np.asarray(blocks[..., self.group_of_cell, :])

    def sigma(self, theta: Array) -> Array:
        """Covariance matrix of every cell, ``(..., C, m, m)``."""
        return self.structure.sigma(self.spread(theta), self.distance)

    def first(self, theta: Array) -> Array:
        """First derivatives of every cell, ``(..., C, q, m, m)``."""
        return self.structure.first(self.spread(theta), self.distance)

    def second(self, theta: Array) -> Array | None:
        """Second derivatives of every cell, ``(..., C, q, q, m, m)``; None for a linear structure."""
        return self.structure.second(self.spread(theta), self.distance)

    def is_positive(self, sigma: Array) -> Array:
        """NaN where any cell's whole matrix is not positive definite, else 0: added to a deviance."""
        if self.structure.is_spatial:
            return np.zeros(sigma.shape[:-3])
        roots = np.diagonal(factor_cholesky(sigma), axis1=-2, axis2=-1)
        return np.asarray(np.where(np.isnan(roots).any(axis=(-1, -2)), np.nan, 0.0))

    def sum_cells(self, values: Array, axis: int) -> Array:
        """Add pattern values within cells along ``axis``."""
        if self.structure.is_spatial:
            return values
        return np.asarray(np.add.reduceat(values, self.cell_start, axis=axis))

    def sum_groups(self, values: Array, axis: int) -> Array:
        """Add cell values within groups along ``axis``."""
        starts = np.searchsorted(self.group_of_cell, np.arange(self.n_groups))
        return np.asarray(np.add.reduceat(values, starts, axis=axis)) if self.structure.is_spatial else values

    @cached_property
    def group_slices(self) -> list[slice]:
        """Patterns of every covariance group."""
        ends = np.searchsorted(self.patterns.group, np.arange(self.n_groups + 1)).tolist()
        return [slice(ends[g], ends[g + 1]) for g in range(self.n_groups)]

    def scale_powers(self) -> Array:
        """Power of the response's scale in every parameter, ``(G q,)``."""
        return np.tile(self.structure.powers, self.n_groups)


def check_structure(
    model: CovarianceModel, data: MmrmData, visits: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    """Refuse a structure with more parameters than the observed visit pairs identify.

    Raises
    ------
    StructureError
        A visit without observations in a group, a visit pair never observed together (unstructured), or fewer
        subjects than the structure needs.
    """
    _check_size(model, data)
    patterns = data.patterns
    weight = np.bincount(patterns.of_subject, minlength=patterns.n_patterns)
    for g, group in enumerate(groups):
        inside = patterns.group == g
        mask = patterns.mask[inside].astype(float)
        pairs = np.einsum("p,ps,pt->st", weight[inside].astype(float), mask, mask)
        place = f"covariance {model.structure.name}" + (f", group {group}" if len(groups) > 1 else "")
        empty = [visits[v] for v in np.flatnonzero(np.diagonal(pairs) == 0)]
        if empty and not model.structure.is_spatial:
            raise StructureError(
                f"{place}: expected observations at every visit, found none at {list_offenders(empty)}; "
                "leave the visit out of the visit order or choose a structure not split by group"
            )
        if model.structure.is_saturated:
            _check_pairs(place, pairs, visits)
        needed = model.structure.n_visits + 1 if model.structure.is_saturated else 2
        n_subjects = int(weight[inside].sum())
        if n_subjects < needed:
            raise StructureError(
                f"{place}: expected at least {needed} subjects for {model.structure.n_visits} visits, found "
                f"{n_subjects}; choose a structure with fewer parameters"
            )


def _check_size(model: CovarianceModel, data: MmrmData) -> None:
    """Refuse what would not fit in memory, with the numbers that make it so."""
    patterns, m, q = model.patterns, model.structure.n_visits, model.structure.n_parameters
    width = data.n_coefficients + 1
    moments = patterns.row_pattern.size * width * (width + 1) // 2 + 4 * patterns.loose.size * m * width
    products = m**4 if model.has_many_parameters else patterns.n_patterns * m * q * 2 * m
    derivatives = products + model.group_of_cell.size * q * m * m
    second = 0 if model.structure.is_linear else model.group_of_cell.size * q * q * m * m
    gigabytes = 8e-9 * (moments + 4 * derivatives + second + 4 * model.n_parameters**2)
    if gigabytes > _MEMORY_LIMIT:
        raise StructureError(
            f"covariance {model.structure.name}: {m} visits, {patterns.n_patterns} missingness patterns, "
            f"{model.n_parameters} covariance parameters and {data.n_coefficients} coefficients need about "
            f"{gigabytes:.0f} GB of memory, more than {_MEMORY_LIMIT:.0f}; choose a structure with fewer "
            "parameters or fewer visits"
        )


def _check_pairs(place: str, pairs: Array, visits: tuple[str, ...]) -> None:
    missing = [
        f"{visits[s]} with {visits[t]}" for s, t in zip(*np.nonzero(np.triu(pairs == 0, 1)), strict=True)
    ]
    if missing:
        raise StructureError(
            f"{place}: expected every pair of visits observed in some subject, found no subject with both of "
            f"{list_offenders(missing)}; choose a structure with fewer parameters"
        )


def start_values(model: CovarianceModel, crude: Array, shrink: float = 1.0, limit: float = 0.9) -> Array:
    """Start values ``(B, G q)`` from moments ``(B, G, m, m)``, eigenvalues floored (``eq:start``).

    ``limit`` bounds a single correlation that stands for many.
    """
    out = np.empty((crude.shape[0], model.n_parameters))
    q = model.structure.n_parameters
    for b in range(crude.shape[0]):
        for g in range(model.n_groups):
            apart = None if model.distance is None else model.distance[model.group_of_cell == g]
            floored = _floor_eigenvalues(crude[b, g])
            out[b, g * q : (g + 1) * q] = _start_group(model, floored, apart, shrink, limit)
    return out


def _start_group(
    model: CovarianceModel, sigma: Array, distance: Array | None, shrink: float, limit: float
) -> Array:
    """Shrink the correlations until the structure's matrix is positive definite."""
    theta = model.structure.start(sigma, distance, shrink, limit)
    if model.structure.is_spatial:
        return theta
    while np.isnan(factor_cholesky(model.structure.sigma(theta))).any() and shrink > 1e-3:
        shrink *= 0.7
        theta = model.structure.start(sigma, distance, shrink, limit)
    return theta


def residual_moments(model: CovarianceModel, moments: Moments) -> Array:
    """Mean products of least-squares residuals for every visit pair and group, ``(B, G, m, m)``."""
    patterns = model.patterns
    m, n_batch = model.structure.n_visits, moments.cross.shape[0]
    products = np.zeros((n_batch, model.n_groups, m, m))
    totals = np.zeros((n_batch, model.n_groups, m, m))
    place: Any = (slice(None), patterns.group[patterns.row_pattern], patterns.row_s, patterns.row_t)
    double = np.where(patterns.row_s == patterns.row_t, 1.0, 0.5)
    np.add.at(products, place, moments.cross[:, :, -1] * double)
    for g, inside in enumerate(model.group_slices):
        mask = patterns.mask[inside].astype(float)
        totals[:, g] = np.einsum("bp,ps,pt->bst", moments.counts[:, inside], mask, mask)
        if moments.few is not None:
            products[:, g] += sum_residuals(moments.few.between(inside))
    mean = np.divide(products, totals, out=np.zeros_like(products), where=totals > 0)
    upper = np.triu(np.ones((m, m)), 1)
    mean *= 1.0 - upper.T  # pairs s <= t
    filled = mean + np.swapaxes(mean * upper, -1, -2)
    spot = np.arange(m)
    filled[..., spot, spot] = np.where(filled[..., spot, spot] > 1e-8, filled[..., spot, spot], 1.0)
    return filled


def _floor_eigenvalues(sigma: Array) -> Array:
    sd = np.sqrt(np.diagonal(sigma))
    values, vectors = np.linalg.eigh(sigma / np.outer(sd, sd))
    lifted = np.einsum("ik,k,jk->ij", vectors, np.maximum(values, _FLOOR), vectors)
    return np.asarray(lifted * np.outer(sd, sd))
