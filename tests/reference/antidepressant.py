"""Checks against SAS PROC MIXED on the antidepressant trial (unstructured, DDFM=KR)."""

import json
from functools import cache, partial

from reference import fits, sas
from reference.agreement import SHARED, Check, half_unit
from reference.fits import Spec
from reference.listings import ROUNDING, f_checks, row_checks
from reference.tolerances import root_excess

CASE, PROGRAM = "antidepressant", "SAS PROC MIXED DDFM=KR"
SPEC = Spec(
    "antidepressant",
    "CHANGE ~ BASVAL:VISIT + VISIT:THERAPY",
    subject="PATIENT",
    visit="VISIT",
    df_method="kenward-roger",
)
NOT_COVERED = {"sas_five_macros": "multiple imputation: a Monte-Carlo result of the missing-data analyses"}


@cache
def read() -> dict:
    """The PROC MIXED part of the published numbers."""
    path = SHARED / "antidepressant" / "published.json"
    return json.loads(path.read_text())["sas_proc_mixed"] if path.exists() else {}


def _sigma(i: int, j: int) -> float:
    return float(fits.sigma(SPEC)[i, j])


def _mean(therapy: str, visit: int, key: str) -> float:
    table = fits.lsmeans_table(SPEC, "THERAPY", "VISIT", "equal")
    return fits.cell(table, {"t": "statistic", "p": "pvalue"}.get(key, key), THERAPY=therapy, VISIT=visit)


def _difference(row: dict, key: str) -> float:
    one = fits.mean_row(SPEC, THERAPY=row["therapy"], VISIT=str(row["visit"]))
    two = fits.mean_row(SPEC, THERAPY=row["therapy2"], VISIT=str(row["visit2"]))
    value = fits.contrast(SPEC, one - two)
    if key in value:
        return value[key]
    if key == "t":
        return value["estimate"] / value["se"]
    return fits.joint_test(SPEC, (one - two)[None, :])["p"]


def checks() -> list[Check]:
    """Deviance, Sigma, LS means, all 28 differences and the type 3 tests."""
    record = read()
    if not record:
        return []
    deviance = record["neg2_res_loglik"]
    far = partial(root_excess, SPEC, deviance, ROUNDING)
    out = [
        Check(
            CASE,
            "-2 log-likelihood",
            "deviance",
            PROGRAM,
            deviance,
            partial(fits.deviance, SPEC),
            sas.DEVIANCE,
            sas.EARLY,
            ceiling=sas.ABOVE,
        )
    ]
    for name, value in record["cov"].items():
        i, j = (int(n) - 1 for n in name[3:-1].split(","))
        out.append(
            Check(
                CASE,
                name,
                "sigma",
                PROGRAM,
                value,
                partial(_sigma, i, j),
                partial(_width, far, value),
                sas.PRINTED,
            )
        )
    for row in record["lsmeans"]:
        ours = partial(_mean, row["therapy"], row["visit"])
        out += row_checks(CASE, f"LS mean {row['therapy']} {row['visit']}", row, ours, PROGRAM, far)
    for row in record["differences"]:
        label = f"{row['therapy']} {row['visit']} - {row['therapy2']} {row['visit2']}"
        out += row_checks(CASE, label, row, partial(_difference, row), PROGRAM, far)
    for row in record["type3"]:
        term = row["effect"].replace("basval", "BASVAL").replace("*", ":")
        out += f_checks(CASE, f"type 3 {term}", row, partial(fits.type3, SPEC, term), PROGRAM, far)
    return out


def _width(far, value: float) -> float:
    # the standard error of a (co)variance here is about 12 % of its value
    return half_unit(value) + far() * 0.12 * value
