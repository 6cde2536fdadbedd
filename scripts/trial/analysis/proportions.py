"""Two independent proportions: limits of their difference by Newcombe and by Miettinen and Nurminen.

For responders, adverse events and shares below a limit; the difference is the first minus the second. The
score limits of a difference of `statsmodels` are wrong in the releases this project allows (its cubic takes a
count for a group size), so the score interval stands here. No continuity correction, and nothing is added to
empty cells: neither needs it.
"""

from dataclasses import dataclass
from functools import cache
from math import acos, copysign, cos, pi, sqrt

TINY = 1e-12


@dataclass(frozen=True)
class Counts:
    """Successes `x` of `n` in the first group, `x0` of `n0` in the second; both groups have members."""

    x: int
    n: int
    x0: int
    n0: int

    def __post_init__(self) -> None:
        if not (0 <= self.x <= self.n and 0 <= self.x0 <= self.n0 and self.n and self.n0):
            raise ValueError(f"expected counts x of n > 0 in both groups, found {self}")

    @property
    def difference(self) -> float:
        """Difference of the proportions."""
        return self.x / self.n - self.x0 / self.n0


def newcombe(counts: Counts, level: float) -> tuple[float, float]:
    """Return Newcombe's limits: Wilson's of both groups, put together (Newcombe 1998, method 10)."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    arguments = (counts.x, counts.n, counts.x0, counts.n0)
    lower, upper = confint_proportions_2indep(*arguments, method="newcomb", alpha=1 - level)
    return float(lower), float(upper)


@cache  # the many rare terms of a study share a few pairs of counts
def miettinen_nurminen(counts: Counts, level: float) -> tuple[float, float]:
    """Return the score limits of Miettinen and Nurminen (1985): the differences that the test keeps."""
    from scipy.stats import norm

    quantile = float(norm.isf((1 - level) / 2))
    return _limit(counts, quantile, -1.0), _limit(counts, quantile, 1.0)


def score_pvalue(counts: Counts) -> float:
    """Return the two-sided p of no difference by the score test that belongs to `miettinen_nurminen`."""
    from scipy.stats import norm

    return float(2 * norm.sf(abs(score(counts, 0.0))))


def score(counts: Counts, delta: float) -> float:
    """Return the score statistic of a difference `delta`; 0 where the observed difference is just that."""
    gap = counts.difference - delta
    if abs(gap) < TINY:
        return 0.0
    p0 = restricted(counts, delta)
    p, total = p0 + delta, counts.n + counts.n0
    variance = (p * (1 - p) / counts.n + p0 * (1 - p0) / counts.n0) * total / (total - 1)
    return gap / sqrt(variance) if variance > 0 else copysign(float("inf"), gap)


def restricted(counts: Counts, delta: float) -> float:
    """Return the likeliest proportion of the second group given the difference `delta` (closed form)."""
    total, successes = counts.n + counts.n0, counts.x + counts.x0
    a = float(total)
    b = (counts.n + 2 * counts.n0) * delta - total - successes
    c = (counts.n0 * delta - total - 2 * counts.x0) * delta + successes
    d = counts.x0 * delta * (1 - delta)
    q = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    root = copysign(sqrt(max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), q)
    ratio = q / root**3 if root else 0.0
    angle = (pi + acos(min(1.0, max(-1.0, ratio)))) / 3 if root else 0.0
    found = 2 * root * cos(angle) - b / (3 * a)
    return min(max(found, 0.0, -delta), 1.0, 1.0 - delta)


def _limit(counts: Counts, quantile: float, side: float) -> float:
    """Return the limit on one side: where the score statistic reaches the quantile."""
    from scipy.optimize import brentq

    d = counts.difference
    if d == side:
        return side
    low, high = sorted((d, side * (1 - TINY)))
    return float(brentq(lambda delta: abs(score(counts, delta)) - quantile, low, high, xtol=1e-13))
