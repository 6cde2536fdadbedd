"""Validated arrays, missingness patterns and the sufficient statistics of a repeated-measures data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from mmrm.errors import DataError, RankError, list_offenders
from mmrm.linalg import GEMM_PIECE, Array, Bools, Ints

_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class MmrmData:
    """Observed rows, sorted by subject and visit, as plain arrays.

    Attributes
    ----------
    response : (N,) array
        Observed responses, in the response's own unit.
    design : (N, k) array
        Fixed-effect columns, full column rank.
    names : tuple of str
        Column names of ``design``.
    subject, visit : (N,) int arrays
        Subject number 0..n-1 (non-decreasing) and visit number 0..m-1 of each row.
    n_visits : int
        Number of visits m.
    weight : (n,) array
        Weight of each subject's log-likelihood contribution.
    group : (n,) int array
        Covariance group of each subject.
    n_groups : int
        Number of covariance groups.
    coordinates : (N, d) array or None
        Position of each row for the spatial structures.
    terms : tuple of int or None
        Number of the model term behind each column; without it each column is its own term.
    places : tuple of int or None
        Places of the visits in the study's order where visits between them were never attended.

    Raises
    ------
    DataError
        Non-finite values, a repeated subject-visit, weights that are negative or not finite.
    """

    response: Array
    design: Array
    names: tuple[str, ...]
    subject: Ints
    visit: Ints
    n_visits: int
    weight: Array
    group: Ints
    n_groups: int = 1
    coordinates: Array | None = None
    terms: tuple[int, ...] | None = None
    places: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.response.size == 0:
            raise DataError("data: expected at least one observed response, found none")
        _check_finite(self.response[:, None], ("response",))
        _check_finite(self.design, self.names)
        if not (np.isfinite(self.weight).all() and (self.weight >= 0).all() and self.weight.sum() > 0):
            raise DataError(
                "weights: expected finite numbers >= 0, not all zero; correct the subject weights"
            )
        if self.places is not None and (
            len(self.places) != self.n_visits or (np.diff(np.array(self.places)) <= 0).any()
        ):
            raise DataError(
                f"data: expected {self.n_visits} rising places of visits, found {self.places}; correct them"
            )
        key = self.subject * self.n_visits + self.visit
        if (np.diff(key) <= 0).any():
            raise DataError("data: rows must be sorted by subject and visit, one row per subject and visit")

    def __repr__(self) -> str:
        return (
            f"MmrmData({self.n_subjects} subjects, {self.n_obs} observations, {self.n_visits} visits, "
            f"{self.n_coefficients} columns)"
        )

    @property
    def n_obs(self) -> int:
        """Number of observed responses."""
        return int(self.response.size)

    @property
    def n_subjects(self) -> int:
        """Number of subjects with at least one observed response."""
        return int(self.weight.size)

    @property
    def n_coefficients(self) -> int:
        """Number of fixed-effect columns k."""
        return int(self.design.shape[1])

    @cached_property
    def patterns(self) -> Patterns:
        """Missingness patterns of the subjects."""
        return find_patterns(self)

    @cached_property
    def basis(self) -> Basis:
        """Orthonormal columns and scaled response: the numbers the likelihood works on."""
        return build_basis(self.response, self.design, self.names)

    @cached_property
    def padded(self) -> Array:
        """``(n, m, k+1)`` array of working columns and response, zero where a visit is not observed."""
        out = np.zeros((self.n_subjects, self.n_visits, self.n_coefficients + 1))
        out[self.subject, self.visit, :-1] = self.basis.columns
        out[self.subject, self.visit, -1] = self.basis.residual
        return out


@dataclass(frozen=True, eq=False)
class Patterns:
    """Subjects grouped by covariance group, set of observed visits and (spatial) positions.

    Attributes
    ----------
    mask : (P, m) bool array
        Observed visits of each pattern.
    group : (P,) int array
        Covariance group of each pattern, non-decreasing.
    of_subject : (n,) int array
        Pattern of each subject.
    row_pattern, row_s, row_t : (R,) int arrays
        The observed visit pairs s <= t of every pattern: one row of sufficient statistics each.
    positions : (P, m, d) array or None
        Positions of the observed visits, for the spatial structures.
    """

    mask: Bools
    group: Ints
    of_subject: Ints
    row_pattern: Ints
    row_s: Ints
    row_t: Ints
    positions: Array | None = None

    @property
    def n_patterns(self) -> int:
        """Number of patterns P."""
        return int(self.mask.shape[0])

    @cached_property
    def row_start(self) -> Ints:
        """First row of every pattern, and the end: length P + 1."""
        return np.searchsorted(self.row_pattern, np.arange(self.n_patterns + 1)).astype(np.int64)

    @cached_property
    def members(self) -> tuple[Ints, ...]:
        """Subjects of every pattern."""
        order = np.argsort(self.of_subject, kind="stable")
        ends = np.searchsorted(self.of_subject[order], np.arange(self.n_patterns + 1))
        return tuple(order[a:b] for a, b in pairwise(ends))


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


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of a batch of B weighted data sets (``eq:cross-products``).

    Attributes
    ----------
    cross : (B, R, T) array
        Packed cross-product of the working columns for every row of `Patterns`; pairs s < t hold both orders.
    counts : (B, P) array
        Total subject weight of every pattern.
    """

    cross: Array
    counts: Array

    def take(self, index: Ints) -> Moments:
        """Members of the batch by position; the whole batch is not copied."""
        if index.size == self.cross.shape[0]:
            return self
        return Moments(self.cross[index], self.counts[index])


def _check_finite(values: Array, names: tuple[str, ...]) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        columns = [names[j] for j in np.flatnonzero(bad.any(axis=0))]
        raise DataError(
            f"data, column(s) {', '.join(columns)}: expected finite numbers, found missing or infinite "
            f"values in {int(bad.any(axis=1).sum())} row(s); correct or remove them before fitting"
        )


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
    columns = np.zeros((k, n_obs))
    factor = np.zeros((k, k))
    dependent = []
    for j in range(k):
        length = float(np.sqrt(np.einsum("i,i->", design[:, j], design[:, j])))
        column, shares = _orthogonalise(design[:, j] / length if length > 0 else design[:, j], columns[:j])
        rest = float(np.sqrt(np.einsum("i,i->", column, column)))
        if rest <= _RANK_TOLERANCE:
            dependent.append(names[j])
            continue
        columns[j] = column / rest
        factor[:j, j] = shares * length
        factor[j, j] = rest * length
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
    return Basis((columns.T * root_n).copy(), transform, offset / root_n, residual / scale, scale, log_det)


def _orthogonalise(vector: Array, columns: Array) -> tuple[Array, Array]:
    """Remove the span of ``columns`` (rows of an orthonormal array), twice for full precision."""
    shares = np.zeros(columns.shape[0])
    rest = vector.copy()
    for _ in range(2):
        step = np.einsum("ji,i->j", columns, rest)
        rest = rest - np.einsum("j,ji->i", step, columns)
        shares += step
    return rest, shares


def _invert_upper(upper: Array) -> Array:
    from mmrm.linalg import invert_lower

    return np.ascontiguousarray(invert_lower(np.ascontiguousarray(upper.T)).T)


def find_patterns(data: MmrmData) -> Patterns:
    """Group the subjects by covariance group, observed visits and positions."""
    n, m = data.n_subjects, data.n_visits
    mask = np.zeros((n, m), dtype=bool)
    mask[data.subject, data.visit] = True
    key = np.column_stack([data.group.astype(float), ~mask])
    places = None
    if data.coordinates is not None:
        places = np.zeros((n, m, data.coordinates.shape[1]))
        places[data.subject, data.visit] = data.coordinates
        key = np.column_stack([key, places.reshape(n, -1)])
    _, first, of_subject = np.unique(key, axis=0, return_index=True, return_inverse=True)
    pattern_mask = mask[first]
    s, t = np.triu_indices(m)
    p, pair = np.nonzero(pattern_mask[:, s] & pattern_mask[:, t])
    return Patterns(
        mask=pattern_mask,
        group=data.group[first].astype(np.int64),
        of_subject=of_subject.reshape(-1).astype(np.int64),
        row_pattern=p.astype(np.int64),
        row_s=s[pair].astype(np.int64),
        row_t=t[pair].astype(np.int64),
        positions=None if places is None else places[first],
    )


def build_moments(data: MmrmData, weight: Array | None = None) -> Moments:
    """Sum the weighted cross-products of every pattern: one pass over the data (``eq:cross-products``)."""
    patterns = data.patterns
    weights = data.weight if weight is None else weight
    width = data.n_coefficients + 1
    low_i, low_j = np.tril_indices(width)
    cross = np.empty((patterns.row_pattern.size, low_i.size))
    counts = np.zeros(patterns.n_patterns)
    for p, members in enumerate(patterns.members):
        visits = np.flatnonzero(patterns.mask[p])
        block = data.padded[np.ix_(members, visits)]
        counts[p] = np.add.reduce(weights[members])
        row = patterns.row_start[p]
        for s in range(visits.size):
            left = block[:, s, :] * weights[members, None]
            gram = _sum_products(left, block[:, s:, :].reshape(members.size, -1))
            pairs = gram.reshape(width, visits.size - s, width).transpose(1, 0, 2)
            both = pairs + pairs.transpose(0, 2, 1)
            both[0] *= 0.5
            cross[row : row + visits.size - s] = both[:, low_i, low_j]
            row += visits.size - s
    return Moments(cross[None], counts[None])


def _sum_products(left: Array, right: Array) -> Array:
    """Return ``left' right`` in fixed blocks of rows, so that threads cannot change the bytes."""
    piece = max(1, GEMM_PIECE // (left.shape[1] * right.shape[1]))
    out = np.zeros((left.shape[1], right.shape[1]))
    for start in range(0, left.shape[0], piece):
        out += left[start : start + piece].T @ right[start : start + piece]
    return out


def build_subject_cross(data: MmrmData, pattern: int) -> Array:
    """Packed cross-products of each member of one pattern, ``(n_p, rows, T)``, unweighted."""
    patterns = data.patterns
    low_i, low_j = np.tril_indices(data.n_coefficients + 1)
    rows = slice(patterns.row_start[pattern], patterns.row_start[pattern + 1])
    z = data.padded[patterns.members[pattern]]
    s, t = patterns.row_s[rows], patterns.row_t[rows]
    one, two = z[:, s], z[:, t]
    both = one[..., low_i] * two[..., low_j] + one[..., low_j] * two[..., low_i]
    both[:, s == t] *= 0.5
    return np.asarray(both)
