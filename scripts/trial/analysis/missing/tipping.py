"""How a pooled comparison answers to a shift of the imputed values, exactly and without imputing anew.

A shift of the imputed values of an arm, fixed beforehand, moves every estimate by the same amount and the
residual sums of squares by a quadratic: a whole grid follows from a few stored sums.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from mmrm.linalg import Array, Bools, Ints, multiply
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.pooling import Pooled, combine

# Places at which significance is looked for before a crossing is solved for.
_PLACES = 129
Verdict = Literal["found", "nothing imputed", "not significant", "no effect of a shift"]


@dataclass(frozen=True, eq=False)
class Surface:
    """One comparison at one visit as a function of the shifts (delta of each column of multipliers).

    Attributes
    ----------
    estimate, within, between : float
        Mean estimate, mean squared standard error and variance between imputations without shift.
    count : int
        Imputations.
    complete_df : float
    slope : (k,) array
        Change of the estimate per unit of each shift.
    unit : float
        Variance of the contrast in units of the residual sum of squares.
    linear : (k,) array
        Mean over imputations of the multipliers' product with the residuals.
    quadratic : (k, k) array
    """

    estimate: float
    within: float
    between: float
    count: int
    complete_df: float
    slope: Array
    unit: float
    linear: Array
    quadratic: Array

    @classmethod
    def of(cls, ancova: Ancova, contrast: Array, values: Array, multipliers: Array) -> "Surface":
        """Return the surface of completed values (M, n) and multipliers (n, k), zero for observed values."""
        estimates, variances = ancova.analyse(values, contrast)
        beside = ancova.residuals(multipliers.T).T
        return cls(
            estimate=float(estimates.mean()),
            within=float(variances.mean()),
            between=float(estimates.var(ddof=1)) if estimates.size > 1 else 0.0,
            count=max(estimates.size, 2),
            complete_df=ancova.freedom,
            slope=multiply(multipliers.T, ancova.weights(contrast)[:, None])[:, 0],
            unit=ancova.variance(contrast) / ancova.freedom,
            linear=multiply(values, beside).mean(axis=0),
            quadratic=multiply(multipliers.T, beside),
        )

    def at(self, shifts: Array) -> Pooled:
        """Return the pooled results at shifts (..., k)."""
        moved = self.estimate + np.einsum("...k,k->...", shifts, self.slope)
        grown = 2 * np.einsum("...k,k->...", shifts, self.linear)
        grown = grown + np.einsum("...k,kl,...l->...", shifts, self.quadratic, shifts)
        within = self.within + self.unit * grown
        return combine(moved, within, np.full_like(within, self.between), self.count, self.complete_df)

    def along(self, column: int) -> "Surface":
        """Return the surface of one shift alone."""
        one = slice(column, column + 1)
        return Surface(
            self.estimate, self.within, self.between, self.count, self.complete_df,
            self.slope[one], self.unit, self.linear[one], self.quadratic[one, one],
        )  # fmt: skip


@dataclass(frozen=True)
class Tipping:
    """Where the conclusion flips.

    Attributes
    ----------
    verdict : str
        `found`, or why there is nothing to find.
    shift : float
        The shift at which the p-value is alpha; NaN unless found.
    error : float
        Its Monte-Carlo error.
    """

    verdict: Verdict
    shift: float
    error: float


def find_tipping(surface: Surface, alpha: float) -> Tipping:
    """Find the smallest shift of one arm that ends significance.

    Between no shift and the shift that makes the estimate zero the statistic falls to zero and crosses the
    critical value once: its square has at most one other stationary point.
    """
    if not np.any(surface.quadratic):
        return Tipping("nothing imputed", np.nan, np.nan)
    if float(surface.at(np.zeros(1)).pvalue) >= alpha:
        return Tipping("not significant", np.nan, np.nan)
    slope = float(surface.slope[0])
    if slope == 0.0:
        return Tipping("no effect of a shift", np.nan, np.nan)
    shift = _cross(surface, 0.0, -surface.estimate / slope, alpha)
    return Tipping("found", shift, float(np.sqrt(surface.between / surface.count) / abs(slope)))


def _cross(surface: Surface, start: float, end: float, alpha: float) -> float:
    """Return where the p-value is alpha between a shift where it is less and one where it is more."""
    return float(brentq(lambda d: float(surface.at(np.array([d])).pvalue) - alpha, start, end, xtol=1e-12))


def draw_line(surface: Surface, shifts: Array, limit: float, alpha: float) -> Array:
    """Return the exact tipping line of two shifts: points (first shift, second shift) where p is alpha.

    On each side of the line where the estimate is zero the statistic rises, and it may fall again: far out
    the shift itself is the noise. Significance holds between an inner and an outer branch.

    Parameters
    ----------
    surface : Surface
        Of two shifts.
    shifts : array
        Values of the second shift at which the first is solved for.
    limit : float
        Largest size of the first shift.

    Returns
    -------
    (4, len(shifts), 2) array
        Outer and inner branch below the line of no effect, inner and outer above it; NaN where there is none.
    """
    line = np.full((4, len(shifts), 2), np.nan)
    line[:, :, 1] = shifts
    if surface.slope[0] == 0.0:
        return line
    for k, second in enumerate(shifts):
        here = _fix(surface, float(second))
        zero = -here.estimate / float(here.slope[0])
        for side, end in enumerate((-limit, limit)):
            if (end < zero) == (side == 0):
                inner, outer = _branches(here, zero, end, alpha)
                line[1 + side, k, 0], line[3 * side, k, 0] = inner, outer
    line[np.abs(line[..., 0]) > limit] = np.nan
    return line


def _branches(surface: Surface, zero: float, end: float, alpha: float) -> tuple[float, float]:
    """Return where p falls to alpha going out from no effect, and where it rises again; NaN for neither."""
    places = np.linspace(zero, end, _PLACES)
    low = surface.at(places[:, None]).pvalue < alpha
    if not low.any():
        return np.nan, np.nan
    first, last = int(np.argmax(low)), len(low) - 1 - int(np.argmax(low[::-1]))
    inner = _cross(surface, places[first - 1], places[first], alpha)
    if last == len(low) - 1:
        return inner, np.nan
    return inner, _cross(surface, places[last], places[last + 1], alpha)


def _fix(surface: Surface, second: float) -> Surface:
    """Return the surface of the first shift with the second held at a value."""
    grown = 2 * surface.linear[1] * second + surface.quadratic[1, 1] * second**2
    return Surface(
        estimate=surface.estimate + float(surface.slope[1]) * second,
        within=surface.within + surface.unit * float(grown),
        between=surface.between,
        count=surface.count,
        complete_df=surface.complete_df,
        slope=surface.slope[:1],
        unit=surface.unit,
        linear=surface.linear[:1] + surface.quadratic[0, 1:2] * second,
        quadratic=surface.quadratic[:1, :1],
    )


def arm_multipliers(missing: Bools, arm: Ints, arms: tuple[int, ...]) -> Array:
    """Return one column per arm: one where a value of that arm is missing at the visit, else zero, (n, k)."""
    return np.stack([(missing & (arm == a)).astype(float) for a in arms], axis=1)
