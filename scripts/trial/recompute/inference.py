"""Standard errors and degrees of freedom by the formulas of the papers.

Kenward and Roger 1997 (Biometrics 53:983) in their own symbols P, Q, R and W (here `omega`), Satterthwaite
for one contrast, Bell and McCaffrey 2002 for CR2. The sums run over subjects; nothing is shared with the
engine.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from trial.recompute.likelihood import FLAT, Block, Fit, RecomputeError, whitened
from trial.recompute.structures import Array, differentiate, differentiate_twice

POWER = {"CR0": 0.0, "CR1": 0.0, "CR2": -0.5, "CR3": -1.0}
SINGULAR = 1e-8  # an eigenvalue below it: the fit follows the subject exactly in that direction


@dataclass(frozen=True)
class Curvature:
    """The sums over subjects that the observed information and Kenward-Roger are made of.

    Attributes
    ----------
    p : (q, k, k) array
        X'V^-1 V_a V^-1 X (the paper's P_a is minus this).
    q : (q, q, k, k) array
        X'V^-1 V_a V^-1 V_b V^-1 X.
    r : (q, q, k, k) array
        X'V^-1 V_ab V^-1 X.
    hessian : (q, q) array
        Second derivatives of the deviance by the natural parameters.
    slope : (q,) array
        First derivatives, which are about zero at the optimum.
    """

    p: Array
    q: Array
    r: Array
    hessian: Array
    slope: Array


def curvature(fit: Fit) -> Curvature:
    """Return the sums at the optimum, all parameters of all covariance groups in one row."""
    per, k = fit.structure.n_parameters, fit.point.beta.size
    count = per * fit.problem.n_groups
    p, u = np.zeros((count, k, k)), np.zeros((count, k))
    q, r = np.zeros((count, count, k, k)), np.zeros((count, count, k, k))
    fixed, quadratic = np.zeros((count, count)), np.zeros((count, count))
    slope = np.zeros(count)
    for group in range(fit.problem.n_groups):
        change = _changes(fit, group)
        mine = slice(group * per, (group + 1) * per)
        for block in (one for one in fit.problem.blocks if one.group == group):
            parts = _Parts.of(block, fit, change)
            p[mine] += parts.p
            u[mine] += parts.u
            q[mine, mine] += parts.q
            r[mine, mine] += parts.r
            fixed[mine, mine] += parts.fixed
            quadratic[mine, mine] += parts.quadratic
            slope[mine] += parts.slope
    phi = fit.point.phi
    hessian = fixed + quadratic - 2 * u @ phi @ u.T
    if fit.reml:  # of log|X'V^-1X|
        phi_p = phi @ p
        hessian += np.einsum("ij,abji->ab", phi, 2 * q - r) - np.einsum("aij,bji->ab", phi_p, phi_p)
        slope = slope - np.einsum("aii->a", phi_p)
    return Curvature(p, q, r, (hessian + hessian.T) / 2, slope)


@dataclass(frozen=True)
class _Changes:
    """How Sigma changes with its parameters: A D_a A' and A D_ab A', m x m.

    For `us` A is the Cholesky factor of Sigma itself and the D_a are units: a linear change of its
    parameters, which changes no result and keeps the digits where visits are correlated up to one.
    """

    around: Array
    first: Array
    second: Array


def _changes(fit: Fit, group: int) -> _Changes:
    m, q = fit.structure.n_visits, fit.structure.n_parameters
    if fit.structure.name == "us":
        units = np.zeros((q, m, m))
        for a, (s, t) in enumerate(zip(*np.tril_indices(m), strict=True)):
            units[a, s, t] = units[a, t, s] = 1.0
        return _Changes(np.linalg.cholesky(fit.sigma[group]), units, np.zeros((q, q, m, m)))
    natural = fit.structure.to_natural(fit.free[group])
    first = differentiate(fit.structure.sigma, natural)
    return _Changes(np.eye(m), first, differentiate_twice(fit.structure.sigma, natural))


@dataclass(frozen=True)
class _Parts:
    """What one block adds to the sums, from rows multiplied by L^-1 where V_i = LL'."""

    p: Array
    q: Array
    r: Array
    u: Array
    fixed: Array
    quadratic: Array
    slope: Array

    @classmethod
    def of(cls, block: Block, fit: Fit, change: _Changes) -> "_Parts":
        sigma = fit.sigma[block.group][np.ix_(block.visits, block.visits)]
        half = np.linalg.inv(np.linalg.cholesky(sigma))
        design = half @ block.design
        residual = (block.response - block.design @ fit.point.beta) @ half.T
        spread = residual.T @ residual
        around = half @ change.around[block.visits]
        once = around @ change.first @ around.T
        bent = around @ change.second @ around.T
        twice = np.einsum("ast,btu->absu", once, once)
        n = len(residual)
        return cls(
            _sandwiched(design, once),
            _sandwiched(design, twice),
            _sandwiched(design, bent),
            np.einsum("nsk,ast,nt->ak", design, once, residual, optimize=True),
            n * (np.einsum("abss->ab", bent) - np.einsum("abss->ab", twice)),
            np.einsum("abst,st->ab", 2 * twice - bent, spread),
            n * np.einsum("ass->a", once) - np.einsum("ast,st->a", once, spread),
        )


def _sandwiched(design: Array, middle: Array) -> Array:
    """Return sum of X_i' M X_i for every matrix M of a stack."""
    flat = middle.reshape(-1, *middle.shape[-2:])
    k = design.shape[2]
    rows = design.reshape(-1, k)
    found = [rows.T @ np.matmul(one, design).reshape(-1, k) for one in flat]
    return np.stack(found).reshape(*middle.shape[:-2], k, k)


class Inference(Protocol):
    """How the standard error and the degrees of freedom of a contrast are found."""

    @property
    def beta_cov(self) -> Array:
        """The covariance of the coefficients, k x k."""

    def df(self, contrast: Array) -> float:
        """Return the degrees of freedom of one contrast."""


@dataclass(frozen=True)
class ModelBased:
    """Standard errors from the model: Kenward-Roger's, or (`adjusted` false) those of known Sigma.

    Attributes
    ----------
    phi : (k, k) array
    beta_cov : (k, k) array
    omega : (q, q) array
        The covariance of the natural parameters.
    p : (q, k, k) array
    """

    phi: Array
    beta_cov: Array
    omega: Array
    p: Array

    def df(self, contrast: Array) -> float:
        """Return 2 v^2 / (g' omega g): for one row Kenward and Roger's are Satterthwaite's."""
        weights = self.phi @ contrast
        slope = np.einsum("i,aij,j->a", weights, self.p, weights)
        return float(2 * (contrast @ weights) ** 2 / (slope @ self.omega @ slope))

    def scale_and_df(self, rows: Array) -> tuple[float, float]:
        """Return scale and denominator df of the F test of several rows (the paper, sections 2 and 3)."""
        count = len(rows)
        theta = rows.T @ np.linalg.solve(rows @ self.phi @ rows.T, rows)
        tilted = theta @ self.phi @ self.p @ self.phi
        traces = np.einsum("aii->a", tilted)
        a1 = float(traces @ self.omega @ traces)
        a2 = float(np.einsum("ab,aij,bji->", self.omega, tilted, tilted))
        if count == 1:
            return 1.0, 2 / a2
        b = (a1 + 6 * a2) / (2 * count)
        g = ((count + 1) * a1 - (count + 4) * a2) / ((count + 2) * a2)
        d = 3 * count + 2 * (1 - g)
        c1, c2, c3 = g / d, (count - g) / d, (count + 2 - g) / d
        mean = 1 / (1 - a2 / count)
        variance = (2 / count) * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
        df = 4 + (count + 2) / (count * variance / (2 * mean**2) - 1)
        return df / (mean * (df - 2)), df


@dataclass(frozen=True)
class Sandwich:
    """CR0 to CR3, with the df of Bell and McCaffrey under the working model.

    Attributes
    ----------
    phi, beta_cov : (k, k) array
    legs : (n, k, k) array
        X~_i' B_i^p X~_i of every subject: what turns Phi c into its part.
    squares : (n, k, k) array
        X~_i' B_i^2p X~_i.
    """

    phi: Array
    beta_cov: Array
    legs: Array
    squares: Array

    def df(self, contrast: Array) -> float:
        """Return tr(G)^2 / tr(G^2), G the quadratic form's matrix between subjects."""
        weights = self.phi @ contrast
        between = self.legs @ weights
        gamma = np.diag(np.einsum("i,nij,j->n", weights, self.squares, weights))
        gamma -= between @ self.phi @ between.T
        return float(np.trace(gamma) ** 2 / np.sum(gamma * gamma))


def model_based(fit: Fit, sums: Curvature, method: str) -> ModelBased:
    """Return model-based inference by `kenward-roger`, `kenward-roger-linear` or `satterthwaite`.

    Raises
    ------
    RecomputeError
        If the observed information is not positive definite or the point is not flat.
    """
    try:
        omega = np.asarray(2 * np.linalg.inv(sums.hessian), dtype=float)
        distance = float(sums.slope @ np.linalg.solve(sums.hessian, sums.slope))
        np.linalg.cholesky(sums.hessian)
    except np.linalg.LinAlgError:
        raise RecomputeError("the information about the covariance is not positive definite") from None
    if not distance < FLAT**2:
        raise RecomputeError(f"the search ended {distance**0.5:.1e} standard errors from the optimum")
    phi = fit.point.phi
    if method == "satterthwaite":
        return ModelBased(phi, phi, omega, sums.p)
    middle = sums.q - np.einsum("aij,jk,bkl->abil", sums.p, phi, sums.p, optimize=True)
    if method == "kenward-roger":
        middle = middle - sums.r / 4
    inner = np.einsum("ab,abij->ij", omega, middle)
    adjusted = phi + 2 * phi @ inner @ phi
    return ModelBased(phi, (adjusted + adjusted.T) / 2, omega, sums.p)


def sandwich(fit: Fit, kind: str) -> Sandwich:
    """Return the sandwich `CR0` to `CR3` at the optimum."""
    phi, k = fit.point.phi, fit.point.beta.size
    legs, squares, meat = [], [], np.zeros((k, k))
    for design, response in whitened(fit.problem, fit.sigma):
        values, vectors = np.linalg.eigh(np.eye(len(design)) - design @ phi @ design.T)
        kept = values > SINGULAR
        power = np.where(kept, np.where(kept, values, 1.0) ** POWER[kind], 0.0 if POWER[kind] else 1.0)
        factor = (vectors * power) @ vectors.T
        score = design.T @ factor @ (response - design @ fit.point.beta)
        meat += np.outer(score, score)
        legs.append(design.T @ factor @ design)
        squares.append(design.T @ factor @ factor @ design)
    n = len(legs)
    scale = n / (n - 1) if kind == "CR1" else 1.0
    return Sandwich(phi, scale * phi @ meat @ phi, np.stack(legs), np.stack(squares))


@dataclass(frozen=True)
class Tested:
    """One contrast: estimate, standard error, df, limits, t and p."""

    estimate: float
    se: float
    df: float
    lower: float
    upper: float
    statistic: float
    pvalue: float


def estimate_contrast(
    beta: Array,
    inference: Inference,
    contrast: Array,
    level: float,
    null: float = 0.0,
    side: str = "two-sided",
) -> Tested:
    """Return a contrast with two-sided limits, and the test of its null value against one side or both."""
    estimate = float(contrast @ beta)
    se = float(np.sqrt(contrast @ inference.beta_cov @ contrast))
    df = inference.df(contrast)
    half = float(stdtrit(df, (1 + level) / 2)) * se
    t = (estimate - null) / se
    tail = {"two-sided": 2 * stdtr(df, -abs(t)), "greater": stdtr(df, -t), "less": stdtr(df, t)}[side]
    return Tested(estimate, se, df, estimate - half, estimate + half, t, float(tail))


def f_test(beta: Array, inference: ModelBased, rows: Array) -> tuple[float, float, float]:
    """Return F, its denominator's df and p of the hypothesis that every row of contrasts is zero."""
    scale, df = inference.scale_and_df(rows)
    estimate = rows @ beta
    f = scale / len(rows) * float(estimate @ np.linalg.solve(rows @ inference.beta_cov @ rows.T, estimate))
    return f, df, float(fdtrc(len(rows), df, f))
