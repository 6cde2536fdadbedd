"""PROC MIXED with a WEIGHT statement: a precision for every row.

Source: the listing design/SAS/sas_weighted.txt of openpharma/mmrm (FEV1 = RACE SEX ARMCD AVISIT ARMCD*AVISIT, unstructured, REML,
WEIGHT of the data set). Its Satterthwaite df are no target (workflow/docs/divergences.md).
"""

from functools import partial

from reference import fits
from reference.agreement import SHARED, Check, half_unit
from reference.fits import Spec
from reference.sas import ABOVE, DEVIANCE, FULL, PRINTED, PROGRAM

SPEC = Spec("fev", FULL, subject="USUBJID", visit="AVISIT", precision="WEIGHT")
MINUS_TWO = 3475.77144483
SIGMA = {
    (0, 0): 22.3763, (1, 0): 6.6766, (1, 1): 13.3115, (2, 0): 2.6988, (2, 1): 1.3677, (2, 2): 8.3589,
    (3, 0): 6.5390, (3, 1): 3.7323, (3, 2): 0.08496, (3, 3): 49.7530,
}  # fmt: skip
LSMEANS = {
    ("VIS1", "TRT"): (36.7707, 0.7762), ("VIS1", "PBO"): (33.3745, 0.7724), ("VIS2", "TRT"): (41.6593, 0.5851),
    ("VIS2", "PBO"): (38.2413, 0.6171), ("VIS3", "TRT"): (46.8150, 0.5434), ("VIS3", "PBO"): (43.4221, 0.4678),
    ("VIS4", "TRT"): (52.4316, 1.2260), ("VIS4", "PBO"): (48.1700, 1.1632),
}  # fmt: skip
DIFFERENCE = (3.3962, 1.0925)  # TRT - PBO at VIS1
# SAS ends 1e-5 above the optimum at most: sqrt(1e-5) standard errors of Sigma and of an estimate
STOP = 3.2e-3


def _check(quantity: str, kind: str, value: float, ours, spare: float) -> Check:
    tolerance = half_unit(value) + spare
    return Check("fev us WEIGHT", quantity, kind, f"{PROGRAM} WEIGHT", value, ours, tolerance, PRINTED)


def checks() -> list[Check]:
    """Deviance, Sigma, LS means and a difference."""
    if not SHARED.exists():
        return []
    out = [
        Check(
            "fev us WEIGHT",
            "-2 log-likelihood",
            "deviance",
            f"{PROGRAM} WEIGHT",
            MINUS_TWO,
            partial(fits.deviance, SPEC),
            DEVIANCE,
            PRINTED,
            ceiling=ABOVE,
        )
    ]
    for (i, j), value in SIGMA.items():
        size = (SIGMA[i, i] * SIGMA[j, j] / 130) ** 0.5
        ours = partial(lambda i, j: float(fits.sigma(SPEC)[i, j]), i, j)
        out.append(_check(f"Sigma[{i + 1},{j + 1}]", "sigma", value, ours, STOP * size))
    for (visit, arm), (mean, se) in LSMEANS.items():

        def ours(column: str, visit: str = visit, arm: str = arm) -> float:
            table = fits.lsmeans_table(SPEC, "ARMCD", "AVISIT", "equal")
            return fits.cell(table, column, ARMCD=arm, AVISIT=visit)

        out.append(_check(f"{arm} {visit} estimate", "estimate", mean, partial(ours, "estimate"), STOP * se))
        out.append(_check(f"{arm} {visit} se", "se", se, partial(ours, "se"), STOP * se / 16))

    def difference(column: str) -> float:
        table = fits.contrasts_table(SPEC, "ARMCD", "AVISIT", "PBO")
        return fits.cell(table, column, comparison="TRT - PBO", AVISIT="VIS1")

    for column, value in zip(("estimate", "se"), DIFFERENCE, strict=True):
        spare = STOP * DIFFERENCE[1] / (1 if column == "estimate" else 16)
        out.append(_check(f"TRT - PBO VIS1 {column}", column, value, partial(difference, column), spare))
    return out
