"""Nineteen subjects with gaps, drop-outs and no seed: their panel, and the numbers found for it elsewhere."""

import numpy as np

from trial.analysis.missing.panel import Panel

TEXT = """
01 0 8.4 -0.3 -0.5 -0.2 -|02 0 9.1 -0.6 -0.4 -0.9 -|03 0 8.9 0.1 0.2 . 3|04 0 10.2 -0.9 -1.4 -1.1 -
05 0 8.1 0.2 -0.1 0.3 -|06 0 9.6 -0.5 . . 2|07 0 8.7 -0.1 -0.6 -0.4 -|08 0 9.3 -0.7 -0.2 -0.6 -
09 0 8.5 0.0 . -0.3 -|10 1 8.8 -0.6 -1.1 -1.4 -|11 1 9.9 -0.8 -1.7 -2.1 -|12 1 8.3 -0.2 -0.4 . 3
13 1 9.2 -0.9 -1.0 -1.8 -|14 1 8.6 -0.1 . . 2|15 1 10.1 -1.2 -1.9 -1.7 -|16 1 9.0 0.1 -0.7 -0.5 -
17 1 8.2 -0.4 -0.9 -0.7 -|18 1 9.5 -0.3 -0.6 . 3|19 1 8.9 . -1.3 -1.2 -
"""
ROWS = [line.split() for line in TEXT.replace("\n", "|").split("|") if line]
NUMBER = {row[0]: k for k, row in enumerate(ROWS)}


def panel(covariate=True):
    """Return the panel; the switch is the drop-out, which the table gives as a visit from 1."""
    arm = np.array([int(row[1]) for row in ROWS])
    base = np.array([float(row[2]) for row in ROWS])
    response = np.array([[np.nan if cell == "." else float(cell) for cell in row[3:6]] for row in ROWS])
    switch = np.array([3 if row[6] == "-" else int(row[6]) - 1 for row in ROWS])
    columns = [np.ones(len(arm)), arm, base][: 3 if covariate else 2]
    return Panel(response, np.column_stack(columns).astype(float), arm, switch, 2)


ARM = np.array([0.0, 1.0, 0.0])  # active minus reference among 1, arm, baseline
COEFFICIENTS = np.array(
    [
        [3.69373632, 4.24256391, 5.00881667],
        [-0.15103140, -0.56587277, -0.71880387],
        [-0.44608449, -0.51967058, -0.60827370],
    ]
)
SIGMA = np.array(
    [
        [0.07745309, 0.05168282, 0.05940024],
        [0.05168282, 0.13987121, 0.04268307],
        [0.05940024, 0.04268307, 0.11096626],
    ]
)
# Conditional mean and ANCOVA: visits 1, 2, 3; SE of the jackknife at visit 3; visit 3 with one Sigma per arm.
CONDITIONAL = {
    "MAR": (-0.15103140, -0.56587277, -0.71880387, 0.22071620, -0.71349147),
    "J2R": (-0.15103140, -0.50667336, -0.49763257, 0.19878818, -0.50067365),
    "CR": (-0.15103140, -0.51721658, -0.53600280, 0.17626312, -0.52228371),
    "CIR": (-0.15103140, -0.52247368, -0.62834887, 0.18860657, -0.62966654),
    "LMCF": (-0.15103140, -0.53220149, -0.64701644, 0.19210600, -0.63832231),
}
CELLS = ("03.3", "06.2", "06.3", "09.2", "12.3", "14.2", "14.3", "18.3", "19.1")
MAR = (-0.106561, -0.687103, -0.762605, -0.119205, -0.781877, -0.663276, -0.792649, -1.174116, -0.543597)
IMPUTED = {
    "MAR": MAR,
    "J2R": (*MAR[:4], -0.063073, -0.097403, -0.073845, -0.455312, MAR[8]),
    "CR": (*MAR[:4], -0.192347, -0.198183, -0.189674, -0.584586, MAR[8]),
    "CIR": (*MAR[:4], -0.628946, -0.248435, -0.224876, -1.021185, MAR[8]),
    "LMCF": (
        -0.084246, -0.529504, -0.520668, MAR[3], -0.659793, -0.164422, -0.145130, -0.945708, MAR[8],
    ),
}  # fmt: skip
