"""What the data cannot carry, found before the fit: means and likelihoods without a bound.

The likelihood grows without bound where the fully observed subjects of some visits lie on one hyperplane and
no censored subject contradicts it: the covariance shrinks to that plane. Enough observed subjects cannot lie
on one; below that number a linear programme says whether such a plane exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from trial.analysis.censored.problem import LEFT, RIGHT, CensoredData, Floats, Ints

SMALL = 1e-9  # of the largest weight: a direction with such a part does not use its visit


@dataclass(frozen=True)
class Collapse:
    """Visits and covariance group whose fully observed subjects lie on one hyperplane.

    Attributes
    ----------
    visits : tuple of int
    group : int
    found, needed : int
        Fully observed subjects there, and how many rule a collapse out.
    """

    visits: tuple[int, ...]
    group: int
    found: int
    needed: int


def unbounded_cells(data: CensoredData) -> NDArray[np.bool_]:
    """Return (A, T) where the mean of an arm at a visit has no finite estimate.

    There is no value, or no observed one and all others lie on the same side of their limits.
    """
    found = np.zeros((data.arms, data.visits), dtype=bool)
    for arm in range(data.arms):
        present, side = data.present[data.arm == arm], data.side[data.arm == arm]
        for visit in range(data.visits):
            seen = set(side[present[:, visit], visit].tolist())
            found[arm, visit] = seen in (set(), {LEFT}, {RIGHT})
    return found


def find_collapse(data: CensoredData) -> Collapse | None:
    """Return the first visits and group at which the likelihood has no bound, if there are any."""
    for group in range(int(data.groups.max()) + 1):
        members = data.groups == group
        arms = len(set(data.arm[members].tolist()))
        for size in range(1, data.visits + 1):
            for visits in combinations(range(data.visits), size):
                needed = size + arms + data.covariates.shape[1]
                found = int(data.observed[members][:, visits].all(axis=1).sum())
                if 0 < found < needed and _has_plane(data, members, np.array(visits)):
                    return Collapse(visits, group, found, needed)
    return None


def _has_plane(data: CensoredData, members: NDArray[np.bool_], visits: Ints) -> bool:
    """Return whether some hyperplane with all of `visits` passes through every subject's possible values.

    w'y = a plane per arm (+ slopes of the covariates); for each pattern of signs of w a linear programme.
    """
    rows = np.flatnonzero(members & data.present[:, visits].all(axis=1))
    arms = np.unique(data.arm[rows], return_inverse=True)[1]
    free = np.column_stack([np.eye(arms.max() + 1)[arms], data.centred[rows]])
    value, side = data.value[np.ix_(rows, visits)], data.side[np.ix_(rows, visits)]
    scale = value.std(axis=0)
    value = (value - value.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    # w and -w are the same plane: the first sign is fixed.
    signs = ([1.0, *rest] for rest in product((1.0, -1.0), repeat=len(visits) - 1))
    return any(_feasible(value, side, free, np.array(sign)) for sign in signs)


def _feasible(value: Floats, side: Ints, free: Floats, sign: Floats) -> bool:
    """Return whether a plane exists whose weights have these signs, all of them away from zero."""
    equal, below = list[Floats](), list[Floats]()
    for line, kind in _constraints(value, side, free, sign):
        (equal if kind == 0 else below).append(line * (kind or 1))
    k, extra = len(sign), free.shape[1]
    # Variables: the sizes of the weights (sum 1), the free part, and the smallest weight, which is maximised.
    columns = k + extra + 1
    smallest = np.column_stack([-np.eye(k), np.zeros((k, extra)), np.ones(k)])
    pad = [np.append(line, 0.0) for line in equal]
    sums = np.concatenate([np.ones(k), np.zeros(extra + 1)])
    found = linprog(
        np.append(np.zeros(columns - 1), -1.0),
        A_ub=np.vstack([smallest, *(np.append(line, 0.0) for line in below)]),
        b_ub=np.zeros(k + len(below)),
        A_eq=np.vstack([sums, *pad]),
        b_eq=np.append(1.0, np.zeros(len(pad))),
        bounds=np.array([[0.0, np.inf]] * k + [[-np.inf, np.inf]] * extra + [[0.0, np.inf]]).tolist(),
        method="highs",
    )
    return bool(found.status == 0 and -float(found.fun or 0.0) > SMALL)


def _constraints(value: Floats, side: Ints, free: Floats, sign: Floats) -> Iterator[tuple[Floats, int]]:
    """Yield one line per subject and its kind: 0 where it is zero, 1 where at most zero, -1 at least zero.

    Of a censored subject w'y runs to infinity in the directions that its censored visits leave open; where
    they leave both open there is nothing to hold.
    """
    for y, s, x in zip(value, side, free, strict=True):
        # Below the limit the values run down: w'y falls where w is positive.
        opens = {int(a) for a in -(s * sign) if a}
        if len(opens) < 2:
            line = np.concatenate([y * sign, -x])
            # It can only fall: the highest value must reach the plane, so line >= 0; and the reverse.
            yield line, (next(iter(opens)) if opens else 0)
