"""Validated arrays, missingness patterns and the sufficient statistics of a repeated-measures data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from mmrm.basis import Basis, build_basis
from mmrm.errors import DataError
from mmrm.few import Few
from mmrm.linalg import Array, Bools, Ints, multiply

# Fewer cross-products than this are read faster than a second kind of sum is called.
_SMALL = 50_000
_WORD = 30


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
    precision : (N,) array or None
        Precision of each row: its error has variance Sigma[s, s] / precision (``eq:precision``).

    Raises
    ------
    DataError
        Non-finite values, a repeated subject-visit, weights that are negative or not finite, precisions that
        are not positive.
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
    precision: Array | None = None

    def __post_init__(self) -> None:
        if self.response.size == 0:
            raise DataError("data: expected at least one observed response, found none")
        _check_finite(self.response[:, None], ("response",))
        _check_finite(self.design, self.names)
        if not (np.isfinite(self.weight).all() and (self.weight >= 0).all() and self.weight.sum() > 0):
            raise DataError(
                "weights: expected finite numbers >= 0, not all zero; correct the subject weights"
            )
        if self.precision is not None and not (np.isfinite(self.precision) & (self.precision > 0)).all():
            raise DataError("precision: expected a positive number in every row; leave out the others")
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
        return build_basis(self.response * self.root_precision, self.even_design, self.names)

    @property
    def root_precision(self) -> Array:
        """Square root of every row's precision, ``(N,)``."""
        return np.ones(self.n_obs) if self.precision is None else np.sqrt(self.precision)

    @cached_property
    def even_design(self) -> Array:
        """Columns of rows brought to precision 1, ``(N, k)``."""
        if self.precision is None:
            return self.design
        return np.ascontiguousarray(self.design * self.root_precision[:, None])

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
    summed : (P,) bool array
        Whether a pattern is kept as cross-products; the subjects of the others are kept themselves.
    row_pattern, row_s, row_t : (R,) int arrays
        The observed visit pairs s <= t of every summed pattern: one row of cross-products each.
    positions : (P, m, d) array or None
        Positions of the observed visits, for the spatial structures.
    """

    mask: Bools
    group: Ints
    of_subject: Ints
    summed: Bools
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

    @cached_property
    def loose(self) -> Ints:
        """Subjects of the patterns that are not summed, by pattern."""
        left = [self.members[p] for p in np.flatnonzero(~self.summed)]
        return np.concatenate(left) if left else np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of a batch of B weighted data sets (``eq:cross-products``).

    Attributes
    ----------
    cross : (B, R, T) array
        Packed cross-product of the working columns for every row of `Patterns`; pairs s < t hold both orders.
    counts : (B, P) array
        Total subject weight of every pattern.
    few : Few or None
        The subjects of the patterns that are not summed; None where all are.
    """

    cross: Array
    counts: Array
    few: Few | None = None

    def take(self, index: Ints) -> Moments:
        """Members of the batch by position; the whole batch is not copied."""
        if index.size == self.cross.shape[0]:
            return self
        few = None if self.few is None else self.few.take(index)
        return Moments(self.cross[index], self.counts[index], few)


def _check_finite(values: Array, names: tuple[str, ...]) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        columns = [names[j] for j in np.flatnonzero(bad.any(axis=0))]
        raise DataError(
            f"data, column(s) {', '.join(columns)}: expected finite numbers, found missing or infinite "
            f"values in {int(bad.any(axis=1).sum())} row(s); correct or remove them before fitting"
        )


def find_patterns(data: MmrmData) -> Patterns:
    """Group the subjects by covariance group, observed visits and positions."""
    n, m = data.n_subjects, data.n_visits
    mask = np.zeros((n, m), dtype=bool)
    mask[data.subject, data.visit] = True
    places = None
    if data.coordinates is None:
        of_subject = _number_rows(data.group, ~mask)
        first = np.unique(of_subject, return_index=True)[1]
    else:
        places = np.zeros((n, m, data.coordinates.shape[1]))
        places[data.subject, data.visit] = data.coordinates
        key = np.column_stack([data.group.astype(float), ~mask, places.reshape(n, -1)])
        _, first, of_subject = np.unique(key, axis=0, return_index=True, return_inverse=True)
        of_subject = of_subject.reshape(-1)
    pattern_mask = mask[first]
    summed = _choose_summed(np.bincount(of_subject), pattern_mask, data.n_coefficients + 1)
    row_pattern, row_s, row_t = list_pairs(pattern_mask, summed)
    return Patterns(
        mask=pattern_mask,
        group=data.group[first].astype(np.int64),
        of_subject=of_subject.astype(np.int64),
        summed=summed,
        row_pattern=row_pattern,
        row_s=row_s,
        row_t=row_t,
        positions=None if places is None else places[first],
    )


def list_pairs(mask: Bools, summed: Bools) -> tuple[Ints, Ints, Ints]:
    """Pattern and visits s <= t of every pair of observed visits of the summed patterns, ``(R,)`` each."""
    s, t = np.triu_indices(mask.shape[1])
    p, pair = np.nonzero(mask[:, s] & mask[:, t] & summed[:, None])
    return p.astype(np.int64), s[pair].astype(np.int64), t[pair].astype(np.int64)


def _number_rows(group: Ints, bits: Bools) -> Ints:
    """Number the distinct rows of ``(group, bits)`` in their order, ``(n,)``: by words of bits."""
    number = group.astype(np.int64)
    for start in range(0, bits.shape[1], _WORD):
        part = bits[:, start : start + _WORD]
        word = part @ (1 << np.arange(part.shape[1] - 1, -1, -1, dtype=np.int64))
        number = np.unique((number << part.shape[1]) + word, return_inverse=True)[1].astype(np.int64)
    return number


def _choose_summed(count: Ints, mask: Bools, width: int) -> Bools:
    """Which patterns to keep as cross-products: v² w² / 4 numbers to read, not v w (v + w) products each.

    A product of rows that lie in the cache takes about a quarter of the time of a number read from memory.
    """
    size = mask.sum(axis=1)
    if (size * (size + 1) // 2).sum() * width * (width + 1) // 2 <= _SMALL:
        return np.ones(count.size, dtype=bool)
    return np.asarray(count * (size + width) >= size * width)


def build_moments(data: MmrmData, weight: Array | None = None) -> Moments:
    """Sum the weighted cross-products of every pattern: one pass over the data (``eq:cross-products``)."""
    return sum_rows(data.padded, data.patterns, data.weight if weight is None else weight)


def sum_rows(rows: Array, patterns: Patterns, weights: Array) -> Moments:
    """`build_moments` of rows ``(n, m, k+1)`` with subject weights ``(n,)``."""
    width = rows.shape[-1]
    cross = np.empty((patterns.row_pattern.size, width * (width + 1) // 2))
    counts = np.zeros(patterns.n_patterns)
    for p, members in enumerate(patterns.members):
        counts[p] = np.add.reduce(weights[members])
        if patterns.summed[p]:
            block = rows[np.ix_(members, np.flatnonzero(patterns.mask[p]))]
            cross[patterns.row_start[p] : patterns.row_start[p + 1]] = sum_pairs(block, weights[members])
    return Moments(cross[None], counts[None], select_few(rows, patterns, weights[None]))


def select_few(rows: Array, patterns: Patterns, weights: Array) -> Few | None:
    """The subjects of patterns that are not summed, with weights ``(B, n)``; None where there are none."""
    loose = patterns.loose
    if loose.size == 0:
        return None
    return Few(rows[loose], patterns.of_subject[loose], weights[:, loose])


def sum_pairs(block: Array, weights: Array) -> Array:
    """sum_i w_i (z_is z_it' + z_it z_is'), halved for s = t, of ``block (..., n, v, k+1)``: packed.

    One row for every pair of visits s <= t, in their order: ``(..., v (v + 1) / 2, T)``.
    """
    *batch, n, v, width = block.shape
    low_i, low_j = np.tril_indices(width)
    out = np.empty((*batch, v * (v + 1) // 2, low_i.size))
    row = 0
    for s in range(v):
        left = block[..., s, :] * weights[..., None]
        gram = multiply(np.swapaxes(left, -1, -2), block[..., s:, :].reshape(*batch, n, -1))
        pairs = gram.reshape(*batch, width, v - s, width).swapaxes(-3, -2)
        both = pairs + np.swapaxes(pairs, -1, -2)
        both[..., 0, :, :] *= 0.5
        out[..., row : row + v - s, :] = both[..., low_i, low_j]
        row += v - s
    return out


def build_subject_cross(data: MmrmData, pattern: int) -> Array:
    """Packed cross-products of each member of one pattern, ``(n_p, rows, T)``, unweighted."""
    patterns, members = data.patterns, data.patterns.members[pattern]
    low_i, low_j = np.tril_indices(data.n_coefficients + 1)
    z = data.padded[np.ix_(members, np.flatnonzero(patterns.mask[pattern]))]
    one, two = z[..., low_i], z[..., low_j]
    both = np.empty((members.size, patterns.row_start[pattern + 1] - patterns.row_start[pattern], low_i.size))
    start = 0
    for s in range(z.shape[1]):
        block = both[:, start : start + z.shape[1] - s]
        np.multiply(one[:, s, None], two[:, s:], out=block)
        block += two[:, s, None] * one[:, s:]
        block[:, 0] *= 0.5
        start += z.shape[1] - s
    return both
