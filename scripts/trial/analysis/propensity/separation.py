"""Whether the covariates tell the arms apart, so that maximum likelihood has no finite estimate."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Separation = Literal["none", "quasi-complete", "complete"]
ZERO = 1e-7


def find_separation(design: Array, treated: Array) -> Separation:
    """Return how a design separates the arms, by linear programming (Konis 2007).

    Parameters
    ----------
    design : (n, k) array
        With the intercept.
    treated : (n,) array
        1 and 0.

    Returns
    -------
    str
        `complete`: some score is above zero for all the treated and below for all controls. `quasi-complete`:
        for some subjects it is zero. `none`: the maximum likelihood estimate is finite.
    """
    from scipy.optimize import linprog

    signed = (2 * treated - 1)[:, None] * design
    n, k = design.shape
    box = [(-1.0, 1.0)] * k
    apart = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(n), bounds=box, method="highs")
    if -float(apart.fun or 0.0) <= ZERO:
        return "none"
    gap = np.column_stack([-signed, np.ones(n)])
    wide = linprog(np.append(np.zeros(k), -1.0), A_ub=gap, b_ub=np.zeros(n), bounds=[*box, (None, 1.0)])
    return "complete" if -float(wide.fun or 0.0) > ZERO else "quasi-complete"
