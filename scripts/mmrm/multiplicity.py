"""Multiplicity adjustment of p-values and confidence limits within a family of comparisons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmrm.asked import check_choice
from mmrm.dunnett import find_largest
from mmrm.errors import RequestError
from mmrm.inference import TTests, find_limits, find_quantile
from mmrm.linalg import Array, Ints

STEPWISE = ("holm", "hochberg")
ADJUSTMENTS = ("bonferroni", "holm", "hochberg", "tukey", "dunnett")
FAMILIES = ("by", "all")


@dataclass(frozen=True)
class Adjusted:
    """Simultaneous counterparts of `TTests`.

    Attributes
    ----------
    adj_pvalue, adj_lower, adj_upper : (l,) arrays
        NaN where the comparison has no p-value; limits are NaN for the stepwise methods, which have none.
    adj_note : tuple of str
        Why a comparison has no adjusted p-value or no adjusted limits; empty where it has both.
    """

    adj_pvalue: Array
    adj_lower: Array
    adj_upper: Array
    adj_note: tuple[str, ...]


def check_adjustment(adjust: str, family: str, kind: str, side: str) -> None:
    """Refuse adjustments that comparisons of a kind (pairs, reference, coefficients) do not have.

    Raises
    ------
    RequestError
        Unknown method or family, Tukey without all pairs, Dunnett without one reference, one-sided Tukey.
    """
    check_choice("adjust", adjust, ADJUSTMENTS)
    check_choice("family", family, FAMILIES)
    if adjust == "tukey" and (kind, side, family) != ("pairs", "two-sided", "by"):
        raise RequestError(
            "adjust='tukey': expected all pairs of means (no reference, no coefficients), two-sided, within "
            "family='by'; ask for holm"
        )
    if adjust == "dunnett" and kind != "reference":
        raise RequestError("adjust='dunnett': expected comparisons with one reference=; ask for holm")


def adjust_tests(
    tests: TTests,
    families: Sequence[Ints],
    adjust: str,
    level: float,
    side: str,
    correlate: Callable[[Ints], Array],
) -> Adjusted:
    """Adjust every family on its own (``eq:adjusted-p``).

    Parameters
    ----------
    tests : TTests
        Unadjusted tests. A comparison without a p-value is not tested and does not count in its family.
    families : sequence of int arrays
        Row numbers of each family.
    adjust : str
        One of `ADJUSTMENTS`.
    level : float
        Simultaneous confidence level.
    side : str
        As in the tests.
    correlate : callable
        Correlation matrix of the estimates of the given rows, for ``dunnett``.
    """
    out = np.full((3, tests.pvalue.size), np.nan)
    for family in families:
        rows = family[np.isfinite(tests.pvalue[family]) & (tests.se[family] > 0)]
        if not rows.size:
            continue
        critical = None
        if adjust == "tukey":
            out[0, rows], critical = _tukey(tests.statistic[rows], tests.df[rows], level)
        elif adjust == "dunnett":
            p, critical = find_largest(tests.statistic[rows], tests.df[rows], level, side, correlate(rows))
            out[0, rows] = np.clip(p, tests.pvalue[rows], np.minimum(1.0, rows.size * tests.pvalue[rows]))
        else:
            out[0, rows] = adjust_pvalues(tests.pvalue[rows], adjust)
        if adjust == "bonferroni":
            critical = find_quantile(tests.df[rows], 1.0 - (1.0 - level) / rows.size, side)
        if critical is not None:
            out[1:, rows] = find_limits(tests.estimate[rows], tests.se[rows], critical, side)
    missing = np.isnan(out[:2])
    notes = tuple(_explain(adjust, *each) for each in missing.T.tolist())
    return Adjusted(out[0], out[1], out[2], notes)


def _explain(adjust: str, no_pvalue: bool, no_limits: bool) -> str:
    """Why numbers of one comparison are missing."""
    if no_pvalue:
        return "no p-value: not tested, and not counted in its family"
    if no_limits and adjust in STEPWISE:
        return f"no simultaneous limits agree with {adjust}; ask for bonferroni, tukey or dunnett"
    return ""


def adjust_pvalues(pvalue: Array, adjust: str) -> Array:
    """Adjusted p-values of one family by ``bonferroni``, ``holm`` or ``hochberg``.

    Parameters
    ----------
    pvalue : (l,) array
        Unadjusted p-values, all finite.
    """
    count = pvalue.size
    if adjust == "bonferroni":
        return np.minimum(1.0, count * pvalue)
    order = np.argsort(pvalue, kind="stable")
    stepped = pvalue[order] * np.arange(count, 0, -1)
    if adjust == "holm":
        stepped = np.maximum.accumulate(stepped)
    else:
        stepped = np.minimum.accumulate(stepped[::-1])[::-1]
    out = np.empty(count)
    out[order] = np.minimum(1.0, stepped)
    return out


# scipy.stats is imported where it is used: it costs more than a fit.


def _tukey(statistic: Array, df: Array, level: float) -> tuple[Array, Array]:
    """Studentised range of as many means as have all their pairs here (Tukey-Kramer)."""
    from scipy.stats import studentized_range

    n_means = (1 + np.sqrt(1 + 8 * statistic.size)) / 2
    tail = studentized_range.sf(np.sqrt(2.0) * np.abs(statistic), n_means, df)
    critical = _by_df(df, lambda one: float(studentized_range.ppf(level, n_means, one)) / np.sqrt(2.0))
    return np.clip(tail, 0.0, 1.0), critical


def _by_df(df: Array, solve: Callable[[float], float]) -> Array:
    """One critical value for each distinct df."""
    found = {one: solve(one) for one in dict.fromkeys(df.tolist())}
    return np.array([found[one] for one in df.tolist()])
