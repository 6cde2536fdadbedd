"""Limits of a normal quantile plot that all points keep at once with a given probability."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, gammaln, ndtri

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Band:
    """Where the order statistics of independent standard normal values lie (``eq:qq-band``).

    Attributes
    ----------
    middle, lower, upper : (n,) arrays
        Median and limits of each, as normal quantiles.
    local : float
        The probability with which one order statistic alone lies outside its limits.
    """

    middle: Array
    lower: Array
    upper: Array
    local: float


@lru_cache(maxsize=8)
def equal_level_band(n: int, level: float) -> Band:
    """Return the band of equal local levels: all `n` order statistics lie inside with probability `level`.

    Aldor-Noiman, Brown, Buja, Rolke and Stine (2013); the exact level as Weine, McPeek and Abney (2023).
    """
    order = np.arange(1, n + 1, dtype=np.float64)
    outer = 1.0 - level

    def _gap(log_local: float) -> float:
        return probability_inside(*_limits(order, float(np.exp(log_local)))) - level

    # Bonferroni's local level is too small, that of a single point too large.
    ends = float(np.log(outer / n)), float(np.log(outer))
    local = float(np.exp(brentq(_gap, *ends, xtol=1e-7))) if n > 1 else outer
    lower, upper = _limits(order, local)
    middle = np.asarray(betaincinv(order, order[::-1], 0.5), np.float64)
    return Band(ndtri(middle), ndtri(lower), ndtri(upper), local)


def _limits(order: Array, local: float) -> tuple[Array, Array]:
    """Return the quantiles of uniform order statistics, Beta(i, n + 1 - i), at both local tails."""
    back = order[::-1]
    ends = [np.asarray(betaincinv(order, back, tail), np.float64) for tail in (local / 2, 1 - local / 2)]
    return ends[0], ends[1]


def probability_inside(lower: Array, upper: Array) -> float:
    """Return the probability that every order statistic of n uniform values lies between its limits.

    The number of values up to t is a Poisson process with n values in all; it is followed from limit to limit
    (Moscovich and Nadler 2017), so the probability is exact but for rounding.
    """
    n = len(lower)
    times = np.sort(np.concatenate([lower, upper]))
    least = np.searchsorted(upper, times, side="right")  # values that must have come by then
    most = np.searchsorted(lower, times, side="left")  # and that may have
    counts = np.arange(n + 1)
    factorials = gammaln(counts + 1.0)
    state, first, before = np.ones(1), 0, 0.0
    for time, low, high in zip(times, least, most, strict=True):
        rate = n * (time - before)
        if rate > 0:
            steps = counts[: high - first + 1]
            arrivals = np.exp(steps * np.log(rate) - rate - factorials[: len(steps)])
            state = np.convolve(state, arrivals)
        state = state[low - first : high - first + 1]
        first, before = low, time
    rest = n - first - np.arange(len(state))
    rate = n * (1.0 - before)
    last = np.exp(rest * np.log(rate) - rate - factorials[rest])
    every = np.exp(n * np.log(n) - n - factorials[n])
    return float(np.sum(state * last) / every)
