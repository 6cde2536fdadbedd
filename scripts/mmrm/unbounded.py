"""Likelihoods without an upper bound, found from the data: some visits predict each other without error.

The rule follows from the rank of what the coefficients leave of the responses (``eq:unbounded``), not from
where iterations end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import linalg

from mmrm.covariance import CovarianceModel
from mmrm.data import MmrmData
from mmrm.errors import list_offenders
from mmrm.linalg import Array, Ints
from mmrm.optimize import Optimum

_EXACT = 1e-9
_RANK = 1e-9
_MAX_SETS = 2000
_MAX_PARAMETERS = 60
_FEW = 5


@dataclass(frozen=True)
class Collapse:
    """Visits of one covariance group that a combination of the responses and the columns joins exactly.

    Attributes
    ----------
    group : int
        Covariance group.
    visits : (s,) int array
        The visits of the combination.
    direction : (s,) array
        The combination a: a'(y_i - X_i b) = 0 for some b and every subject with all these visits.
    remainder : (s, s) array
        Projection off every such combination.
    n_subjects : int
        Subjects with all these visits.
    n_columns : int
        Rank of the columns among them.
    """

    group: int
    visits: Ints
    direction: Array
    remainder: Array
    n_subjects: int
    n_columns: int

    def describe(self, visits: Sequence[str]) -> str:
        """What was found and why it leaves no answer, for a reader."""
        names = _list_visits(self.visits, visits)
        left = max(self.n_subjects - self.n_columns, 0)
        return (
            f"the likelihood has no maximum: {self.n_subjects} subject(s) have all of visits {names}, which "
            f"leaves {left} degrees of freedom beside {self.n_columns} column(s); fewer than the number of "
            "visits, so one visit follows from the others without error"
        )


def find_collapse(data: MmrmData, reml: bool) -> Collapse | None:
    """Find visits whose unstructured likelihood is unbounded (``eq:unbounded``).

    Sets of visits are the patterns and their intersections; a set with more residual degrees of freedom than
    visits less one ends the search below it, because its subsets have more still. At most 2,000 sets are
    looked at, the largest first.
    """
    for group in range(data.n_groups):
        for visits, members, spare in _list_sets(data, group):
            if spare <= 0 and reml:
                continue
            found = _solve(data, visits, members, reml)
            if found is not None:
                return Collapse(group, visits, *found)
    return None


def _list_sets(data: MmrmData, group: int) -> Iterator[tuple[Ints, Ints, int]]:
    """Sets of visits with too few subjects for their number, largest first: visits, subjects, residual df."""
    inside = np.flatnonzero((data.group == group) & (data.weight > 0))
    seen = data.patterns.mask[data.patterns.of_subject[inside]]
    patterns = np.unique(seen, axis=0)
    waiting = {tuple(mask.tolist()) for mask in patterns}
    done: set[tuple[bool, ...]] = set()
    while waiting and len(done) < _MAX_SETS:
        key = max(waiting, key=lambda mask: (sum(mask), mask))
        waiting.remove(key)
        done.add(key)
        mask = np.array(key)
        visits = np.flatnonzero(mask)
        members = inside[(seen | ~mask).all(axis=1)]
        many = members.size > data.n_coefficients + visits.size - 1  # spares the rank of a large matrix
        spare = members.size if many else members.size - _generic_rank(data, visits, members)
        if spare > visits.size - 1:
            continue
        yield visits, members, spare
        below = {tuple(both.tolist()) for both in patterns & mask if both.any()}
        waiting |= below - done


def _generic_rank(data: MmrmData, visits: Ints, members: Ints) -> int:
    """Rank of the columns of almost every combination of the visits."""
    direction = np.cos(1.0 + 2.0 * np.arange(visits.size))
    return _rank(np.einsum("s,nsk->nk", direction, data.padded[np.ix_(members, visits)][..., :-1]))


def _rank(matrix: Array) -> int:
    """Numerical rank, every column to its own length."""
    length = np.sqrt(np.einsum("nk,nk->k", matrix, matrix))
    kept = matrix[:, length > _RANK] / length[length > _RANK]
    return int(np.linalg.matrix_rank(kept, tol=_RANK * np.sqrt(max(matrix.shape)))) if kept.size else 0


def _solve(data: MmrmData, visits: Ints, members: Ints, reml: bool) -> tuple[Array, Array, int, int] | None:
    """A combination of the visits that the columns fit exactly: the fields of `Collapse` after the visits.

    Columns that enter every visit with coefficients of their own make the problem linear, and the last
    singular vector of the residuals solves it. A coefficient shared by visits makes it bilinear: least
    squares from every singular vector.
    """
    block = data.padded[np.ix_(members, visits)]
    columns, response = block[..., :-1], block[..., -1]
    left, size, _ = np.linalg.svd(columns.reshape(members.size, -1), full_matrices=False)
    span = left[:, size > _RANK * max(float(size[0]), 1.0)]
    rest = response - span @ (span.T @ response)
    _, strength, vectors = np.linalg.svd(rest, full_matrices=True)
    exact = vectors[int((strength > _EXACT * np.linalg.norm(response)).sum()) :]
    mixture = np.cos(1.0 + 2.0 * np.arange(len(exact))) @ exact if len(exact) else vectors[-1]
    for start in (mixture / np.linalg.norm(mixture), *vectors[::-1]):
        direction = _polish(columns, response, start)
        gap, rank = _fit_exactly(columns, response, direction)
        if gap < _EXACT and (members.size > rank or not reml) and _is_whole(direction):
            basis = exact if 0 < len(exact) < visits.size else direction[None]
            return direction, np.eye(visits.size) - basis.T @ basis, members.size, rank
    return None


def _is_whole(direction: Array) -> bool:
    """Whether every visit takes part; a smaller set has subjects of its own and is looked at by itself."""
    return bool(np.abs(direction).min() > 1e-7 * np.abs(direction).max())


def _fit_exactly(columns: Array, response: Array, direction: Array) -> tuple[float, int]:
    """Length that the columns leave of a combination, relative to the response, and their rank."""
    mixed = np.einsum("s,nsk->nk", direction, columns)
    target = np.einsum("s,ns->n", direction, response)
    fitted = mixed @ linalg.lstsq(mixed, target, cond=_RANK)[0]
    scale = float(np.linalg.norm(response)) or 1.0
    return float(np.linalg.norm(target - fitted)) / scale, _rank(mixed)


def _polish(columns: Array, response: Array, start: Array) -> Array:
    """Solve a'(y_i - X_i b) = 0 for a and b by least squares; the largest entry of a stays 1 meanwhile."""
    if _fit_exactly(columns, response, start)[0] < _EXACT:
        return start

    fixed = int(np.argmax(np.abs(start)))
    free = np.delete(np.arange(start.size), fixed)
    mixed = np.einsum("s,nsk->nk", start / start[fixed], columns)
    target = np.einsum("s,ns->n", start / start[fixed], response)
    first = linalg.lstsq(mixed, target, cond=_RANK)[0]

    def _rebuild(values: Array) -> tuple[Array, Array]:
        """The direction and the coefficients of a vector of free values."""
        direction = np.ones(start.size)
        direction[free] = values[: free.size]
        return direction, values[free.size :]

    # scipy.optimize costs more to import than a fit.
    from scipy.optimize import least_squares

    def _residual(values: Array) -> Array:
        direction, beta = _rebuild(values)
        return np.asarray(np.einsum("s,ns->n", direction, response - columns @ beta))

    def _slope(values: Array) -> Array:
        direction, beta = _rebuild(values)
        by_direction = (response - columns @ beta)[:, free]
        return np.hstack([by_direction, -np.einsum("s,nsk->nk", direction, columns)])

    begin = np.concatenate([(start / start[fixed])[free], first])
    found = least_squares(_residual, begin, _slope, method="trf", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    direction = _rebuild(found.x)[0]
    return np.asarray(direction / np.linalg.norm(direction))


def find_starts(data: MmrmData, model: CovarianceModel, collapse: Collapse | None) -> Array | None:
    """Further matrices to start from, ``(B, G, m, m)`` on the working scale; None where two starts suffice.

    Small designs can have several maxima, and structures other than ``us`` may or may not be able to follow a
    collapse, which has no closed form: a fixed set scattered over all correlations, and the matrices beside
    the collapse, are tried. With a collapse ``us`` has no maximum, and no run is needed.
    """
    residual_df = data.n_obs - data.n_coefficients
    few = model.n_parameters <= _MAX_PARAMETERS and residual_df < _FEW * model.n_parameters
    known = collapse is not None and model.structure.name == "us"
    if model.structure.is_spatial or model.structure.n_visits == 1 or known or not (few or collapse):
        return None
    m = model.structure.n_visits
    scattered = _scattered_matrices(m)
    found = np.repeat(scattered[:, None], model.n_groups, axis=1)
    if collapse is None:
        return found
    beside = found[:2].copy()
    beside[:, collapse.group] = _singular_matrices(collapse, m)
    return np.concatenate([found, beside])


def explain(
    data: MmrmData,
    model: CovarianceModel,
    reml: bool,
    collapse: Collapse | None,
    best: Optimum,
    visits: Sequence[str],
) -> tuple[str, ...]:
    """The reason against a fit that lies in the data, or nothing.

    A collapse speaks against ``us`` always, and against another structure when the lowest run did not end.

    Parameters
    ----------
    data, model, reml
        The model and its data.
    collapse : Collapse or None
        From `find_collapse`.
    best : Optimum
        The lowest run.
    visits : sequence of str
        Names of the visits.
    """
    structure = model.structure
    if collapse is not None and (structure.name == "us" or not best.converged[0]):
        return (collapse.describe(visits),)
    free = structure.name == "us" or structure.n_variances > 1
    if best.converged[0] or not free or not reml:
        return ()
    return _explain_flat(data, visits, structure.name == "us")


def _explain_flat(data: MmrmData, visits: Sequence[str], jointly: bool) -> tuple[str, ...]:
    """Visits whose variance, or covariance, no residual informs: why a search did not end."""
    pairs = [(v, v) for v in range(data.n_visits)] + (list(combinations(range(data.n_visits), 2)) * jointly)
    for group in range(data.n_groups):
        for pair in pairs:
            if _information(data, group, *pair) < _RANK:
                names = _list_visits(np.unique(pair), visits)
                return (
                    f"the data do not inform the covariance of visit(s) {names}: the columns fit what was "
                    "observed there exactly",
                )
    return ()


def _information(data: MmrmData, group: int, s: int, t: int) -> float:
    """Expected information of a covariance at Sigma = I; zero means at every Sigma (``eq:flat``)."""
    place = np.full((data.n_subjects, data.n_visits), -1)
    place[data.subject, data.visit] = np.arange(data.n_obs)
    chosen = (data.group == group) & (place[:, [s, t]] >= 0).all(axis=1)
    one, two = place[chosen, s], place[chosen, t]
    columns = data.basis.columns / np.sqrt(data.n_obs)

    def _project(left: Ints, right: Ints) -> Array:
        return np.asarray((left[:, None] == right) - columns[left] @ columns[right].T)

    both, cross = _project(one, one) * _project(two, two), _project(one, two)
    return float(both.sum() + (cross * cross.T).sum())


def _list_visits(found: Ints, visits: Sequence[str]) -> str:
    return list_offenders(visits[v] for v in found) if found.size > 5 else ", ".join(visits[v] for v in found)


def _scattered_matrices(n_visits: int) -> Array:
    """Covariance matrices of every kind of correlation, always the same ones, ``(24, m, m)``."""
    values = np.random.default_rng(24).standard_normal((24, n_visits + 1, n_visits))
    products = np.einsum("bis,bit->bst", values, values)
    return np.asarray(products / (n_visits + 1) + 0.02 * np.eye(n_visits))


def _singular_matrices(collapse: Collapse, n_visits: int) -> Array:
    """Singular matrices with the combination in their null space, uncorrelated with the other visits.

    The first has equal correlations up to sign, which structured families can hold; the second keeps every
    direction in which there are residuals.
    """
    sign = np.sign(collapse.direction)
    even = -np.outer(sign, sign) / max(collapse.visits.size - 1, 1)
    np.fill_diagonal(even, 1.0)
    scale = 1.0 / np.abs(collapse.direction)
    found = []
    for block in (even * np.outer(scale, scale), collapse.remainder):
        lifted = block + 1e-3 * np.trace(block) * np.eye(len(block))
        sigma = np.eye(n_visits)
        sigma[np.ix_(collapse.visits, collapse.visits)] = lifted / np.trace(lifted) * len(block)
        found.append(sigma)
    return np.stack(found)
