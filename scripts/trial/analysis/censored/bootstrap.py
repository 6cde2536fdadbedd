"""The bootstrap of subjects within arm, as a check of the standard errors of the joint model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.analysis.censored.contrast import adjusted
from trial.analysis.censored.fit import FLAT, STEP, CensoredFit
from trial.analysis.censored.likelihood import Evaluated, evaluate, subject_scores
from trial.analysis.censored.problem import OBSERVED, CensoredData, Layout

Floats = NDArray[np.float64]
BATCH = 100
MOST_STEPS, CLOSE = 80, 1e-8  # Newton decrement: the estimate is then within 1e-4 of its standard error
LONGEST = 0.5  # SD: a longer step is shortened
MOST_HALVES = 12

ALL_BEYOND, NO_MAXIMUM = "an arm at a visit without an observed value", "no accepted maximum"


@dataclass(frozen=True)
class Replicates:
    """What became of the resamples.

    Attributes
    ----------
    means : (kept, A, T - 1)
        Adjusted arm means, in the unit of the data.
    asked : int
    failed : dict of str to int
        Resamples without an estimate, by reason. What is said of the others is conditional on these.
    """

    means: Floats
    asked: int
    failed: dict[str, int]

    def se(self, weights: Floats) -> Floats:
        """Return the SD over the replicates of a weighted sum of arms, by visit."""
        return np.asarray(np.std(np.einsum("a,bat->bt", weights, self.means), axis=0, ddof=1))

    def limits(self, weights: Floats, level: float) -> tuple[Floats, Floats]:
        """Return percentile limits of a weighted sum of arms, by visit."""
        tail = (1 - level) / 2
        low, high = np.quantile(np.einsum("a,bat->bt", weights, self.means), [tail, 1 - tail], axis=0)
        return low, high


def bootstrap(fit: CensoredFit, replicates: int, seed: tuple[int, ...]) -> Replicates:
    """Return the adjusted means of resamples, each fitted from the full data's maximum.

    Subjects are drawn with replacement within each arm: arm sizes are those of the design. A resample enters
    as integer weights; its own information at the full data's maximum (theirs, where that is not definite)
    is the first metric of its search.

    Parameters
    ----------
    fit : CensoredFit
    replicates : int
    seed : tuple of int
        Of `numpy.random.default_rng`.
    """
    rng = np.random.default_rng(seed)
    weights = np.stack([_draw(fit.data.arm, rng) for _ in range(replicates)])
    empty = _without_observed(fit.data, weights)
    hessians = _subject_information(fit)
    means, lost = list[Floats](), 0
    for part in _parts(weights[~empty]):
        theta, good = _climb(fit, part, np.einsum("bn,npq->bpq", part, hessians))
        lost += int((~good).sum())
        found = adjusted(theta[good], fit.data)[0]
        means.append(found * fit.scale.spread + fit.scale.centre)
    layout = fit.layout
    kept = np.concatenate([np.empty((0, layout.arms, layout.visits - 1)), *means])
    counts = {ALL_BEYOND: int(empty.sum()), NO_MAXIMUM: lost}
    return Replicates(kept, replicates, {reason: count for reason, count in counts.items() if count})


def _draw(arm: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Return how often each subject was drawn."""
    found = np.zeros(len(arm))
    for code in range(int(arm.max()) + 1):
        members = np.flatnonzero(arm == code)
        found[members] = np.bincount(rng.integers(len(members), size=len(members)), minlength=len(members))
    return found


def _without_observed(data: CensoredData, weights: Floats) -> NDArray[np.bool_]:
    """Return the resamples in which some arm has no observed value at some visit."""
    seen = (data.present & (data.side == OBSERVED)).astype(float)
    arm = np.eye(data.arms)[data.arm]
    return np.asarray((np.einsum("bn,na,nt->bat", weights, arm, seen) == 0).any(axis=(1, 2)))


def _subject_information(fit: CensoredFit) -> Floats:
    """Return minus the Hessian of each subject's log likelihood (n, p, p) at the maximum."""
    steps = STEP * np.eye(len(fit.theta))
    up = subject_scores(fit.theta + steps, fit.data)
    down = subject_scores(fit.theta - steps, fit.data)
    found = -np.swapaxes(up - down, 0, 1) / (2 * STEP)
    return np.asarray((found + np.swapaxes(found, 1, 2)) / 2)


def _parts(weights: Floats) -> Iterator[Floats]:
    for first in range(0, len(weights), BATCH):
        yield weights[first : first + BATCH]


def _climb(fit: CensoredFit, weights: Floats, information: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the maxima of resamples (B, p), and which of them are accepted.

    BFGS on all resamples side by side, each with its own metric, steps halved while the likelihood falls.
    """
    definite = np.linalg.eigvalsh(information)[:, 0] > 0
    metric = np.linalg.inv(np.where(definite[:, None, None], information, fit.information))
    theta = np.repeat(fit.theta[None], len(weights), axis=0)
    going, done = np.ones(len(weights), dtype=bool), np.zeros(len(weights), dtype=bool)
    start = evaluate(theta, fit.data, weights)
    value, gradient = start.value.copy(), start.gradient.copy()
    for _ in range(MOST_STEPS):
        direction = np.einsum("bpq,bq->bp", metric, gradient)
        rise = np.einsum("bp,bp->b", direction, gradient)
        done |= going & (rise < CLOSE)
        going &= ~done
        at = np.flatnonzero(going)
        if not len(at):
            break
        size = np.minimum(1.0, LONGEST / np.maximum(np.abs(direction[at]).max(axis=1), 1e-12))
        moved, there = _search(theta[at], size, direction[at], value[at], fit, weights[at])
        change, bend = moved - theta[at], gradient[at] - there.gradient
        metric[at] = _updated(metric[at], change, bend)
        theta[at], value[at], gradient[at] = moved, there.value, there.gradient
        going[at[np.abs(change).max(axis=1) == 0]] = False
    return theta, done & (_steepest(theta, fit.layout) > FLAT)


def _search(
    theta: Floats, size: Floats, direction: Floats, value: Floats, fit: CensoredFit, weights: Floats
) -> tuple[Floats, Evaluated]:
    """Return points along the directions that are not lower, and what the likelihood is there."""
    for _ in range(MOST_HALVES):
        moved = theta + size[:, None] * direction
        there = evaluate(moved, fit.data, weights)
        lower = ~(there.value >= value)
        if not lower.any():
            return moved, there
        size = np.where(lower, size / 2, size)
    moved = theta + np.where(lower, 0.0, size)[:, None] * direction
    return moved, evaluate(moved, fit.data, weights)


def _updated(metric: Floats, change: Floats, bend: Floats) -> Floats:
    """Return the BFGS update of inverse Hessians (B, p, p); unchanged where the curvature is not positive."""
    curve = np.einsum("bp,bp->b", change, bend)
    usable = curve > 1e-12
    rho = 1 / np.where(usable, curve, 1.0)
    eye = np.eye(change.shape[1])
    left = eye - rho[:, None, None] * change[:, :, None] * bend[:, None, :]
    found = (
        left @ metric @ np.swapaxes(left, 1, 2) + rho[:, None, None] * change[:, :, None] * change[:, None, :]
    )
    return np.where(usable[:, None, None], found, metric)


def _steepest(theta: Floats, layout: Layout) -> Floats:
    """Return the smallest eigenvalue of the correlation matrices of each parameter vector."""
    root = layout.unpack(theta)[2]
    sigma = root @ np.swapaxes(root, -1, -2)
    sd = np.sqrt(np.einsum("bgtt->bgt", sigma))
    return np.asarray(np.linalg.eigvalsh(sigma / (sd[..., :, None] * sd[..., None, :]))[..., 0].min(axis=1))
