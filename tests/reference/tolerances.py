"""How far a reference number may lie from the optimum when its program stopped early.

Let e be the excess of the program's deviance over the minimum. To first order the covariance parameters
then lie within r = sqrt(e) of the optimum in units of their joint standard errors (D - D_min = half a
quadratic form in the Hessian, and their covariance is twice its inverse). What follows from Sigma moves by at
most r times its own standard error *as a function of Sigma*:

- an estimate by r * se (its sampling error through Sigma is a part of se);
- a standard error by r * se / sqrt(2 df), which is how Satterthwaite's df are defined; times `ADJUSTED`,
  because the Kenward-Roger term moves too;
- df by about r relative (largest seen in all references: 0.54 r).
"""

from math import sqrt

from scipy.stats import f as snedecor
from scipy.stats import t as student

from reference import fits
from reference.fits import Spec

ADJUSTED = 1.25
Z = 3.919927969  # width of a 95% Wald interval in standard errors


def root_excess(spec: Spec, reference: float, rounding: float = 0.0) -> float:
    """r = sqrt(excess deviance of the reference), with the rounding of its print added to the excess."""
    return sqrt(max(reference - fits.deviance(spec), 0.0) + rounding)


def row_shift(r: float, estimate: float, se: float, df: float) -> dict[str, float]:
    """Largest shift of every number in a row of estimates, keyed as the rows are."""
    t = abs(estimate / se)
    quantile = float(student.ppf(0.975, df))
    d_estimate, d_se = r * se, ADJUSTED * r * se / sqrt(2 * df)
    d_t = (d_estimate + t * d_se) / se
    # a relative change r of df moves the t distribution at x by x (x^2 + 1) / (4 df) in quantile units
    drift = r * (quantile**3 + quantile) / (4 * df)
    d_limit = d_estimate + quantile * d_se + drift * se
    d_p = 2 * float(student.pdf(t, df)) * (d_t + r * (t**3 + t) / (4 * df))
    return {
        "estimate": d_estimate,
        "se": d_se,
        "df": r * df,
        "t": d_t,
        "lower": d_limit,
        "upper": d_limit,
        "p": d_p,
    }


def f_shift(r: float, statistic: float, num_df: float, den_df: float) -> dict[str, float]:
    """Largest shift of an F test's numbers."""
    d_f = 2 * sqrt(statistic) * r + 2 * statistic * ADJUSTED * r / sqrt(2 * den_df)
    density = float(snedecor.pdf(max(statistic, 1e-3), num_df, den_df))
    return {"num_df": 0.0, "den_df": r * den_df, "F": d_f, "p": density * d_f + r / den_df}


def covariance_se(variance_i: float, variance_j: float, covariance: float, n: float) -> float:
    """Standard error of a covariance of n normal observations."""
    return sqrt((variance_i * variance_j + covariance**2) / n)
