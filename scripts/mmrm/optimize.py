"""Fisher scoring then Newton on the observed Hessian, for a batch of data sets; the verdict is data."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from mmrm.covariance import CovarianceModel, residual_moments, start_values
from mmrm.data import MmrmData, Moments
from mmrm.likelihood import Curvature, Likelihood, State, differentiate, evaluate
from mmrm.linalg import Array, Bools, Ints, factor_cholesky, invert_lower, invert_scaled, multiply, symmetrise
from mmrm.local import Local

GRADIENT_LIMIT = 1e-8
GRADIENT_ROUNDING = 4e-12  # times the condition of the correlations: what rounding leaves of the gradient
CONDITION_LIMIT = 1e8  # of the correlations; beyond it rounding alone moves Sigma by what a step would
HESSIAN_LIMIT = 1e-8
DEVIANCE_AGREEMENT = 1e-6
ESTIMATE_AGREEMENT = 1e-4

_TARGET = 1e-10
_MAX_ITERATIONS = 100
_FEW_TURNS = 25  # for further starts: a run that has not ended by then follows a collapse
_MAX_HALVINGS = 30
_COARSE = 1e-4
_NEAR = 1e-7  # scaled gradient by a rough Hessian at which the exact one takes over


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the iterations ended, for every member of the batch.

    Attributes
    ----------
    state : State
        Likelihood at the last theta.
    curvature : Curvature
        Derivatives at the last theta.
    gradient : (B,) array
        Scaled gradient: sqrt(g' H⁻¹ g), a length in standard errors of theta (``eq:scaled-gradient``).
    iterations : (B,) int array
        Steps taken.
    converged : (B,) bool array
        Scaled gradient below `GRADIENT_LIMIT`.
    """

    state: State
    curvature: Curvature
    gradient: Array
    iterations: Ints
    converged: Bools


@dataclass(frozen=True)
class Verdict:
    """Whether a fit may be used, and the evidence.

    Attributes
    ----------
    accepted : bool
        True when every check holds.
    reasons : tuple of str
        The checks that failed.
    gradient : float
        Scaled gradient at the optimum; below 1e-8, plus 4e-12 times the condition of the correlations, to be
        accepted.
    hessian_min_eigenvalue : float
        Smallest eigenvalue of the observed Hessian relative to the information of complete data with known
        coefficients: a share that no scale and no correlation moves; above 1e-8 to be accepted.
    sigma_min_eigenvalue, sigma_max_eigenvalue : float
        Extreme eigenvalues of Sigma over the groups, in squared units of the response.
    sigma_condition : float
        Largest condition number of Sigma over the groups; at unit variances below 1e8 to be accepted.
    iterations : int
        Steps taken from the first start.
    deviance_difference : float
        Deviance from the second start minus deviance from the first.
    estimate_difference : float
        Largest change of a coefficient between the starts, in standard errors.
    starts_agree : bool
        Both differences are within 1e-6 and 1e-4.
    """

    accepted: bool
    reasons: tuple[str, ...]
    gradient: float
    hessian_min_eigenvalue: float
    sigma_min_eigenvalue: float
    sigma_max_eigenvalue: float
    sigma_condition: float
    iterations: int
    deviance_difference: float
    estimate_difference: float
    starts_agree: bool

    def record(self) -> dict[str, object]:
        """Plain dictionary for JSON; a number that is not finite becomes None."""
        found = {name: drop_infinite(value) for name, value in asdict(self).items()}
        found["reasons"] = list(self.reasons)
        return found


def drop_infinite(value: object) -> object:
    """The value, or None for a number that JSON cannot hold."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def minimise(
    likelihood: Likelihood,
    moments: Moments,
    theta: Array,
    target: float = _TARGET,
    rough: int = 2,
) -> Optimum:
    """Minimise the deviance from ``theta (B, Q)`` (``eq:newton-step``).

    The first ``rough`` turns use Hessians without the fixed-effects terms; the very first is Fisher scoring.
    A member whom a rough Hessian gives no step, or leads close to the optimum, goes on with the exact one.
    Members stop one by one: at a scaled gradient below ``target``, when no step by the exact Hessian lowers
    the deviance, or after 100 iterations.
    """
    return _iterate(likelihood, moments, theta, target, rough, _MAX_ITERATIONS)


def _iterate(
    likelihood: Likelihood, moments: Moments, theta: Array, target: float, rough: int, turns: int
) -> Optimum:
    """`minimise` with a limit on the iterations."""
    state = evaluate(likelihood, moments, theta.copy())
    curvature = differentiate(likelihood, moments, state, fisher=rough > 0, rough=rough > 0)
    gradient = np.full(theta.shape[0], np.inf)
    iterations = np.zeros(theta.shape[0], dtype=np.int64)
    running = np.isfinite(state.deviance)
    exact = np.full(theta.shape[0], rough == 0)
    for turn in range(turns):
        index = np.flatnonzero(running)
        if index.size == 0:
            break
        part, here = moments.take(index), state.take(index)
        step, length, trusted = _find_step(
            likelihood, part, here, _pick(curvature, index), turn < min(rough, 1)
        )
        judged = trusted & exact[index]
        gradient[index] = np.where(judged, length, np.inf)
        done = judged & (length < target)
        moved, found = _search_line(likelihood, part, here, step, length, ~done)
        running[index[done | (~found & exact[index])]] = False
        go = np.flatnonzero(found & ~done)
        iterations[index[go]] += 1
        _put(state, index[go], moved.take(go))
        # What the rough Hessian leaves out rules a small design: the exact one is tried before giving up.
        exact[index[~found & ~done]] = True
        exact[index] |= (turn + 1 >= rough) | (length < _NEAR)
        _refresh(likelihood, moments, state, curvature, index[running[index]], exact)
    return Optimum(state, curvature, gradient, iterations, gradient < GRADIENT_LIMIT)


def _refresh(
    likelihood: Likelihood, moments: Moments, state: State, curvature: Curvature, index: Ints, exact: Bools
) -> None:
    """Differentiate anew at the members of ``index``, roughly where ``exact`` is False."""
    for rough in (False, True):
        chosen = index[exact[index] != rough]
        if chosen.size:
            fresh = differentiate(likelihood, moments.take(chosen), state.take(chosen), rough=rough)
            _put(curvature, chosen, fresh)


def _pick(curvature: Curvature, index: Ints) -> Curvature:
    if index.size == curvature.gradient.shape[0]:
        return curvature
    return Curvature(*(getattr(curvature, name)[index] for name in curvature.__dataclass_fields__))


def _put(target: State | Curvature, index: Ints, source: State | Curvature) -> None:
    for name in target.__dataclass_fields__:
        getattr(target, name)[index] = getattr(source, name)


def _find_step(
    likelihood: Likelihood, moments: Moments, state: State, curvature: Curvature, fisher: bool
) -> tuple[Array, Array, Bools]:
    """Newton step where the observed Hessian is positive definite, Fisher step elsewhere and at first.

    Returns the step, the scaled gradient, and whether that length comes from a positive definite observed
    Hessian.
    """
    inverse = invert_scaled(curvature.observed)
    trusted = np.asarray(np.isfinite(inverse).all(axis=(-1, -2)))
    length = np.sqrt(np.abs(np.einsum("bi,bij,bj->b", curvature.gradient, inverse, curvature.gradient)))
    small = trusted & (length < 0.1)
    scoring = ~trusted | (fisher & ~small)
    if scoring.any():
        index = np.flatnonzero(scoring)
        expected = curvature.expected[index]
        if np.isnan(expected).any():
            part = moments.take(index)
            expected = differentiate(likelihood, part, state.take(index), fisher=True).expected
        inverse[index] = invert_scaled(expected)
    step = -np.einsum("bij,bj->bi", inverse, curvature.gradient)
    return step, np.where(np.isfinite(length), length, np.inf), trusted


def _search_line(
    likelihood: Likelihood, moments: Moments, state: State, step: Array, length: Array, wanted: Bools
) -> tuple[State, Bools]:
    """Halve the step until Sigma is positive definite and the deviance does not rise."""
    found = np.zeros(step.shape[0], dtype=bool)
    moved = State(*(getattr(state, name).copy() for name in state.__dataclass_fields__))
    size = 1.0
    slack = 1e-11 * (1.0 + np.abs(state.deviance)) + np.where(length < 1e-4, 1e-8, 0.0)
    for _ in range(_MAX_HALVINGS):
        left = np.flatnonzero(wanted & ~found & np.isfinite(step).all(axis=1))
        if left.size == 0:
            break
        part = moments.take(left)
        trial = evaluate(likelihood, part, state.theta[left] + size * step[left])
        with np.errstate(invalid="ignore"):
            good = trial.deviance <= state.deviance[left] + slack[left]
        if good.any():
            found[left[good]] = True
            _put(moved, left[good], trial.take(np.flatnonzero(good)))
        size *= 0.5
    return moved, found


def fit_twice(
    likelihood: Likelihood, moments: Moments, further: Array | None = None
) -> tuple[Optimum, Optimum]:
    """Minimise from two starts or more and return the lowest optimum and its witness.

    The first start is the residual moments, the second their diagonal, run to a coarser target. Where they
    disagree, a start between them decides. ``further (B, G, m, m)`` are matrices to start from as well. Runs
    that agree in the deviance are taken in this order. The witness is the other run nearest to the lowest.
    """
    crude = residual_moments(likelihood.covariance, moments)
    found = [minimise(likelihood, moments, start_values(likelihood.covariance, crude))]
    found.append(minimise(likelihood, moments, start_values(likelihood.covariance, crude, 1e-3), _COARSE))
    if not _agree(*found):
        found.append(minimise(likelihood, moments, start_values(likelihood.covariance, crude, 0.5), _COARSE))
    if further is not None:
        found += _run_further(likelihood, moments, further)
    deviances = np.array([_deviance(run) for run in found])
    ahead = np.flatnonzero(deviances <= deviances.min() + DEVIANCE_AGREEMENT)
    best = found.pop(int(ahead[0]) if ahead.size else 0)
    rest = sorted(found, key=_deviance)
    if float(best.gradient[0]) > _TARGET and np.isfinite(best.state.deviance[0]):
        best = minimise(likelihood, moments, best.state.theta, rough=0)
    return best, rest[0]


def _run_further(likelihood: Likelihood, moments: Moments, further: Array) -> list[Optimum]:
    """Minimise from every matrix as one batch."""
    index = np.zeros(len(further), dtype=np.int64)
    many = moments.take(index)
    start = start_values(likelihood.covariance, further, limit=0.999)
    run = _iterate(likelihood, many, start, _COARSE, 0, _FEW_TURNS)
    return [_take(run, np.array([b])) for b in range(len(further))]


def _take(run: Optimum, index: Ints) -> Optimum:
    state, curvature = run.state.take(index), _pick(run.curvature, index)
    return Optimum(state, curvature, run.gradient[index], run.iterations[index], run.converged[index])


def _deviance(optimum: Optimum) -> float:
    """Deviance, infinite for a run that failed."""
    deviance = float(optimum.state.deviance[0])
    return deviance if np.isfinite(deviance) else float("inf")


def _agree(first: Optimum, second: Optimum) -> bool:
    """Whether two fits found the same optimum (``eq:verdict``)."""
    gap, shift = compare_optima(first, second)
    return abs(gap) < DEVIANCE_AGREEMENT and shift < ESTIMATE_AGREEMENT


def compare_optima(first: Optimum, second: Optimum) -> tuple[float, float]:
    """Difference in deviance, and largest difference in a coefficient in standard errors."""
    error = np.sqrt(np.abs(np.diagonal(first.state.phi[0])))
    gap = float(second.state.deviance[0] - first.state.deviance[0])
    return gap, float(np.max(np.abs(second.state.beta[0] - first.state.beta[0]) / error))


def judge(
    likelihood: Likelihood,
    data: MmrmData,
    best: Optimum,
    other: Optimum,
    known: tuple[str, ...] = (),
    local: Local | None = None,
) -> Verdict:
    """Collect the evidence about one fit and decide whether it may be used (``eq:verdict``).

    ``known`` are reasons against it that the data gave already, ``local`` the best optimum in the coordinates
    that lose nothing at high correlation.
    """
    scale = data.basis.scale**2
    sigma = likelihood.covariance.sigma(best.state.theta)[0]
    finite = bool(np.isfinite(sigma).all() and np.isfinite(best.state.deviance[0]))
    values = np.linalg.eigvalsh(sigma) if finite else np.full((1, 1), np.nan)
    condition = _find_condition(np.asarray(values))
    correlation = (
        _find_condition(np.asarray(np.linalg.eigvalsh(_scale_to_unit(sigma)))) if finite else float("inf")
    )
    model, curvature = likelihood.covariance, best.curvature
    if local is not None:
        model, curvature = local.likelihood.covariance, local.curvature
    lowest = _smallest_share(model, data, best.state.theta[0], curvature.observed[0])
    gap, shift = compare_optima(best, other)
    agree = _agree(best, other)
    gradient = float(best.gradient[0]) if local is None or local.back is None else local.gradient
    reach = _nearest_correlation(likelihood, best)
    limit = GRADIENT_LIMIT + GRADIENT_ROUNDING * min(correlation, CONDITION_LIMIT)
    checks = {
        f"scaled gradient {gradient:.3g} is not below {limit:.3g}": gradient < limit,
        f"smallest eigenvalue of the Hessian {lowest:.3g} is not above {HESSIAN_LIMIT:g}": lowest
        > HESSIAN_LIMIT,
        f"condition number of Sigma at unit variances {correlation:.3g} is not below "
        f"{CONDITION_LIMIT:g}": correlation < CONDITION_LIMIT,
        f"two starts disagree: deviance by {gap:.3g}, estimates by {shift:.3g} SE": agree,
        f"the range ran to zero: correlation {reach:.3g} between the nearest observations": reach > 1e-6,
    }
    reasons = (*known, *(text for text, holds in checks.items() if not holds))
    return Verdict(
        accepted=not reasons,
        reasons=reasons,
        gradient=gradient,
        hessian_min_eigenvalue=lowest,
        sigma_min_eigenvalue=float(values.min() * scale),
        sigma_max_eigenvalue=float(values.max() * scale),
        sigma_condition=condition,
        iterations=int(best.iterations[0]),
        deviance_difference=gap,
        estimate_difference=shift,
        starts_agree=agree,
    )


def _find_condition(values: Array) -> float:
    """Largest ratio of the extreme eigenvalues ``(C, m)``; infinite when one is not positive."""
    return float((values[:, -1] / values[:, 0]).max()) if (values > 0).all() else float("inf")


def _scale_to_unit(sigma: Array) -> Array:
    """Correlation matrices; NaN-free even where a variance is not positive, which other checks refuse."""
    deviation = np.sqrt(np.maximum(np.diagonal(sigma, axis1=-2, axis2=-1), 1e-300))
    return np.asarray(sigma / (deviation[..., :, None] * deviation[..., None, :]))


def _nearest_correlation(likelihood: Likelihood, best: Optimum) -> float:
    """Correlation of the two nearest observations in a spatial fit, over the groups; 1 when not spatial."""
    model = likelihood.covariance
    if not model.structure.is_spatial or not np.isfinite(model.nearest):
        return 1.0
    reach = best.state.theta[0].reshape(model.n_groups, -1)[:, -1]
    return float(np.exp(-model.nearest / reach).min())


def _smallest_share(model: CovarianceModel, data: MmrmData, theta: Array, hessian: Array) -> float:
    """Smallest share of the information that complete data would hold (``eq:information-share``).

    Not positive when the Hessian is not convex; NaN when it cannot be judged.
    """
    root = factor_cholesky(model.sigma(theta))
    if not (np.isfinite(hessian).all() and np.isfinite(root).all()):
        return float("nan")
    whiten = invert_lower(root)[:, None]
    white = multiply(multiply(whiten, model.first(theta)), np.swapaxes(whiten, -1, -2))
    count = data.patterns.n_patterns
    weight = np.bincount(data.patterns.of_subject, data.weight, count).astype(np.float64)
    size = np.sqrt(model.sum_cells(weight, axis=0))
    q, back = model.structure.n_parameters, np.zeros_like(hessian)
    for g in range(model.n_groups):
        cells, place = model.group_of_cell == g, slice(g * q, (g + 1) * q)
        tall = (white[cells] * size[cells, None, None, None]).swapaxes(0, 1).reshape(q, -1).T
        upper = np.linalg.qr(tall, mode="r")
        if not (np.abs(np.diagonal(upper)) > 0).all():
            return float("nan")
        back[place, place] = np.linalg.inv(upper)
    share = multiply(multiply(back.T, hessian), back)
    return float(np.linalg.eigvalsh(symmetrise(share))[0])
