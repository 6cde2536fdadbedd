"""Maximum likelihood of the joint model: two starts, Newton polish, and a verdict."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize

from trial.analysis.censored.likelihood import evaluate
from trial.analysis.censored.problem import CensoredData, Layout

Floats = NDArray[np.float64]

SHIFTS = (0.5, 1.2)  # in SD: where the two starts put values beyond their limits
STEP = 1e-5  # of the central differences of the gradient; parameters are of order one
POLISHED, ACCEPTED = 1e-14, 1e-10  # Newton decrement g' H^-1 g of the log likelihood
FLAT = 1e-6  # smallest eigenvalue of the information and of correlations, relative to the largest
SAME_FIT = 1e-6  # of the log likelihood: two starts that found one maximum
WIDE = 10.0  # an arm mean whose standard error is so many SD of its visit was not estimated
MOST_STEPS = 20


@dataclass(frozen=True)
class Scale:
    """The data are fitted as (value - centre) / spread."""

    centre: float
    spread: float


@dataclass(frozen=True)
class CensoredFit:
    """A maximum of the likelihood, with what it stands on.

    Attributes
    ----------
    data : CensoredData
        On the scale of the fit.
    scale : Scale
    theta : (p,)
        Parameters on the scale of the fit.
    information : (p, p)
        Observed information: minus the Hessian of the log likelihood.
    loglik : float
        On the scale of the data as they came.
    faults : tuple of str
        Why the fit is not to be used; empty for one that passed.
    checks : dict of str to float
        The numbers of the verdict.
    """

    data: CensoredData
    scale: Scale
    theta: Floats
    information: Floats
    loglik: float
    faults: tuple[str, ...]
    checks: dict[str, float]

    @property
    def layout(self) -> Layout:
        """The places of the parameters."""
        return Layout.of(self.data)

    @property
    def means(self) -> Floats:
        """Arm means by visit (A, T), covariates at their means."""
        return np.asarray(self.layout.unpack(self.theta[None])[0][0] * self.scale.spread + self.scale.centre)

    @property
    def sigma(self) -> Floats:
        """Covariance matrices (G, T, T)."""
        root = self.layout.unpack(self.theta[None])[2][0]
        return np.asarray(root @ np.swapaxes(root, -1, -2) * self.scale.spread**2)


def fit_censored(data: CensoredData) -> CensoredFit:
    """Return the maximum likelihood fit.

    The caller has left out visits whose means have no bound and refused likelihoods without one
    (`trial.analysis.censored.degenerate`). A fit that is not to be used says so in `faults`.
    """
    scaled, scale = _standardised(data)
    fits = [_maximise(_start(scaled, shift), scaled) for shift in SHIFTS]
    theta, value = max(fits, key=lambda found: found[1])
    theta, information, decrement = _polish(theta, scaled)
    other, _, _ = _polish(fits[int(fits[0][1] >= fits[1][1])][0], scaled)
    value = float(evaluate(theta[None], scaled).value[0])
    apart = value - float(evaluate(other[None], scaled).value[0])
    checks = _checks(theta, information, scaled) | {"decrement": decrement, "second start": apart}
    loglik = value - np.log(scale.spread) * int(data.observed.sum())
    return CensoredFit(scaled, scale, theta, information, loglik, _faults(checks), checks)


def information_at(theta: Floats, data: CensoredData, weights: Floats | None = None) -> Floats:
    """Return the observed information (p, p) by central differences of the gradient."""
    steps = STEP * np.eye(len(theta))
    both = evaluate(np.concatenate([theta + steps, theta - steps]), data, weights).gradient
    found = -(both[: len(theta)] - both[len(theta) :]) / (2 * STEP)
    return np.asarray((found + found.T) / 2)


def _standardised(data: CensoredData) -> tuple[CensoredData, Scale]:
    value = data.value[data.present]
    scale = Scale(float(value.mean()), float(value.std()) or 1.0)
    spread = data.covariates.std(axis=0)
    covariates = data.covariates / np.where(spread > 0, spread, 1.0)
    return replace(data, value=(data.value - scale.centre) / scale.spread, covariates=covariates), scale


def _start(data: CensoredData, shift: float) -> Floats:
    """Return a start from values moved beyond their limits by `shift` SD of their visit."""
    y = data.value - shift * data.side * np.nanstd(data.value, axis=0)
    X = np.column_stack([np.eye(data.arms)[data.arm], data.centred])
    B = np.zeros((X.shape[1], data.visits))
    residual = np.full_like(y, np.nan)
    for visit in range(data.visits):
        here = data.present[:, visit]
        B[:, visit] = np.linalg.lstsq(X[here], y[here, visit], rcond=None)[0]
        residual[here, visit] = y[here, visit] - X[here] @ B[:, visit]
    groups = range(data.arms if data.by_arm else 1)
    sigma = np.stack([_pairwise(residual[data.groups == group]) for group in groups])
    return Layout.of(data).pack(B[: data.arms], B[data.arms :], sigma)


def _pairwise(residual: Floats) -> Floats:
    """Return the covariance of residuals from the pairs present, eigenvalues at least 5 % of the largest."""
    there = (~np.isnan(residual)).astype(float)
    r = np.nan_to_num(residual)
    count = np.maximum(there.T @ there, 1.0)
    values, vectors = eigh(r.T @ r / count)
    floor = max(0.05 * values[-1], 1e-3)
    return np.asarray(vectors * np.maximum(values, floor) @ vectors.T)


def _maximise(theta: Floats, data: CensoredData) -> tuple[Floats, float]:
    """Return the end of a quasi-Newton search, and the log likelihood there."""
    n = len(data.value)

    def minus(point: Floats) -> tuple[float, Floats]:
        found = evaluate(point[None], data)
        # A wall, not a cliff of -infinity: the line search must be able to step back from it.
        value = -found.value[0] / n if np.isfinite(found.value[0]) else 1e10
        return float(value), -found.gradient[0] / n

    found = minimize(minus, theta, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 400})
    return np.asarray(found.x), -float(found.fun) * n


def _polish(theta: Floats, data: CensoredData) -> tuple[Floats, Floats, float]:
    """Return the end of Newton's method, the information there, and the last decrement."""
    for _ in range(MOST_STEPS):
        here = evaluate(theta[None], data)
        information = information_at(theta, data)
        values, vectors = eigh(information)
        # Where the information is not positive a step along |eigenvalue| still leads uphill.
        along = vectors.T @ here.gradient[0] / np.maximum(np.abs(values), 1e-12 * np.abs(values).max())
        decrement = float(along**2 @ np.abs(values))
        if decrement < POLISHED or not np.isfinite(decrement):
            break
        theta = _uphill(theta, vectors @ along, float(here.value[0]), data)
    return theta, information, decrement


def _uphill(theta: Floats, step: Floats, value: float, data: CensoredData) -> Floats:
    """Return the first of a step and its halves that does not lower the log likelihood."""
    sizes = 0.5 ** np.arange(12)
    tried = evaluate(theta + sizes[:, None] * step, data).value
    good = np.flatnonzero(tried >= value - 1e-10 * abs(value))
    return theta + sizes[good[0]] * step if len(good) else theta


def _checks(theta: Floats, information: Floats, data: CensoredData) -> dict[str, float]:
    """Return the numbers of the verdict that stand on the fit alone."""
    layout = Layout.of(data)
    root = layout.unpack(theta[None])[2][0]
    sigma = root @ np.swapaxes(root, -1, -2)
    sd = np.sqrt(np.einsum("gtt->gt", sigma))
    smallest = min(float(np.linalg.eigvalsh(one)[0]) for one in sigma / (sd[:, :, None] * sd[:, None, :]))
    values = np.linalg.eigvalsh(information)
    ratio = float(values[0] / values[-1])
    widest = np.inf
    if ratio > 0:
        error = np.sqrt(np.diag(np.linalg.inv(information))[: layout.arms * layout.visits])
        of_arm = sd if data.by_arm else np.repeat(sd, layout.arms, axis=0)
        widest = float((error.reshape(layout.arms, layout.visits) / of_arm).max())
    return {"information": ratio, "correlation": smallest, "mean SE in SD": widest}


def _faults(checks: dict[str, float]) -> tuple[str, ...]:
    """Return what speaks against a fit, in readers' words."""
    tests = (
        (checks["decrement"] < ACCEPTED, "the search for the maximum did not end at one"),
        (checks["information"] > FLAT, "the likelihood is flat in some direction"),
        (checks["correlation"] > FLAT, "the covariance is singular"),
        (abs(checks["second start"]) < SAME_FIT, "two starts end at different maxima"),
        (checks["mean SE in SD"] < WIDE, "the data do not fix the mean of an arm at a visit"),
    )
    return tuple(text for passed, text in tests if not passed)
