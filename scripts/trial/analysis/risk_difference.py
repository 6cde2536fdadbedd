"""Confidence limits of a difference of two proportions that keep their level with few or no events.

Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions, Statistics in
Medicine 17, 873-890, method 10: Wilson limits of each proportion, combined. Miettinen, O. and Nurminen, M.
(1985), Comparative analysis of two rates, Statistics in Medicine 4, 213-226: the score test inverted, with
the variance under the hypothesis times N / (N - 1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf, sqrt

from scipy.special import ndtri

STEPS = 55  # halvings of an interval of length 2: the last is below 1e-16


@dataclass(frozen=True)
class Counts:
    """Subjects with an event among the subjects of two groups.

    Attributes
    ----------
    first, first_size, second, second_size : int
        The sizes are at least 1, the counts between 0 and their size.
    """

    first: int
    first_size: int
    second: int
    second_size: int

    @property
    def difference(self) -> float:
        """The proportion of the first group minus that of the second."""
        return self.first / self.first_size - self.second / self.second_size


def newcombe(counts: Counts, level: float) -> tuple[float, float]:
    """Return Newcombe's limits (method 10, without continuity correction)."""
    z = _quantile(level)
    first, second = counts.first / counts.first_size, counts.second / counts.second_size
    low_1, high_1 = _wilson(first, counts.first_size, z)
    low_2, high_2 = _wilson(second, counts.second_size, z)
    below = sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    above = sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return counts.difference - below, counts.difference + above


@cache  # the many rare terms of a study share a few pairs of counts
def miettinen_nurminen(counts: Counts, level: float) -> tuple[float, float]:
    """Return the limits of Miettinen and Nurminen: every difference whose score test is not significant."""
    z, found = _quantile(level), counts.difference
    lower = -1.0 if found <= -1 else _crossing(lambda at: _score(counts, at) <= z, -1.0, found)
    upper = 1.0 if found >= 1 else _crossing(lambda at: _score(counts, at) < -z, found, 1.0)
    return lower, upper


def _quantile(level: float) -> float:
    return float(ndtri((1 + level) / 2))


def _wilson(share: float, size: int, z: float) -> tuple[float, float]:
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    # At 0 and at 1 the limit is the proportion itself, which rounding would miss.
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def _crossing(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `holds` turns from false to true between two numbers."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2


def _score(counts: Counts, difference: float) -> float:
    """Return the score statistic of a difference; it falls as the difference grows."""
    second = _restricted(counts, difference)
    first = second + difference
    variance = first * (1 - first) / counts.first_size + second * (1 - second) / counts.second_size
    size = counts.first_size + counts.second_size
    distance = counts.difference - difference
    if variance * size <= 0:
        return 0.0 if distance == 0 else inf if distance > 0 else -inf
    return distance / sqrt(variance * size / (size - 1))


def _restricted(counts: Counts, difference: float) -> float:
    """Return the likeliest proportion of the second group where the first lies `difference` above it.

    The log-likelihood is concave, so its slope falls from the lowest possible proportion to the highest.
    """
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    terms = (
        (counts.first, difference, 1.0),
        (counts.second, 0.0, 1.0),
        (counts.first_size - counts.first, difference, -1.0),
        (counts.second_size - counts.second, 0.0, -1.0),
    )

    def falls(at: float) -> bool:
        slope = 0.0
        for count, shift, sign in terms:
            share = at + shift if sign > 0 else 1 - at - shift
            if count:
                slope += sign * count / share if share > 0 else sign * inf
        return slope <= 0

    return _crossing(falls, low, high)
