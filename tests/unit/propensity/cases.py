"""A deterministic trial of 60 subjects whose arms were chosen by covariates; no random numbers.

Covariates are normal quantiles of a permutation modulo the prime 71, so that any language makes the same.
"""

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

N = np.arange(60)


def u(a):
    return ndtri(((a * (N + 1)) % 71) / 71)


U0, U1, U2, U3 = u(3), u(11), u(19), u(29)
SEX = ((13 * (N + 1)) % 71 < 31).astype(float)
ETA = -0.25 * U0 - 0.35 * U1 - 0.2 * U2 + 0.3 * U3 + 0.3 * (SEX - 0.45)
TREATED = (((45 * (N + 1)) % 71) / 71 < expit(ETA)).astype(float)
DESIGN = np.column_stack([np.ones(60), U0, U1, U2, U3, SEX])
BASE = 9.2 + 0.8 * U3
_ROOT = np.linalg.cholesky(np.array([[0.49, 0.44, 0.35], [0.44, 0.81, 0.69], [0.35, 0.69, 1.21]]))
CHANGE = (
    np.array([-0.2, -0.4, -0.5])
    + TREATED[:, None] * np.array([-0.2, -0.5, -0.6])
    - 0.35 * (BASE - 9.2)[:, None] * np.array([0.8, 1, 1.1])
    + 0.10 * U1[:, None] * np.array([0.5, 1, 1])
    + np.column_stack([u(5), u(17), u(53)]) @ _ROOT.T
)
SEEN = np.ones((60, 3), dtype=bool)
SEEN[N % 13 == 4, 2] = False
SEEN[N % 19 == 8, 1:] = False
VISITS = ("M1", "M3", "M6")


def long(seen=SEEN, change=CHANGE):
    """Return one row per subject and seen visit, with every covariate."""
    rows = [
        (f"S{i:02d}", VISITS[t], change[i, t], "CELL" if TREATED[i] else "STD", BASE[i])
        for i in range(60)
        for t in range(3)
        if seen[i, t]
    ]
    table = pd.DataFrame(rows, columns=["S", "V", "Y", "A", "B"])
    table["A"] = pd.Categorical(table["A"], ["STD", "CELL"])
    table["V"] = pd.Categorical(table["V"], list(VISITS))
    return table
