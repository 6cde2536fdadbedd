"""Random small designs, and an independent dense likelihood that judges what the ladder says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from mmrm import MMRM, DataError, MmrmError, MmrmFit, fit_ladder
from mmrm.data import MmrmData
from mmrm.unbounded import find_collapse
from unit.mmrm.dense import Dense, sigma_of

RUNGS = ("us", "toeph", "ar1h", "csh", "cs", "ancova")


@dataclass(frozen=True)
class Design:
    """A data set and the formula to fit to it."""

    frame: pd.DataFrame
    formula: str


def draw_design(seed: int) -> Design:
    """4 to 12 subjects, 1 to 4 visits, 0 to 3 covariates, interactions with the visit or not, dropout."""
    rng = np.random.default_rng([8, seed])
    n, m, p = int(rng.integers(4, 13)), int(rng.integers(1, 5)), int(rng.integers(0, 4))
    response = rng.normal(size=(n, 1)) + rng.uniform(0.3, 1.5) * rng.normal(size=(n, m))
    leaves = np.where(rng.random(n) < rng.uniform(0, 0.5), rng.integers(1, m + 1, n), m)
    response[np.arange(m) >= leaves[:, None]] = np.nan
    columns = {f"x{j}": np.repeat(rng.normal(size=n), m) for j in range(p)}
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), m),
            "v": np.tile([f"v{j}" for j in range(m)], n),
            "arm": np.repeat(np.where(np.arange(n) % 2, "A", "B"), m),
            **columns,
            "y": response.reshape(-1),
        }
    )
    frame = frame[frame.groupby("v")["y"].transform("count") > 0]
    several = frame["v"].nunique() > 1
    by_visit = "*v" if several and rng.random() < 0.5 else ""
    terms = [f"{name}{by_visit}" for name in columns]
    return Design(frame, "y ~ " + " + ".join([*terms, f"arm{'*v' if several else ''}"]))


def arrays_of(design: Design) -> MmrmData:
    """The arrays of a design."""
    return MMRM.from_formula(design.formula, design.frame, "id", "v", check=False).prepared.data


def natural(name: str, free: np.ndarray, m: int) -> np.ndarray:
    """Natural parameters from unconstrained ones; positive definiteness is left to the deviance, except us."""
    if name == "us":
        lower = np.zeros((m, m))
        lower[np.tril_indices(m)] = free
        spot = np.arange(m)
        lower[spot, spot] = np.exp(lower[spot, spot])
        sigma = lower @ lower.T
        return sigma[np.tril_indices(m)]
    if name == "cs":
        return np.array([np.exp(free[0]), free[1]][: min(m, 2)])
    return np.concatenate([np.exp(free[:m]), np.tanh(free[m:])])


def unconstrained(name: str, theta: np.ndarray, m: int) -> np.ndarray:
    """The inverse of `natural`."""
    if name == "us":
        sigma = sigma_of("us", theta, m)
        lower = np.linalg.cholesky(sigma)
        spot = np.arange(m)
        lower[spot, spot] = np.log(lower[spot, spot])
        return lower[np.tril_indices(m)]
    if name == "cs":
        return np.array([np.log(theta[0]), *theta[1:]])
    return np.concatenate([np.log(theta[:m]), np.arctanh(theta[m:])])


def deviance_of(data: MmrmData, name: str) -> Callable[[np.ndarray], float]:
    """The dense REML deviance as a function of natural parameters; infinite where Sigma is not positive."""
    rows = [np.flatnonzero(data.subject == i) for i in range(data.n_subjects)]

    def value(theta: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            sigma = sigma_of(name, theta, data.n_visits)
        if not np.isfinite(sigma).all() or np.linalg.eigvalsh(sigma)[0] <= 1e-13 * np.trace(sigma):
            return float("inf")
        k = data.n_coefficients
        info, score, log_det = np.zeros((k, k)), np.zeros(k), 0.0
        for r in rows:
            visits, x, y = data.visit[r], data.design[r], data.response[r]
            root = np.linalg.cholesky(sigma[np.ix_(visits, visits)])
            white = np.linalg.solve(root, np.column_stack([x, y]))
            info += white[:, :-1].T @ white[:, :-1]
            score += white[:, :-1].T @ white[:, -1]
            log_det += 2 * np.log(np.diag(root)).sum()
        beta = np.linalg.solve(info, score)
        residual = 0.0
        for r in rows:
            visits = data.visit[r]
            gap = data.response[r] - data.design[r] @ beta
            residual += gap @ np.linalg.solve(sigma[np.ix_(visits, visits)], gap)
        constant = (data.n_obs - k) * np.log(2 * np.pi)
        return float(log_det + np.linalg.slogdet(info)[1] + residual + constant)

    return value


def descend(data: MmrmData, name: str, theta: np.ndarray) -> tuple[float, np.ndarray]:
    """Minimise the dense deviance from natural parameters, by differences of the deviance alone."""
    m, value = data.n_visits, deviance_of(data, name)

    def target(free: np.ndarray) -> float:
        found = value(natural(name, free, m))
        return found if np.isfinite(found) else 1e10

    start = unconstrained(name, theta, m)
    with np.errstate(all="ignore"):
        first = minimize(target, start, method="BFGS", options={"gtol": 1e-6, "maxiter": 300})
    return float(first.fun), natural(name, first.x, m)


def starts_of(data: MmrmData, name: str, count: int) -> Iterator[np.ndarray]:
    """Start values all over the parameter space."""
    m, spread = data.n_visits, float(np.var(data.response))
    rng = np.random.default_rng(5)
    while count:
        if name == "us":
            z = rng.normal(size=(m + 1, m)) * np.sqrt(spread)
            sigma = z.T @ z / m + 0.01 * spread * np.eye(m)
            theta = sigma[np.tril_indices(m)]
        elif name == "cs":
            theta = spread * np.array([rng.uniform(0.05, 1), rng.uniform(0, 1)][: min(m, 2)])
        else:
            n_corr = {"toeph": m - 1}.get(name, min(m - 1, 1))
            theta = np.concatenate([spread * rng.uniform(0.2, 2, m), rng.uniform(-0.9, 0.9, n_corr)])
        if np.isfinite(deviance_of(data, name)(theta)):
            count -= 1
            yield theta


def smallest_curvature(data: MmrmData, name: str, theta: np.ndarray) -> float:
    """Smallest eigenvalue of the dense Hessian, scaled to unit diagonal, in size."""
    hessian = Dense(name, theta[None], data).hessian
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-12 * np.abs(hessian).max()))
    return float(np.abs(np.linalg.eigvalsh(hessian * np.outer(scale, scale))).min())


def disagreements(seed: int, n_starts: int) -> list[str]:
    """What the dense likelihood says against the ladder of one design; empty when they agree."""
    design = draw_design(seed)
    place = f"design {seed}, {design.formula}"
    data = arrays_of(design)
    try:
        ladder = fit_ladder(design.formula, design.frame, "id", "v", rungs=RUNGS)
    except DataError as error:
        rest = data.response - data.design @ np.linalg.lstsq(data.design, data.response, rcond=None)[0]
        exact = "expected variation" in str(error) and np.abs(rest).max() < 1e-9
        return [] if exact else [f"{place}: {error}"]
    found = []
    for entry in ladder.record:
        name, reason = entry["structure"], entry["reason"]
        if entry["status"] in ("rejected", "error") and not confirms(data, name, reason):
            found.append(f"{place}, {name}: not confirmed: {reason}")
    if isinstance(ladder.fit, MmrmFit) and ladder.rung != "ancova":
        name, ours = str(ladder.rung), ladder.fit.deviance
        theta = ladder.fit.inference.fit.theta[0]
        near = descend(data, name, theta)[0]
        lowest = min([near, *(descend(data, name, start)[0] for start in starts_of(data, name, n_starts))])
        if abs(near - ours) > 1e-6 or lowest < ours - 1e-6:
            found.append(f"{place}, {name}: ours {ours}, dense from there {near}, dense lowest {lowest}")
    return found


def confirms(data: MmrmData, name: str, reason: str) -> bool:
    """Whether the dense likelihood, the rank of the design or plain counts bear out a reason."""
    if "expected" in reason and "independent columns" in reason:
        return bool(np.linalg.matrix_rank(data.design) < data.n_coefficients)
    if name == "ancova":
        return all(not _has_least_squares(data, visit) for visit in range(data.n_visits))
    if "expected at least" in reason:
        return data.n_subjects < data.n_visits + 1
    if "observed in some subject" in reason or "every pair of visits observed" in reason:
        seen = np.zeros((data.n_subjects, data.n_visits))
        seen[data.subject, data.visit] = 1
        return bool((seen.T @ seen == 0).any())
    if "has no maximum" in reason and name == "us":
        return falls_without_end(data)
    if "too few subjects for covariance" in reason:
        return largest_share(data, name) > (0.5 if "kenward-roger" in reason else 0.25)
    if "do not inform" in reason:
        flat = [smallest_curvature(data, name, theta) for theta in starts_of(data, name, 3)]
        return max(flat) < 1e-6
    if "degrees of freedom" in reason:
        return True  # the fit stands; its inference is held against dense formulas in test_dense
    return has_no_interior_optimum(data, name)


def largest_share(data: MmrmData, name: str) -> float:
    """What the correction adds, at correlations of a half, to the variance of some visit's means, densely."""
    m = data.n_visits
    if name == "us":
        theta = (0.5 + 0.5 * np.eye(m))[np.tril_indices(m)]
    elif name == "cs":
        theta = np.full(min(m, 2), 0.5)
    else:
        theta = np.concatenate([np.ones(m), np.full({"toeph": m - 1}.get(name, 1), 0.5)])
    dense = Dense(name, theta[None], data)
    dense.__dict__["omega"] = 2 * np.linalg.inv(dense.expected_hessian)
    shares = []
    for visit in range(m):
        x = data.design[data.visit == visit]
        shares.append(np.trace(x @ dense.kenward_roger() @ x.T) / np.trace(x @ dense.phi @ x.T) - 1)
    return float(max(shares))


def _has_least_squares(data: MmrmData, visit: int) -> bool:
    rows = data.visit == visit
    return bool(rows.sum() > np.linalg.matrix_rank(data.design[rows]))


def falls_without_end(data: MmrmData) -> bool:
    """Whether the dense deviance at last falls by the same amount with every factor of ten to the collapse.

    Columns shared by visits may make it rise before: the fall by d log(10) is reached from about 1e-9 on, in
    some designs only at 1e-11. A deviance with a minimum rises without end there: its steps stay negative.
    """
    collapse = find_collapse(data, True)
    assert collapse is not None
    m, value = data.n_visits, deviance_of(data, "us")
    unit = collapse.direction / np.linalg.norm(collapse.direction)
    found = []
    for size in 10.0 ** -np.arange(9.0, 12.6, 0.5):
        sigma = np.eye(m) * np.var(data.response)
        block = np.eye(unit.size) - (1 - size) * np.outer(unit, unit)
        sigma[np.ix_(collapse.visits, collapse.visits)] = block * np.var(data.response)
        found.append(value(sigma[np.tril_indices(m)]))
    steps = -2 * np.diff(found) / np.log(10)
    return bool(((steps[1:] > 0.8) & (steps[:-1] > 0.8)).any())


def has_no_interior_optimum(data: MmrmData, name: str) -> bool:
    """Whether the lowest dense run ends at a singular Sigma or where the deviance is flat."""
    runs = [descend(data, name, start) for start in starts_of(data, name, 8)]
    _, theta = min(runs, key=lambda run: run[0])
    values = np.linalg.eigvalsh(sigma_of(name, theta, data.n_visits))
    return bool(values[0] < 1e-5 * values[-1] or smallest_curvature(data, name, theta) < 1e-6)


def singular_starts(data: MmrmData, name: str, count: int, seed: int) -> Iterator[np.ndarray]:
    """Natural parameters next to a singular Sigma of the structure, at any ratio of the standard deviations."""
    m, spread = data.n_visits, float(np.var(data.response))
    rng = np.random.default_rng([6, seed])
    n_corr = {"toeph": m - 1}.get(name, 1)
    value = deviance_of(data, name)
    while count:
        lags = rng.uniform(-1, 1, n_corr)
        low, high = 0.0, 1.0 / np.abs(lags).max()
        for _ in range(60):  # the largest multiple of these correlations that is a covariance
            middle = 0.5 * (low + high)
            theta = _with_correlations(name, np.ones(m), middle * lags)
            inside = np.linalg.eigvalsh(sigma_of(name, theta, m))[0] > 0 and np.abs(middle * lags).max() < 1
            low, high = (middle, high) if inside else (low, middle)
        near = (1 - 10.0 ** rng.uniform(-8, -2)) * low * lags
        theta = _with_correlations(name, spread * np.exp(rng.normal(size=m)), near)
        if np.isfinite(value(theta)):
            count -= 1
            yield theta


def _with_correlations(name: str, variances: np.ndarray, correlations: np.ndarray) -> np.ndarray:
    if name == "cs":
        return variances[0] * np.array([1 - correlations[0], correlations[0]])
    return np.concatenate([variances, correlations])


def falls_below(seed: int, n_starts: int) -> tuple[list[str], int]:
    """Accepted structured fits that a dense run from next to a singular Sigma undercuts, and how many there are."""
    design = draw_design(seed)
    found, accepted = [], 0
    for name in ("toeph", "ar1h", "csh", "cs"):
        try:
            model = MMRM.from_formula(design.formula, design.frame, "id", "v", covariance=name)
            fit = model.fit(check=False)
        except MmrmError:
            continue
        data = fit.prepared.data
        if not fit.verdict.accepted or data.n_visits == 1:
            continue
        accepted += 1
        starts = singular_starts(data, name, n_starts, seed)
        lowest = min(descend(data, name, start)[0] for start in starts)
        if lowest < fit.deviance - 1e-6:
            found.append(f"design {seed}, {design.formula}, {name}: ours {fit.deviance}, dense {lowest}")
    return found, accepted
