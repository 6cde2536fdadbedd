"""Checks on classic data sets against R mmrm 0.3.18 (fits, LS means, contrasts).

R mmrm stops its optimiser early by an amount that differs from fit to fit. The deviance is therefore held
one-sidedly (the engine is never above R's), and the excess of R's deviance says how far R's other numbers
may lie (`tolerances`). Each tolerance has a floor of 2e-7 relative for the numeric derivatives inside R mmrm.
"""

import json
from functools import cache, partial
from math import exp

import numpy as np

from reference import fits
from reference.agreement import SHARED, Check
from reference.fits import Spec
from reference.tolerances import covariance_se, root_excess, row_shift

FLOOR = 2e-7
DEVIANCE = 2e-5
ROUNDING = 1e-8
MMRM = "R mmrm 0.3.18"
REASON = "R stops early: its excess deviance e allows sqrt(e) standard errors"
METHOD = {
    "Kenward-Roger-Linear": "kenward-roger-linear",
    "Kenward-Roger": "kenward-roger",
    "Asymptotic": "satterthwaite",
}
DATA = {
    "potthoff": ("potthoff_roy", "Person"),
    "sleepstudy": ("sleepstudy", "Subject"),
    "bodyweight": ("bodyweight", "Rat"),
    "HR": ("heart_rate", "Patient"),
    "shoes_bal": ("shoes_balanced", "boy"),
    "shoes_imbal": ("shoes_imbalanced", "boy"),
    "sleep": ("sleep", "ID"),
}
VISIT = {"potthoff_roy": "AgeF", "sleepstudy": "DF", "bodyweight": "TF", "heart_rate": "TF", "sleep": "group"}
NOT_COVERED = {
    "sleepstudy_randomslope": "a random slope is no residual covariance structure of the engine",
    "bodyweight_lme": "a random slope is no residual covariance structure of the engine",
    "HR_us_KRfull (rows)": "Kenward-Roger in Cholesky parameters, refused on purpose: test_neighbours",
    "sleep_us_KR (rows)": "Kenward-Roger in Cholesky parameters, refused on purpose: test_neighbours",
    "HR_littell1996": "published random-slope models only",
}


@cache
def read(name: str) -> dict:
    """A reference file, or nothing where the folder is absent."""
    path = SHARED / "classic" / name
    return json.loads(path.read_text()) if path.exists() else {}


def spec_of(case: str, record: dict) -> Spec:
    """The engine's model of one R mmrm record, read from its formula."""
    data, subject = next(v for k, v in sorted(DATA.items(), reverse=True) if case.startswith(k))
    mean, structure = record["formula"].rsplit(" + ", 1)
    name, inside = structure.rstrip(")").split("(")
    group = inside.split("| ")[1].split("/")[0] if "/" in inside else None
    return Spec(
        data,
        mean,
        subject=subject,
        visit=VISIT.get(data, "material"),
        covariance=name,
        group=group,
        reml=record["reml"],
        time="Time" if name == "sp_exp" else None,
        df_method=METHOD[record["vcov"]],
    )


def deviance_check(case: str, spec: Spec, reference: float, program: str) -> Check:
    return Check(
        case,
        "-2 log-likelihood",
        "deviance",
        program,
        reference,
        partial(fits.deviance, spec),
        DEVIANCE,
        "R stops early; the engine may not be above",
        ceiling=ROUNDING,
    )


def row_checks(
    case: str, quantity: str, row: dict, ours, spec: Spec, deviance: float, keys: dict
) -> list[Check]:
    """Checks of one printed row; ``keys`` maps our key to the record's."""
    value = {our_key: row[key] for our_key, key in keys.items() if key in row}
    estimate, se, df = value["estimate"], value["se"], value["df"]
    t = abs(estimate / se)
    floor = {
        "estimate": abs(estimate) + se,
        "se": se,
        "df": 5 * df,
        "t": 2 * t + 1,
        "p": value["p"] * (t * t + 5),
    }

    def tolerance(key: str) -> float:
        shift = row_shift(root_excess(spec, deviance), estimate, se, df)[key]
        return shift + FLOOR * floor.get(key, abs(estimate) + 5 * se)

    kinds = {"t": "statistic", "lower": "limit", "upper": "limit"}
    return [
        Check(
            case,
            f"{quantity} {key}",
            kinds.get(key, key),
            MMRM,
            reference,
            partial(ours, key),
            partial(tolerance, key),
            REASON,
        )
        for key, reference in value.items()
    ]


COEFFICIENT = {"estimate": "Estimate", "se": "Std. Error", "df": "df", "t": "t value", "p": "Pr(>|t|)"}
ATTRIBUTE = {"estimate": "params", "se": "bse", "df": "df", "t": "tvalues", "p": "pvalues"}
LSMEAN = {
    "estimate": "emmean",
    "se": "SE",
    "df": "df",
    "lower": "lower.CL",
    "upper": "upper.CL",
    "t": "t.ratio",
    "p": "p.value",
}
DIFFERENCE = {**LSMEAN, "estimate": "estimate"}
COLUMN = {"t": "statistic", "p": "pvalue"}


def _coefficient(spec: Spec, name: str, key: str) -> float:
    return fits.coefficient(spec, ATTRIBUTE[key], name)


def _lsmean(spec: Spec, levels: dict, key: str) -> float:
    factor, by = list(levels)
    return fits.cell(fits.lsmeans_table(spec, factor, by, "equal"), COLUMN.get(key, key), **levels)


def _difference(spec: Spec, factor: str, pair: str, by: dict, key: str) -> float:
    """R prints `a - b`; the engine's contrast against reference b is the same difference."""
    _, right = pair.split(" - ")
    table = fits.contrasts_table(spec, factor, next(iter(by)), right)
    return fits.cell(table, COLUMN.get(key, key), comparison=pair, **by)


def mmrm_checks(case: str, record: dict) -> list[Check]:
    """Everything in one R mmrm record."""
    spec, deviance = spec_of(case, record), record["neg2loglik"]
    cholesky = record["vcov"] == "Kenward-Roger"
    out = [deviance_check(case, spec, deviance, MMRM)]
    out.append(
        Check(
            case, "AIC", "information", MMRM, record["aic"], partial(_aic, spec), DEVIANCE, "as the deviance"
        )
    )
    out += sigma_checks(case, spec, record)
    rows = [] if cholesky else [*_coefficient_rows(case, spec, record), *_mean_rows(case, spec, record)]
    return out + rows


def _aic(spec: Spec) -> float:
    """AIC as R mmrm counts it: covariance parameters only, also under maximum likelihood."""
    fit = fits.fit_of(spec)
    return float(fit.aic) - (0 if spec.reml else 2 * len(fit.params))


def _coefficient_rows(case: str, spec: Spec, record: dict) -> list[Check]:
    out = []
    for row in record["coef"]:
        ours = partial(_coefficient, spec, row["term"])
        out += row_checks(case, row["term"], row, ours, spec, record["neg2loglik"], COEFFICIENT)
    return out


def _mean_rows(case: str, spec: Spec, record: dict) -> list[Check]:
    out = []
    for row in record.get("lsmeans", []):
        levels = {k: row[k] for k in ("Drug", "Gender", "TF", "AgeF") if k in row}
        ours = partial(_lsmean, spec, levels)
        out += row_checks(
            case, f"LS mean {' '.join(levels.values())}", row, ours, spec, record["neg2loglik"], LSMEAN
        )
    for row in record.get("contrasts", []):
        by = {k: row[k] for k in ("TF", "AgeF") if k in row}
        factor = "Drug" if "TF" in by else "Gender"
        ours = partial(_difference, spec, factor, row["contrast"], by)
        label = f"{row['contrast']} {next(iter(by.values()))}"
        out += row_checks(case, label, row, ours, spec, record["neg2loglik"], DIFFERENCE)
    return out


def sigma_checks(case: str, spec: Spec, record: dict) -> list[Check]:
    """Sigma, entry by entry; for spatial structures R prints the 2 x 2 matrix at distance 1."""
    groups = record["varcor"] if isinstance(record["varcor"], dict) else {None: record["varcor"]}
    n = record["n_subj"] - 3  # at most three groups of subjects share it
    out = []
    for group, matrix in groups.items():
        reference = np.array(matrix)
        for i in range(len(reference)):
            for j in range(i + 1):
                se = covariance_se(reference[i, i], reference[j, j], reference[i, j], n / len(groups))
                tolerance = partial(_sigma_tolerance, spec, record["neg2loglik"], se, float(reference[i, j]))
                label = f"Sigma[{i + 1},{j + 1}]" + (f" {group}" if group else "")
                out.append(
                    Check(
                        case,
                        label,
                        "sigma",
                        MMRM,
                        float(reference[i, j]),
                        partial(_sigma_entry, spec, group, i, j),
                        tolerance,
                        REASON,
                    )
                )
    return out


def _sigma_tolerance(spec: Spec, deviance: float, se: float, value: float) -> float:
    return root_excess(spec, deviance) * se + FLOOR * (abs(value) + 1)


def _sigma_entry(spec: Spec, group: str | None, i: int, j: int) -> float:
    s = fits.sigma(spec, group)
    if spec.covariance != "sp_exp":
        return float(s[i, j])
    reach = fits.natural_parameter(spec, "range")
    return float(s[0, 0] * (1.0 if i == j else exp(-1 / reach)))


def checks() -> list[Check]:
    """Every R mmrm record."""
    records = read("recomputed_R.json").items()
    return [check for case, record in records if "formula" in record for check in mmrm_checks(case, record)]
