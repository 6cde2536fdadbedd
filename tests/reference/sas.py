"""Checks against SAS PROC MIXED on the FEV1 data: full-precision output and whole listings.

Source of the numbers: the SAS output published in openpharma/mmrm (folders design/ddfm_covtype,
design/Robust, design/anova, design/SAS), kept in the reference folder beside the repository. SAS sorts the
reference level of a factor last: in the listings made with AVISIT(ref='VIS1'), UN(4,4) is the variance at VIS1.
"""

import json
from dataclasses import replace
from functools import cache, partial
from math import sqrt

from reference import fits
from reference.agreement import SHARED, Check
from reference.fits import Spec

PROGRAM = "SAS PROC MIXED"
ESTIMATE, SE, DF, DEVIANCE = 5e-5, 2e-4, 5e-4, 2e-5
EARLY = "SAS stops its iterations early (README of the reference folder)"
PRINTED = "half a unit of the printed digit, plus what SAS's early stop allows"
ABOVE = 1e-8  # the deviance is printed to 8 decimals

FEV = Spec("fev", "FEV1 ~ ARMCD", subject="USUBJID", visit="AVISIT")
STRUCTURE = {
    "Unstructured": "us",
    "Toeplitz": "toep",
    "Heterogeneous Toeplitz": "toeph",
    "Autoregressive": "ar1",
    "HeterogeneousAutoregressive": "ar1h",
    "Compound Symmetry": "cs",
    "Heterogeneous CompoundSymmetry": "csh",
    "Ante-dependence": "adh",
    "Spatial Exponential": "sp_exp",
    "Spatial Power": "sp_exp",
}
KEY = {
    "us": "us",
    "cs": "cs",
    "csh": "csh",
    "ar1": "ar1",
    "arh1": "ar1h",
    "toep": "toep",
    "toeph": "toeph",
    "adh": "adh",
}
KEY["spexp"] = "sp_exp"
TRT = "ARMCDTRT"
VISITS = ["VIS1", "VIS2", "VIS3", "VIS4"]
FULL = "FEV1 ~ RACE + SEX + ARMCD * AVISIT"
FORMULA = {
    "sas_log.txt": FULL,
    "sas_log_reml.txt": FULL,
    "sas_resid_un.txt": "FEV1 ~ RACE + SEX + AVISIT:ARMCD",
    "sas_resid_un_grp.txt": "FEV1 ~ ARMCD",
    "sas_resid_spatial.txt": "FEV1 ~ ARMCD",
}

# SAS stops 1.0e-5 above the optimum here: nlme::gls gives deviance 3754.184904472 and estimate 3.7710 against
# SAS's 3754.184914720 and 3.770908, so the shared README's 5e-5 does not hold for SAS's own number.
EXCEPTIONS = {"csh": (1.2e-4, "SAS stops 1.0e-5 above the optimum, confirmed by nlme::gls")}

# Listings, or parts of them, that stay out, each with its reason.
NOT_COVERED = {
    "sas_log_nonconvergence.txt": "SAS itself did not converge: no results to compare",
    "sas_log_nonconvergence_reml.txt": "SAS itself did not converge: no results to compare",
    "sas_resid_un_weighted.txt": (
        "SAS's WEIGHT divides the variance row by row, with weights that are not in the data; the engine's "
        "weight multiplies a subject's log-likelihood. SAS's df there disagree with every other program"
    ),
}
NOT_COVERED_PARTS = {
    "null_model_lrt": "compares with an independence model, which is no structure of the engine",
    "confidence limits of covariance parameters": "the engine prints none",
    "iterations": "a record of SAS's optimiser",
}


@cache
def read(name: str) -> dict:
    """A reference file, or nothing where the folder is absent."""
    path = SHARED / "fev" / name
    return json.loads(path.read_text()) if path.exists() else {}


def _time_of(structure: str) -> str | tuple[str, ...] | None:
    return ("VISITN", "VISITN2") if structure == "sp_exp" else None


def _full_precision_row(case: str, spec: Spec, row: dict, program: str) -> list[Check]:
    """Estimate, SE, df, t, p and limits of TRT - PBO."""
    estimate, why = EXCEPTIONS.get(spec.covariance, (ESTIMATE, EARLY))
    t = abs(row["tValue"])
    d_t = (estimate + t * SE) / row["StdErr"]
    d_p = row["Probt"] * (d_t * (t + 1) + t * t * DF)  # the t tail falls about as exp(-t^2 / 2)
    numbers = [
        ("estimate", "estimate", "Estimate", "params", estimate, why),
        ("se", "se", "StdErr", "bse", SE, EARLY),
        ("df", "df", "DF", "df", DF * row["DF"], EARLY),
        ("statistic", "t", "tValue", "tvalues", d_t, EARLY),
        ("p", "p", "Probt", "pvalues", d_p, EARLY),
    ]
    out = [
        Check(
            case,
            f"{label} TRT - PBO",
            kind,
            program,
            row[key],
            partial(fits.coefficient, spec, ours, TRT),
            limit,
            reason,
        )
        for kind, label, key, ours, limit, reason in numbers
    ]
    width = estimate + 2 * SE
    return out + [
        Check(
            case,
            f"{side} TRT - PBO",
            "limit",
            program,
            row[side.title()],
            partial(fits.limit, spec, TRT, side),
            width,
            EARLY,
        )
        for side in ("lower", "upper")
    ]


def kr_checks() -> list[Check]:
    """DDFM=KR (`kr_*`) and DDFM=KR(LINEAR) (`kr1_*`) per covariance, full precision."""
    checks = []
    for key, rows in read("sas_fullprecision.json").items():
        if not key.startswith("ddfm_covtype/"):
            continue
        flavour, structure = key.removeprefix("ddfm_covtype/").removesuffix(".csv").split("_")
        method = "kenward-roger" if flavour == "kr" else "kenward-roger-linear"
        spec = replace(FEV, covariance=KEY[structure], df_method=method)
        program = f"{PROGRAM} DDFM={'KR' if flavour == 'kr' else 'KR(LINEAR)'}"
        checks += _full_precision_row(f"fev {KEY[structure]} {method}", spec, rows[0], program)
    return checks


def empirical_checks() -> list[Check]:
    """The EMPIRICAL option: CR0 covariance of the coefficients with between-within df."""
    checks = []
    for key, rows in read("sas_fullprecision.json").items():
        if not key.startswith("Robust/"):
            continue
        structure, content = key.removeprefix("Robust/empirical_").removesuffix(".csv").split("_")
        name = KEY[structure]
        spec = replace(FEV, covariance=name, time=_time_of(name), df_method="between-within", cov_type="CR0")
        case = f"fev {name} CR0"
        if content == "lsmean":
            checks += _full_precision_row(case, spec, rows[0], f"{PROGRAM} EMPIRICAL")
        else:
            checks += _covariance_rows(case, spec, rows)
    return checks


def _covariance_rows(case: str, spec: Spec, rows: list[dict]) -> list[Check]:
    names = ["(Intercept)", "ARMCDTRT"]
    cells = [(i, j) for i in range(2) for j in range(i + 1)]
    return [
        Check(
            case,
            f"cov({names[i]}, {names[j]})",
            "covariance",
            f"{PROGRAM} EMPIRICAL",
            rows[i][f"Col{j + 1}"],
            partial(fits.coefficient_covariance, spec, names[i], names[j]),
            # the covariance is a product of two standard errors, each held to SE
            SE * (sqrt(rows[i][f"Col{i + 1}"]) + sqrt(rows[j][f"Col{j + 1}"])),
            EARLY,
        )
        for i, j in cells
    ]


ANOVA = {"1": "FEV1 ~ ARMCD * FEV1_BL", "2": "FEV1 ~ ARMCD * SEX + ARMCD:FEV1_BL"}


def anova_checks() -> list[Check]:
    """Type 2 and type 3 tests, AR(1), Satterthwaite, full precision."""
    checks = []
    for kind in ("3", "2"):
        for model, formula in ANOVA.items():
            spec = Spec("fev", formula, subject="USUBJID", visit="AVISIT", covariance="ar1")
            for row in read("sas_fullprecision.json").get(f"anova/test{kind}_{model}.csv", []):
                checks += _anova_row(f"fev ar1 type {kind} model {model}", spec, row, kind)
    return checks


def _anova_row(case: str, spec: Spec, row: dict, kind: str) -> list[Check]:
    term = row["Effect"].replace("*", ":")
    ours = partial(fits.type3 if kind == "3" else fits.type2, spec, term)
    numbers = [
        ("df", "num_df", "NumDF", 0.0, "exact"),
        ("df", "den_df", "DenDF", DF * row["DenDF"], EARLY),
        # F is a ratio of quadratic forms: twice the relative error of a standard error (2e-4 of about 1)
        ("statistic", "F", "FValue", 4e-4 * row["FValue"] + 1e-6, EARLY),
        ("p", "p", "ProbF", 1e-4 * row["ProbF"] + 1e-7, EARLY),
    ]
    return [
        Check(
            case,
            f"{term} {column}",
            group,
            f"{PROGRAM} htype={kind}",
            row[key],
            partial(ours, column),
            tolerance,
            why,
        )
        for group, column, key, tolerance, why in numbers
    ]


def checks() -> list[Check]:
    """Everything against SAS at full precision."""
    return kr_checks() + empirical_checks() + anova_checks()
