"""A deterministic trial with values beyond their limits, and its censored and missing patterns.

Values are normal scores of multiples modulo 71: no random numbers, so that every language makes the same.
"""

import numpy as np
from scipy.special import ndtri

from trial.analysis.censored.problem import LEFT, OBSERVED, RIGHT, CensoredData

N = 60
CORRELATION = np.array([[1, 0.7, 0.6, 0.5], [0.7, 1, 0.7, 0.6], [0.6, 0.7, 1, 0.7], [0.5, 0.6, 0.7, 1]])


def scores(multiplier):
    return ndtri(((multiplier * (np.arange(N) + 1)) % 71) / 71)


def values():
    """Return ln values (60, 4): arm = i mod 2, means that part over time, correlated visits."""
    z = np.column_stack([scores(1), scores(7), scores(23), scores(40)])
    arm = np.arange(N) % 2
    shift = arm[:, None] * np.array([0.3, 0, -0.3, -0.6])
    return np.log(1.2) + shift + z @ (0.8 * np.linalg.cholesky(CORRELATION)).T


def trial(case, by_arm=False, missing=True, covariates=None):
    """Return case A (two lower limits), B (one) or C (nothing censored); the upper limit of A and B is 3.5."""
    y, i = values(), np.arange(N)
    lower = {
        "A": np.where(i % 3 == 0, np.log(1.3), 0.0),
        "B": np.full(N, np.log(0.7)),
        "C": np.full(N, -np.inf),
    }
    upper = np.inf if case == "C" else np.log(3.5)
    low = np.broadcast_to(lower[case][:, None], y.shape)
    side = np.where(y <= low, LEFT, np.where(y >= upper, RIGHT, OBSERVED))
    value = np.where(side == LEFT, low, np.where(side == RIGHT, upper, y))
    if missing:
        gone = np.zeros(y.shape, dtype=bool)
        gone[i % 10 == 0, 3] = True
        gone[np.ix_(i % 20 == 3, [2, 3])] = True
        value, side = np.where(gone, np.nan, value), np.where(gone, OBSERVED, side)
    X = np.empty((N, 0)) if covariates is None else covariates
    return CensoredData(value, side, i % 2, X, by_arm)
