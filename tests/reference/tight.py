"""Checks against the tight optimum of FEV1 ~ ARMCD (unstructured and Toeplitz), at 1e-7."""

import json
from dataclasses import replace
from functools import partial

from reference import fits
from reference.agreement import SHARED, Check
from reference.sas import FEV

PROGRAM = "tight optimum"
REASON = "a converged optimum (README of the reference folder): 1e-7"


def checks() -> list[Check]:
    """Deviance, estimate, KR(LINEAR) standard error, df and Sigma."""
    path, out = SHARED / "fev" / "tight_optimum_KR.json", []
    for name, record in (json.loads(path.read_text()) if path.exists() else {}).items():
        spec, case = replace(FEV, covariance=name, df_method="kenward-roger-linear"), f"fev {name} tight"
        numbers = [
            ("deviance", "-2 log-likelihood", record["neg2loglik"], partial(fits.deviance, spec), 1e-7),
            (
                "estimate",
                "estimate TRT - PBO",
                record["est"],
                partial(fits.coefficient, spec, "params", "ARMCDTRT"),
                1e-7,
            ),
            (
                "se",
                "se TRT - PBO",
                record["se_krlin"],
                partial(fits.coefficient, spec, "bse", "ARMCDTRT"),
                1e-7,
            ),
            (
                "df",
                "df TRT - PBO",
                record["df"],
                partial(fits.coefficient, spec, "df", "ARMCDTRT"),
                1e-7 * record["df"],
            ),
        ]
        out += [
            Check(case, quantity, kind, PROGRAM, value, ours, limit, REASON)
            for kind, quantity, value, ours, limit in numbers
        ]
        for i, row in enumerate(record["varcor"]):
            out += [
                Check(case, f"Sigma[{i + 1},{j + 1}]", "sigma", PROGRAM, row[j], partial(_sigma, spec, i, j),
                      1e-7 * max(abs(row[i]), 1.0), REASON)
                for j in range(i + 1)
            ]  # fmt: skip
    return out


def _sigma(spec, i: int, j: int) -> float:
    return float(fits.sigma(spec)[i, j])
