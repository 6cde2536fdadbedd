"""E-values: how strong an unmeasured confounder would have to be to explain an estimate.

VanderWeele and Ding 2017. A difference of means becomes an approximate risk ratio by exp(0.91 d), d the
difference in units of the outcome's standard deviation within arms (Chinn 2000; Hasselblad and Hedges 1995).
"""

from dataclasses import dataclass
from math import exp, isnan, nan, sqrt

PER_SD = 0.91


@dataclass(frozen=True)
class EValue:
    """An approximate risk ratio with its limits, and the E-values of the estimate and of the nearer limit.

    The limit's E-value is 1 where the interval holds no difference.
    """

    ratio: float
    lower: float
    upper: float
    estimate: float
    limit: float


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio: R + sqrt(R (R - 1)), R the ratio or its inverse, above 1."""
    if isnan(ratio) or ratio <= 0:
        return nan
    above = max(ratio, 1 / ratio)
    return above + sqrt(above * (above - 1))


def from_ratios(ratio: float, lower: float, upper: float) -> EValue:
    """Return the E-values of a risk ratio with its limits."""
    if isnan(lower) or isnan(upper):
        limit = nan
    elif lower <= 1 <= upper:
        limit = 1.0
    else:
        limit = e_value(lower if ratio > 1 else upper)
    return EValue(ratio, lower, upper, e_value(ratio), limit)


def from_difference(estimate: float, lower: float, upper: float, sd: float) -> EValue:
    """Return the E-values of a difference with its printed limits.

    The limits themselves are mapped, so that the limit's E-value is 1 exactly where the printed interval
    holds no difference, also one of a t distribution.

    Parameters
    ----------
    estimate, lower, upper : float
        Difference of means and its limits.
    sd : float
        Standard deviation of the outcome within arms.
    """
    ratio, low, high = (exp(PER_SD * value / sd) for value in (estimate, lower, upper))
    return from_ratios(ratio, low, high)
