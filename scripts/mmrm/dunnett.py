"""Tail and critical value of the largest of several correlated t statistics (``eq:dunnett``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from mmrm.inference import find_quantile
from mmrm.linalg import Array

_STEP = 0.75  # trapezoids, in widths of the integrand: an error of 1e-13
_REACH = 12.0  # standard deviations that hold all of a normal but 1e-32
_TAIL = 37.0  # exp(-37) is 1e-16
_SAME = 1e-9  # a correlation that the single factor reproduces but for rounding
_NARROW = 0.01  # smallest width of the integrand that the sum follows
# Points of scipy's lattice rule: errors of a probability of some 3e-6, and a fixed seed for the same bytes.
_POINTS, _SEED = 40_000, 20_240_612


def find_largest(
    statistic: Array, df: Array, level: float, side: str, correlation: Array
) -> tuple[Array, Array]:
    """p-values of each statistic as the largest of all, and critical values, each with its own df.

    Parameters
    ----------
    statistic, df : (l,) arrays
        t statistics and their degrees of freedom.
    level : float
        Simultaneous confidence level.
    side : str
        ``two-sided``, ``greater`` or ``less``.
    correlation : (l, l) array
        Correlation of the estimates.
    """
    turned = {"two-sided": np.abs(statistic), "greater": statistic, "less": -statistic}[side]
    loads, two_sided = _find_loads(correlation), side == "two-sided"
    if loads is None:
        tail = partial(_tail_by_lattice, correlation=correlation, two_sided=two_sided)
    else:
        tail = partial(_tail_by_factor, loads=loads, two_sided=two_sided)
    found = np.array([tail(t, one) for t, one in zip(turned, df, strict=True)])
    solved = {one: _solve(tail, level, side, statistic.size, one) for one in dict.fromkeys(df.tolist())}
    return found, np.array([solved[one] for one in df.tolist()])


def _solve(tail: Callable[[float, float], float], level: float, side: str, count: int, df: float) -> float:
    """Critical value between those of one comparison and of Bonferroni."""
    # scipy.optimize costs more to import than a fit.
    from scipy.optimize import brentq

    one = np.array([df])
    low, high = (float(find_quantile(one, 1.0 - (1.0 - level) / m, side)[0]) for m in (1, count))
    if count == 1:
        return low
    return float(brentq(lambda critical: tail(critical, df) - (1.0 - level), low - 1e-3, high + 1e-3))


def _find_loads(correlation: Array) -> Array | None:
    """Loads a with correlation a_i a_j of every pair; None where no single factor has it."""
    count = len(correlation)
    if count == 1:
        return np.zeros(1)
    first = correlation[0].copy()
    if count == 2:
        first[0] = np.sqrt(abs(first[1]))
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            first[0] = np.sqrt(first[1] * first[2] / correlation[1, 2])
    with np.errstate(divide="ignore", invalid="ignore"):
        loads = np.where(np.arange(count) == 0, first, first / first[0] if first[0] else 0.0)
    gap = np.abs(np.outer(loads, loads) - correlation)[~np.eye(count, dtype=bool)].max()
    return loads if gap < _SAME and (1.0 - loads**2 > _NARROW**2).all() else None


def _tail_by_factor(critical: float, df: float, loads: Array, two_sided: bool) -> float:
    """P(some T_j > critical), or of |T_j|, given the common factor and the common scale, averaged over both.

    Given both the T_j are independent. The averages are trapezoid sums of analytic functions that vanish at
    both ends, whose error falls exponentially with the step; the tail is summed itself, not as 1 - P.
    """
    scale, scale_mass = _list_scales(df)
    width = np.sqrt(1.0 - loads**2)
    factor, factor_mass = _list_normal(_STEP * float(width.min()))
    bound, moved = critical * scale[:, None, None], factor[:, None] * loads
    beyond = special.ndtr((moved - bound) / width)
    if two_sided:
        beyond = beyond + special.ndtr((-moved - bound) / width)
    with np.errstate(divide="ignore"):
        some = -np.expm1(np.log1p(-np.minimum(beyond, 1.0)).sum(axis=-1))
    return float(np.einsum("s,sz,z->", scale_mass, some, factor_mass))


def _list_normal(step: float) -> tuple[Array, Array]:
    """Points and masses of a standard normal."""
    count = int(np.ceil(_REACH / step))
    points: Array = np.asarray(step * np.arange(-count, count + 1), dtype=np.float64)
    mass: Array = np.exp(-0.5 * points**2)
    return points, mass / mass.sum()


def _list_scales(df: float) -> tuple[Array, Array]:
    """Points and masses of sqrt(chi² / df), equally spaced in its logarithm."""
    if not np.isfinite(df):
        return np.ones(1), np.ones(1)
    width = 1.0 / np.sqrt(2.0 * df)
    step = min(0.2 * _STEP, _STEP * width)
    low, high = -(_TAIL / df + _REACH * width), _REACH * width
    log = step * np.arange(np.floor(low / step), np.ceil(high / step) + 1)
    mass = np.exp(df * (log - 0.5 * np.expm1(2.0 * log)))
    return np.exp(log), np.asarray(mass / mass.sum())


def _tail_by_lattice(critical: float, df: float, correlation: Array, two_sided: bool) -> float:
    """The same for any correlation, by scipy's multivariate t."""
    from scipy.stats import multivariate_t

    cdf: Any = multivariate_t.cdf
    count = len(correlation)
    # scipy's multivariate t returns 0 for infinite df; at 1e9 it differs from the normal by less than 1e-9
    found = cdf(
        np.full(count, critical),
        shape=correlation,
        df=min(df, 1e9),
        allow_singular=True,
        maxpts=_POINTS,
        lower_limit=np.full(count, -critical if two_sided else -np.inf),
        random_state=np.random.default_rng(_SEED),
    )
    return 1.0 - float(found)
