"""Checks on classic data sets against nlme, lme4, pbkrtest, printed numbers and R's t-test."""

from dataclasses import replace
from functools import partial
from math import sqrt

import numpy as np

from reference import fits
from reference.agreement import Check
from reference.classic import (
    ATTRIBUTE,
    COEFFICIENT,
    FLOOR,
    REASON,
    deviance_check,
    mmrm_checks,
    read,
    spec_of,
)
from reference.fits import Spec
from reference.tolerances import root_excess


def _coefficient(spec: Spec, name: str, key: str) -> float:
    return fits.coefficient(spec, ATTRIBUTE[key], name)


def gls_checks() -> list[Check]:
    """nlme::gls fits."""
    records, out = read("recomputed_R.json"), []
    if not records:
        return []
    record = records["potthoff_gls_us_reml"]
    spec = Spec("potthoff_roy", "y ~ Gender * I(Age - 11)", subject="Person", visit="AgeF")
    rows = [{"term": k, "Value": v, "Std.Error": record["se"][k]} for k, v in record["coef"].items()]
    out += _gls("potthoff_gls_us_reml", spec, record, rows)
    record = records["bodyweight_gls_corExp"]
    spec = Spec("bodyweight", "weight ~ Time * Diet", "Rat", "TF", covariance="sp_exp", time="Time")
    rows = [{"term": row["_row"], **row} for row in record["coef"]]
    out += _gls("bodyweight_gls_corExp", spec, record, rows)
    out.append(
        Check(
            "bodyweight_gls_corExp",
            "range",
            "sigma",
            "nlme::gls",
            record["range"],
            partial(_range, spec),
            partial(_range_tolerance, spec, record),
            REASON,
        )
    )
    return out


def _range(spec: Spec) -> float:
    return fits.natural_parameter(spec, "range")


def _range_tolerance(spec: Spec, record: dict) -> float:
    # the range is barely identified here: its standard error is about the range itself
    return (root_excess(spec, record["neg2loglik"]) + 1e-6) * record["range"]


def _gls(case: str, spec: Spec, record: dict, rows: list[dict]) -> list[Check]:
    program, deviance = "nlme::gls", record["neg2loglik"]
    out = [deviance_check(case, spec, deviance, program)]
    out.append(
        Check(
            case,
            "sigma",
            "sigma",
            program,
            record["sigma"],
            partial(_sd, spec),
            partial(_sd_tolerance, spec, record),
            REASON,
        )
    )
    for row in rows:
        se = row["Std.Error"]
        for key, reference, weight in (("estimate", row["Value"], 1.0), ("se", se, 1 / sqrt(20))):
            tolerance = partial(_gls_tolerance, spec, deviance, se * weight, reference)
            out.append(
                Check(
                    case,
                    f"{row['term']} {key}",
                    key,
                    program,
                    reference,
                    partial(_coefficient, spec, row["term"], key),
                    tolerance,
                    REASON,
                )
            )
    return out


def _gls_tolerance(spec: Spec, deviance: float, scale: float, value: float) -> float:
    return root_excess(spec, deviance) * scale + FLOOR * abs(value)


def _sd(spec: Spec) -> float:
    return float(np.sqrt(fits.sigma(spec)[0, 0]))


def _sd_tolerance(spec: Spec, record: dict) -> float:
    return (root_excess(spec, record["neg2loglik"]) + FLOOR) * record["sigma"]


def random_intercept_checks() -> list[Check]:
    """lme4's random intercept is compound symmetry; complete data, so both information matrices agree."""
    record = read("recomputed_R.json").get("sleepstudy_randint")
    if not record:
        return []
    program = "lme4 / pbkrtest"
    case = "sleepstudy_randint"
    spec = Spec("sleepstudy", "Reaction ~ Days", "Subject", "DF", covariance="cs", df_method="kenward-roger")
    factor = replace(spec, formula="Reaction ~ DF")
    out = [deviance_check(case, spec, record["reml"], "lme4::lmer")]
    for row in record["coef_KR"]:
        for key in ("estimate", "se", "df", "t", "p"):
            out.append(
                Check(
                    case,
                    f"{row['_row']} {key}",
                    "statistic" if key == "t" else key,
                    program,
                    row[COEFFICIENT[key]],
                    partial(_coefficient, spec, row["_row"], key),
                    2e-6 * abs(row[COEFFICIENT[key]]),
                    "lme4's optimiser; complete data, one information",
                )
            )
    for name, test_spec, term, test in (
        ("Days", spec, "Days", record["KR"]),
        ("DF", factor, "DF", record["KR_factor"]),
    ):
        for key, column in (("num_df", "ndf"), ("den_df", "ddf"), ("F", "Fstat"), ("p", "p.value")):
            kind = {"F": "statistic", "p": "p"}.get(key, "df")
            tolerance = 1e-5 * test[column] if key != "p" else 1e-4 * test[column]
            out.append(
                Check(
                    case,
                    f"F test {name} {key}",
                    kind,
                    program,
                    test[column],
                    partial(fits.type3, test_spec, term, key),
                    tolerance,
                    "lme4's optimiser",
                )
            )
    return out


def published_checks() -> list[Check]:
    """Printed numbers: nlme on Orthodont (Pinheiro & Bates), ML deviances, pbkrtest's shoes."""
    published = read("published.json")
    if not published:
        return []
    out, us = [], Spec("potthoff_roy", "y ~ Gender * I(Age - 11)", "Person", "AgeF")
    ml = published["potthoff_roy"]["published"]["ML_minus2loglik"]
    for name in ("us", "toep", "ar1", "cs"):
        digits = 5e-5 if name != "us" and name != "ar1" else 5e-4
        out.append(
            Check(
                "potthoff_roy published",
                f"ML -2 log-likelihood {name}",
                "deviance",
                "R",
                ml[name],
                partial(fits.deviance, replace(us, covariance=name, reml=False)),
                digits,
                "printed digits",
            )
        )
    out += _orthodont(us)
    shoes = published["pbkrtest_shoes"]["published"]
    balanced = Spec(
        "shoes_balanced", "wear ~ material", "boy", "material", covariance="cs", df_method="kenward-roger"
    )
    f, _, df, p = shoes["balanced"]["KR"]
    out += _shoes("balanced", balanced, {"F": (f, 5e-4), "den_df": (df, 1e-6), "p": (p, 5e-7)}, "pbkrtest KR")
    imbalanced = replace(balanced, data="shoes_imbalanced", df_method="satterthwaite")
    numbers = {
        "F": (shoes["imbalanced"]["SAT_F"], 0.05),
        "den_df": (shoes["imbalanced"]["SAT_ddf"], 1e-5),
        "p": (shoes["imbalanced"]["SAT_p"], 5e-5),
    }
    out += _shoes("imbalanced", imbalanced, numbers, "pbkrtest SAT")
    expected = replace(imbalanced, df_method="kenward-roger", information="expected")
    kr = shoes["imbalanced"]
    numbers = {"F": (kr["KR_F"], 5e-5), "den_df": (kr["KR_ddf"], 1e-5), "p": (kr["KR_p"], 5e-6)}
    out += _shoes("imbalanced, expected information", expected, numbers, "pbkrtest KR")
    return out


def _shoes(name: str, spec: Spec, numbers: dict, program: str) -> list[Check]:
    kinds = {"F": "statistic", "p": "p", "den_df": "df"}
    return [
        Check(
            f"pbkrtest shoes {name}",
            f"material {key}",
            kinds[key],
            program,
            value,
            partial(fits.type3, spec, "material", key),
            digits,
            "printed digits",
        )
        for key, (value, digits) in numbers.items()
    ]


def _correlation(spec: Spec, i: int, j: int) -> float:
    s = fits.sigma(spec)
    return float(s[i, j] / np.sqrt(s[i, i] * s[j, j]))


def _sd_ratio(spec: Spec, i: int) -> float:
    s = fits.sigma(spec)
    return float(np.sqrt(s[i, i] / s[0, 0]))


def _log_likelihood(spec: Spec) -> float:
    return fits.deviance(spec) / -2


def _orthodont(us: Spec) -> list[Check]:
    """The book's unstructured fit; its compound symmetry keeps varIdent, which makes it heterogeneous."""
    csh = replace(us, covariance="csh")
    digits = 5.5e-4  # half a unit of the third digit, and a tenth for the book's optimiser
    pairs = {(1, 0): 0.568, (2, 0): 0.659, (3, 0): 0.522, (2, 1): 0.581, (3, 1): 0.725, (3, 2): 0.740}
    numbers = [
        (f"correlation {i + 1},{j + 1}", v, partial(_correlation, us, i, j), digits)
        for (i, j), v in pairs.items()
    ]
    numbers += [
        (f"sd ratio {i + 1}", v, partial(_sd_ratio, us, i), digits)
        for i, v in ((1, 0.879), (2, 1.074), (3, 0.959))
    ]
    numbers += [
        ("sigma", 2.33, partial(_sd, us), 0.005),
        ("log-likelihood", -212.0, partial(_log_likelihood, us), 0.5),
        ("csh log-likelihood", -216.0, partial(_log_likelihood, csh), 0.5),
        ("csh rho", 0.635, partial(_correlation, csh, 0, 1), digits),
    ]
    program = "nlme::gls (Pinheiro & Bates ch. 5)"
    return [
        Check(
            "Orthodont gls",
            name,
            "deviance" if "likelihood" in name else "sigma",
            program,
            value,
            ours,
            limit,
            "printed digits",
        )
        for name, value, ours, limit in numbers
    ]


def shoes_checks() -> list[Check]:
    """Satterthwaite of lmerTest/pbkrtest and R mmrm's cs fits of the shoes data."""
    records, out = read("recomputed_R.json"), []
    for name in ("shoes_bal", "shoes_imbal"):
        record = records.get(name)
        if not record:
            continue
        for inner in ("mmrm_cs", "mmrm_cs_Satt"):
            out += mmrm_checks(f"{name}.{inner}", record[inner])
        spec = replace(spec_of(name, record["mmrm_cs"]), df_method="satterthwaite")
        out += _f_test(f"{name}.SAT", spec, record["SAT"], "statistic", "pbkrtest SATmodcomp")
        if name == "shoes_bal":
            kr = replace(spec, df_method="kenward-roger")
            out += _f_test(f"{name}.KR", kr, record["KR"], "Fstat", "pbkrtest KRmodcomp")
    return out


def _f_test(case: str, spec: Spec, test: dict, statistic: str, program: str) -> list[Check]:
    numbers = (
        ("F", "statistic", test[statistic]),
        ("den_df", "df", test["ddf"]),
        ("p", "p", test["p.value"]),
    )
    return [
        Check(
            case,
            f"material {key}",
            kind,
            program,
            value,
            partial(fits.type3, spec, "material", key),
            5e-6 * value,
            "lme4's optimiser and its numeric Hessian",
        )
        for key, kind, value in numbers
    ]


def sleep_ttest_checks() -> list[Check]:
    """R's paired t-test on the sleep data."""
    record = read("recomputed_R.json").get("sleep_ttest")
    if not record:
        return []
    spec = Spec("sleep", "extra ~ group", "ID", "group", df_method="kenward-roger")
    keys = {"est": "estimate", "se": "se", "df": "df", "p": "p"}
    return [
        Check(
            "sleep_ttest",
            f"group2 {key}",
            key,
            "R t.test(paired)",
            record[k],
            partial(_coefficient, spec, "group2", key),
            1e-8 * max(abs(record[k]), 1e-2),
            "exact result",
        )
        for k, key in keys.items()
    ]


def checks() -> list[Check]:
    """Everything on the classic data that is not R mmrm."""
    parts = (gls_checks, random_intercept_checks, shoes_checks, sleep_ttest_checks, published_checks)
    return [check for part in parts for check in part()]
