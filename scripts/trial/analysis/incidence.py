"""Rates of events per 100 patient-years with exact Poisson limits.

Garwood, F. (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442.
"""

from dataclasses import dataclass

from scipy.special import gammainccinv, gammaincinv

from trial.analysis.counting import PER

DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class Rate:
    """A rate per 100 patient-years with its limits."""

    value: float
    lower: float
    upper: float


def poisson_rate(count: int, years: float, level: float) -> Rate:
    """Return the rate of `count` events in `years` (above 0), with exact limits of a Poisson count.

    They are quantiles of gamma distributions: half those of chi-squared with 2 n and 2 n + 2 degrees.
    """
    tail = (1 - level) / 2
    lower = gammaincinv(count, tail) if count else 0.0
    upper = gammainccinv(count + 1, tail)
    return Rate(*(float(PER * number / years) for number in (count, lower, upper)))
