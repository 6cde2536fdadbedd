"""The likelihood of repeated measures by the textbook: block matrices of subjects, and scipy's optimiser.

Laird and Ware 1982, Harville 1977: y_i = X_i b + e_i, Var(e_i) = Sigma[S_i, S_i], and
-2 log L = sum log|V_i| + log|X'V^-1X| + r'V^-1r + (N - k) log 2 pi (without the second term, and with N, for
full maximum likelihood). Subjects seen at the same visits are one stack of arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize, root

from trial.recompute.structures import Array, Structure, differentiate

CORRELATIONS = (0.0, 0.5, 0.9)  # of the starts; the third only where the first two disagree
SAME = 1e-6  # two starts that reach the same deviance
FLAT = 1e-6  # of the gradient in standard errors: farther from the optimum no result is given


class RecomputeError(Exception):
    """The independent computation has no answer, and why."""


@dataclass(frozen=True)
class Block:
    """The subjects of one covariance group that were seen at the same visits.

    Attributes
    ----------
    group : int
        Whose covariance matrix.
    visits : (s,) int array
        The visits.
    design : (n, s, k) array
    response : (n, s) array
    """

    group: int
    visits: NDArray[np.int64]
    design: Array
    response: Array


@dataclass(frozen=True)
class Problem:
    """What is fitted: rows of response and design, each of a subject at a visit.

    Attributes
    ----------
    response : (N,) array
    design : (N, k) array
    subject, visit : (N,) int arrays
        From 0; a subject has a visit once.
    group : (N,) int array
        Covariance group of the row's subject.
    places : tuple of int
        Where the visits stand in the study's order.
    log_scale : float
        Log determinant that leads from this design to the one whose deviance is asked for.
    """

    response: Array
    design: Array
    subject: NDArray[np.int64]
    visit: NDArray[np.int64]
    group: NDArray[np.int64]
    places: tuple[int, ...]
    log_scale: float = 0.0

    @property
    def n_groups(self) -> int:
        """Covariance matrices."""
        return int(self.group.max()) + 1

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The subjects by group and visits."""
        order = np.lexsort((self.visit, self.subject))
        starts = np.flatnonzero(np.diff(self.subject[order])) + 1
        same: dict[tuple[int, ...], list[NDArray[np.int64]]] = {}
        for rows in np.split(order, starts):
            same.setdefault((int(self.group[rows[0]]), *self.visit[rows].tolist()), []).append(rows)
        return tuple(
            Block(key[0], np.array(key[1:]), self.design[np.stack(rows)], self.response[np.stack(rows)])
            for key, rows in sorted(same.items())
        )


@dataclass(frozen=True)
class Point:
    """The likelihood at one covariance: deviance, its derivative by Sigma, and generalised least squares.

    Attributes
    ----------
    deviance : float
    gradient : (groups, m, m) array
        Derivative by the entries of each covariance matrix.
    beta : (k,) array
    phi : (k, k) array
        (X'V^-1X)^-1.
    """

    deviance: float
    gradient: Array
    beta: Array
    phi: Array


@dataclass(frozen=True)
class Fit:
    """The optimum.

    Attributes
    ----------
    problem, structure, reml
        What was fitted.
    free : (groups, q) array
        Free parameters there.
    point : Point
    starts : tuple of float
        The deviance that each start reached.
    """

    problem: Problem
    structure: Structure
    reml: bool
    free: Array
    point: Point
    starts: tuple[float, ...]

    @property
    def sigma(self) -> Array:
        """The covariance matrices, groups x m x m."""
        return np.stack([np.real(self.structure.free_sigma(one)) for one in self.free])


def evaluate(problem: Problem, sigma: Array, reml: bool) -> Point | None:
    """Return the likelihood at the covariance matrices; None where one is not positive definite."""
    k = problem.design.shape[1]
    try:
        weights = [_inverse(sigma[one.group][np.ix_(one.visits, one.visits)]) for one in problem.blocks]
    except np.linalg.LinAlgError:
        return None
    information, score = np.zeros((k, k)), np.zeros(k)
    for block, (weight, _) in zip(problem.blocks, weights, strict=True):
        rows = block.design.reshape(-1, k)
        weighted = np.matmul(weight, block.design).reshape(-1, k)
        information += rows.T @ weighted
        score += weighted.T @ block.response.ravel()
    factor = cho_factor(information)
    beta, phi = cho_solve(factor, score), cho_solve(factor, np.eye(k))
    deviance = 2 * np.log(np.diagonal(factor[0])).sum() + 2 * problem.log_scale if reml else 0.0
    deviance += (len(problem.response) - (k if reml else 0)) * np.log(2 * np.pi)
    gradient = np.zeros_like(sigma)
    for block, (weight, logdet) in zip(problem.blocks, weights, strict=True):
        residual = block.response - block.design @ beta
        spread = residual.T @ residual
        deviance += len(residual) * logdet + np.sum(weight * spread)
        if reml:
            spread = spread + np.einsum("nsk,ntk->st", block.design @ phi, block.design)
        slope = len(residual) * weight - weight @ spread @ weight
        gradient[block.group][np.ix_(block.visits, block.visits)] += slope
    return Point(float(deviance), gradient, beta, phi)


def _inverse(matrix: Array) -> tuple[Array, float]:
    factor = np.linalg.cholesky(matrix)
    half = np.linalg.inv(factor)
    return half.T @ half, float(2 * np.log(np.diagonal(factor)).sum())


def fit(problem: Problem, structure: Structure, reml: bool = True) -> Fit:
    """Return the optimum: two starts (three where they disagree), the lowest deviance.

    Raises
    ------
    RecomputeError
        If the columns of the design are not independent, or the search does not end at a flat point.
    """
    _require_rank(problem)
    deviations = _residual_deviations(problem)
    structure = replace(structure, units=tuple(deviations.tolist()))
    reached: list[tuple[float, Array]] = []
    for correlation in CORRELATIONS:
        start = np.tile(structure.start(deviations, correlation), problem.n_groups)
        reached.append(_search(problem, structure, reml, start))
        found = [one for one, _ in reached]
        if len(found) == 2 and abs(found[0] - found[1]) < SAME:
            break
    free = min(reached, key=lambda one: one[0])[1].reshape(problem.n_groups, -1)
    point = evaluate(problem, np.stack([np.real(structure.free_sigma(one)) for one in free]), reml)
    if point is None:
        raise RecomputeError(f"{structure.name}: the search ended at a singular covariance")
    return Fit(problem, structure, reml, free, point, tuple(found))


def _search(problem: Problem, structure: Structure, reml: bool, start: Array) -> tuple[float, Array]:
    """Return deviance and free parameters: BFGS, then the root of its gradient by Powell's method."""

    def objective(free: Array) -> tuple[float, Array]:
        parts = free.reshape(problem.n_groups, -1)
        point = evaluate(problem, np.stack([np.real(structure.free_sigma(one)) for one in parts]), reml)
        if point is None or not np.isfinite(point.deviance):
            return 1e30, np.zeros_like(free)
        slopes = [differentiate(structure.free_sigma, one) for one in parts]
        pairs = zip(slopes, point.gradient, strict=True)
        return point.deviance, np.concatenate([np.einsum("qst,st->q", d, g) for d, g in pairs])

    def gradient(free: Array) -> Array:
        return objective(free)[1]

    walked = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 500})
    polished = root(gradient, walked.x, method="hybr", options={"xtol": 1e-13})
    ends = [(objective(x), x) for x in (walked.x, polished.x)]
    (before, slope), (after, flatter) = ends[0][0], ends[1][0]
    better = np.abs(flatter).max() < np.abs(slope).max() and after < before + SAME
    return (after, polished.x) if better else (before, walked.x)


def _require_rank(problem: Problem) -> None:
    lengths = np.linalg.norm(problem.design, axis=0)
    values = np.linalg.svd(problem.design / np.where(lengths > 0, lengths, 1.0), compute_uv=False)
    if len(problem.design) < problem.design.shape[1] or values[-1] < 1e-9 * values[0]:
        raise RecomputeError("the columns of the design are not independent: an effect cannot be estimated")
    if len(problem.design) == problem.design.shape[1]:
        raise RecomputeError("as many coefficients as responses: no variance can be estimated")


def _residual_deviations(problem: Problem) -> Array:
    """Return the standard deviation of least-squares residuals at each visit, all of them where few."""
    beta = np.linalg.lstsq(problem.design, problem.response, rcond=None)[0]
    residual = problem.response - problem.design @ beta
    squares = [residual[problem.visit == visit] ** 2 for visit in range(len(problem.places))]
    floor = 0.01 * float(np.mean(residual**2))
    return np.sqrt([max(float(np.mean(one)) if one.size else 0.0, floor, 1e-300) for one in squares])


def whitened(problem: Problem, sigma: Array) -> Iterator[tuple[Array, Array]]:
    """Yield design and response of every subject, multiplied by the inverse Cholesky factor of its V_i."""
    for block in problem.blocks:
        half = np.linalg.inv(np.linalg.cholesky(sigma[block.group][np.ix_(block.visits, block.visits)]))
        for design, response in zip(block.design, block.response, strict=True):
            yield half @ design, half @ response
