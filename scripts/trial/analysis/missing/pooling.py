"""Rubin's rules with the degrees of freedom of Barnard and Rubin, and their Monte-Carlo errors."""

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from scipy import stats

Number: TypeAlias = Any  # a float or an array of floats

# Estimates that are equal but for the last bit vary by the square of it.
_ROUNDING = 1e-24


@dataclass(frozen=True, eq=False)
class Pooled:
    """Pooled results; each is a float or an array of one shape.

    Attributes
    ----------
    estimate, se, df, pvalue
        Two-sided p-value against zero.
    share : lambda, the share of the variance that comes from imputation.
    increase : r, the relative increase of the variance (riv).
    fmi : fraction of missing information with Rubin's (1987) degrees of freedom, as SAS computes it.
    """

    estimate: Number
    se: Number
    df: Number
    pvalue: Number
    share: Number
    increase: Number
    fmi: Number

    def limits(self, level: float) -> tuple[Number, Number]:
        """Return the confidence limits."""
        half = stats.t.ppf((1 + level) / 2, self.df) * self.se
        return self.estimate - half, self.estimate + half


def combine(estimate: Number, within: Number, between: Number, count: int, complete_df: float) -> Pooled:
    """Combine mean estimate, mean squared standard error and variance between imputations.

    Source: Barnard and Rubin 1999. Without variance between imputations (nothing was missing) the degrees of
    freedom are those of the complete-data analysis, which is then reproduced.
    """
    estimate, within, between = map(np.asarray, (estimate, within, between))
    extra = (1 + 1 / count) * between
    total = within + extra
    share = np.divide(extra, total, out=np.zeros_like(total), where=extra > _ROUNDING * total)
    with np.errstate(divide="ignore", invalid="ignore"):
        old = (count - 1) / share**2
        observed = complete_df * (1 - share)
        if np.isfinite(complete_df):
            observed = (complete_df + 1) / (complete_df + 3) * observed
        df = np.where(share > 0, 1 / (1 / old + 1 / observed), complete_df)
        increase = share / (1 - share)
        se = np.sqrt(total)
        fmi = np.where(share > 0, (increase + 2 / (old + 3)) / (1 + increase), 0.0)
        pvalue = 2 * stats.t.sf(np.abs(estimate) / se, df)
    return Pooled(estimate, se, df, pvalue, share, increase, fmi)


def pool(estimates: Number, variances: Number, complete_df: float) -> Pooled:
    """Pool the estimates and squared standard errors of M completed data sets.

    One data set stands for all where nothing was imputed.
    """
    between = estimates.var(ddof=1) if estimates.size > 1 else np.float64(0.0)
    return combine(estimates.mean(), variances.mean(), between, max(estimates.size, 2), complete_df)


def monte_carlo_errors(estimates: Number, variances: Number, complete_df: float) -> Pooled:
    """Return the Monte-Carlo error of every pooled number: the jackknife over imputations.

    All pools without one imputation follow from sums (Royston, Carlin and White 2009). One data set, where
    nothing was imputed, has no such error.
    """
    count = estimates.size
    if count == 1:
        return Pooled(*(np.float64(0.0) for _ in fields(Pooled)))
    left = count - 1
    centred = estimates - estimates.mean()
    between = ((centred**2).sum() - centred**2 * count / left) / (left - 1) if left > 1 else 0 * centred
    between = np.maximum(between, 0.0)
    within = (variances.sum() - variances) / left
    each = combine(estimates.mean() - centred / left, within, between, left, complete_df)
    values = (getattr(each, field.name) for field in fields(Pooled))
    return Pooled(*(np.sqrt(left / count * ((v - v.mean()) ** 2).sum()) for v in values))
