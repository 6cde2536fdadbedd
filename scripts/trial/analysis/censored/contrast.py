"""Arm means and comparisons of arms adjusted for the baseline, from the joint distribution of all visits.

The regression of visit t on the baseline follows from the joint normal: slope beta_t = Sigma_0t / Sigma_00.
At the common baseline x* an arm's adjusted mean is m_t + beta_t (x* - m_0); with a common covariance a
comparison is delta_t - beta_t delta_0, whatever x*.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from trial.analysis.censored.fit import CensoredFit
from trial.analysis.censored.problem import CensoredData, Layout

Floats = NDArray[np.float64]
STEP = 1e-6  # of the central differences of a contrast


@dataclass(frozen=True)
class Contrast:
    """Estimates (k,) of one weighted sum of arms at each visit after the first, with their inference.

    `se` is that of the observed information times sqrt(n_t / df), `df` = n_t less arms, slopes on the
    baseline and covariates: exact for complete uncensored data. `raw_se` is without that factor.
    """

    estimate: Floats
    raw_se: Floats
    se: Floats
    df: Floats

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Return two-sided confidence limits."""
        half = student.ppf((1 + level) / 2, self.df) * self.se
        return self.estimate - half, self.estimate + half

    @property
    def statistic(self) -> Floats:
        """t of no difference."""
        return np.asarray(self.estimate / self.se)

    def pvalue(self, null: float = 0.0, side: str = "two-sided") -> Floats:
        """Return p-values of `null`; `side` is the alternative: two-sided, greater or less."""
        t = (self.estimate - null) / self.se
        if side == "two-sided":
            return np.asarray(2 * student.sf(np.abs(t), self.df))
        return np.asarray(student.sf(t if side == "greater" else -t, self.df))


def adjusted(theta: Floats, data: CensoredData, at: float | None = None) -> tuple[Floats, Floats]:
    """Return adjusted arm means (B, A, T - 1) and the baseline (B,) they stand at, of parameters (B, p).

    The first visit is the baseline. They stand at the baseline `at`, on the scale of the fit; where it is not
    given, at the average of the arms' means, weighted by arm size.
    """
    means, _, root = Layout.of(data).unpack(theta)
    sigma = root @ np.swapaxes(root, -1, -2)
    slope = sigma[:, :, 0, 1:] / sigma[:, :, :1, 0]
    if not data.by_arm:
        slope = np.repeat(slope, data.arms, axis=1)
    common = means[:, :, 0] @ (np.bincount(data.arm) / len(data.arm))
    common = common if at is None else np.full_like(common, at)
    return means[:, :, 1:] + slope * (common[:, None] - means[:, :, 0])[:, :, None], common


def contrast(fit: CensoredFit, weights: Floats) -> Contrast:
    """Return a weighted sum of the adjusted arm means at every visit after the baseline.

    Parameters
    ----------
    fit : CensoredFit
        Of at least two visits.
    weights : (A,)
        1 for one arm's mean, the baseline it stands at taken as a fixed number, as in a model with the
        baseline as covariate; weights that sum to zero for a comparison.
    """
    held = None if abs(weights.sum()) < 1e-9 else float(adjusted(fit.theta[None], fit.data)[1][0])

    def value(theta: Floats) -> Floats:
        return np.asarray(np.einsum("a,bat->bt", weights, adjusted(theta, fit.data, held)[0]))

    steps = STEP * np.eye(len(fit.theta))
    slope = (value(fit.theta + steps) - value(fit.theta - steps)).T / (2 * STEP)
    variance = np.einsum("tp,pq,tq->t", slope, np.linalg.inv(fit.information), slope)
    estimate = value(fit.theta[None])[0] * fit.scale.spread + weights.sum() * fit.scale.centre
    raw = np.sqrt(variance) * fit.scale.spread
    n = fit.data.present[:, 1:].sum(axis=0).astype(float)
    df = n - degrees_spent(fit.data)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(df > 0, raw * np.sqrt(n / np.where(df > 0, df, np.nan)), np.nan)
    return Contrast(estimate, raw, se, np.where(df > 0, df, np.nan))


def degrees_spent(data: CensoredData) -> int:
    """Return the coefficients of the regression of one visit on arm, baseline and covariates."""
    slopes = data.arms if data.by_arm else 1
    return data.arms + slopes + int(data.covariates.shape[1])


def common_baseline(fit: CensoredFit) -> float:
    """Return the baseline at which adjusted means stand, in the unit of the data."""
    return float(adjusted(fit.theta[None], fit.data)[1][0]) * fit.scale.spread + fit.scale.centre
