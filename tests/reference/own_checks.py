"""Checks on the project's own reference cases: generated data, results of R beside them (``cases/<name>/``).

Three kinds of tolerance:

- CLOSED and DENSE: closed-form results (t-tests, least squares) and `cases/dense.R`, whose Newton steps end
  below 1e-10 standard errors; 1e-8 relative for the first, 1e-7 where derivatives of Sigma are numeric in R;
- gls, lmer and emmeans stop early: R's excess deviance e allows sqrt(e) standard errors (`tolerances`).
"""

import json
from dataclasses import replace
from functools import cache, partial

import numpy as np

from reference import fits
from reference.agreement import Check
from reference.classic import root_excess
from reference.datasets import CASES
from reference.fits import Spec

CLOSED, DENSE = 1e-8, 1e-7
CLOSED_REASON = "closed form"
DENSE_REASON = "tight optimum of cases/dense.R; derivatives of Sigma numeric there"
GLS_REASON = "R's optimiser stops early: sqrt(excess deviance) standard errors"
BY_VISIT = "visit"


@cache
def read(case: str) -> dict:
    """``output.json`` of a case."""
    return json.loads((CASES / case / "output.json").read_text())["fits"]


@cache
def version(case: str, package: str) -> str:
    """``package version`` as recorded when R ran."""
    record = json.loads((CASES / case / "output.json").read_text())
    if package == "R":
        return record["r"].split(" Patched")[0]
    return f"{package} {record['packages'][package]}"


def spec_of(case: str, formula: str, **more) -> Spec:
    """A model of one of the project's own data sets."""
    return Spec(f"own/{case}", formula, subject="id", visit="visit", **more)


def relative(value: float, share: float) -> float:
    """A relative tolerance with a floor for values near zero."""
    return share * max(abs(value), 1e-3)


def coefficient_checks(
    case: str, spec: Spec, record: dict, keys: dict, program: str, tolerance, reason: str
) -> list[Check]:
    """``keys``: attribute of the engine's fit -> key of the record; values are dictionaries by R's names."""
    kinds = {"params": "estimate", "bse": "se", "df": "df"}
    return [
        Check(
            case,
            f"{name} {kinds[attribute]}",
            kinds[attribute],
            program,
            value,
            partial(fits.coefficient, spec, attribute, name),
            tolerance(attribute, name, value),
            reason,
        )
        for attribute, key in keys.items()
        for name, value in record[key].items()
    ]


def dense_checks(case: str, spec: Spec, record: dict, label: str = "") -> list[Check]:
    """Everything `report_dense` writes: deviance, Sigma, coefficients, all df methods, F tests."""
    case, program = f"{case}{label}", "R dense.R"

    def within(attribute: str, name: str, value: float) -> float:
        return relative(value, DENSE)

    out = [
        Check(
            case,
            "-2 log-likelihood",
            "deviance",
            program,
            record["deviance"],
            partial(fits.deviance, spec),
            CLOSED,
            DENSE_REASON,
            ceiling=CLOSED,
        )
    ]
    matrices = record["sigma"] if isinstance(record["sigma"], dict) else {None: record["sigma"]}
    for group, matrix in matrices.items():
        out += sigma_checks(
            case, spec, matrix, program, lambda i, j, value: relative(value, DENSE), DENSE_REASON, group
        )
    methods = {"satterthwaite": ("se", "df_satterthwaite")}
    if spec.reml:
        methods |= {"kenward-roger": ("se_kr", "df_kr"), "kenward-roger-linear": ("se_kr_linear", "df_kr")}
    for method, (se, df) in methods.items():
        inner = replace(spec, df_method=method)
        keys = {"bse": se, "df": df} | ({"params": "coef"} if method == "satterthwaite" else {})
        out += coefficient_checks(f"{case} {method}", inner, record, keys, program, within, DENSE_REASON)
        key = {"kenward-roger": "kr", "kenward-roger-linear": "kr_linear"}.get(method, method)
        for name, test in record["tests"].items() if spec.reml else ():
            out += joint_checks(
                f"{case} {method}", name, inner, list(record["coef"]), test["L"], test[key], program
            )
    return out


def joint_checks(
    case: str, name: str, spec: Spec, columns: list[str], rows: list, test: dict, program: str
) -> list[Check]:
    """One F test: numerator and denominator df, scaled F, p."""
    matrix = in_engine_order(spec, columns, rows)
    return [
        Check(
            case,
            f"F test {name} {key}",
            {"F": "statistic", "p": "p"}.get(key, "df"),
            program,
            test[key],
            lambda key=key: fits.joint_test(spec, matrix())[key],
            relative(test[key], 10 * DENSE),
            DENSE_REASON,
        )
        for key in ("num_df", "den_df", "F", "p")
    ]


def in_engine_order(spec: Spec, names: list[str], rows: list):
    """Columns of R's contrast matrix in the engine's order, as a late call (it needs the fit)."""

    def matrix() -> np.ndarray:
        place = [list(fits.fit_of(spec).params.index).index(fits.column_of(spec, name)) for name in names]
        out = np.zeros((len(rows), len(names)))
        out[:, place] = np.asarray(rows, dtype=float)
        return out

    return matrix


def sigma_checks(
    case: str, spec: Spec, reference: list, program: str, tolerance, reason: str, group: str | None = None
):
    """Lower triangle of Sigma."""
    matrix = np.array(reference)
    label = f" {group}" if group else ""
    return [
        Check(
            case,
            f"Sigma[{i + 1},{j + 1}]{label}",
            "sigma",
            program,
            float(matrix[i, j]),
            lambda i=i, j=j: float(fits.sigma(spec, group)[i, j]),
            tolerance(i, j, float(matrix[i, j])),
            reason,
        )
        for i in range(len(matrix))
        for j in range(i + 1)
    ]


def gls_checks(case: str, spec: Spec, record: dict, program: str, label: str = "") -> list[Check]:
    """A `gls` fit: deviance one-sidedly, coefficients, standard errors and Sigma within its early stop."""
    case, deviance = f"{case}{label}", record["deviance"]

    def within(attribute: str, name: str, value: float):
        weight = record["se"][name] * (1.0 if attribute == "params" else 0.25)
        return lambda: root_excess(spec, deviance) * weight + relative(value, 1e-7)

    def near(i: int, j: int, value: float):
        scale = float(np.max(record["sigma"])) if "sigma" in record else 1.0
        return lambda: root_excess(spec, deviance) * scale + relative(value, 1e-6)

    # gls inflates the standard errors of a maximum likelihood fit: they are compared under REML only
    keys = {"params": "coef", "bse": "se"} if spec.reml else {"params": "coef"}
    out = [
        Check(
            case,
            "-2 log-likelihood",
            "deviance",
            program,
            deviance,
            partial(fits.deviance, spec),
            1e-6,
            GLS_REASON,
            ceiling=CLOSED,
        )
    ]
    out += coefficient_checks(case, spec, record, keys, program, within, GLS_REASON)
    if "sigma" in record:
        out += sigma_checks(case, spec, record["sigma"], program, near, GLS_REASON)
    return out


def table_checks(
    case: str, rows: list[dict], ours, keys: dict, program: str, tolerance, reason: str
) -> list[Check]:
    """LS means and contrasts: ``ours(row, column)`` against ``keys`` (our column -> R's)."""
    kinds = {"estimate": "estimate", "se": "se", "df": "df", "pvalue": "p", "statistic": "statistic"}
    return [
        Check(
            case,
            f"{_label(row)} {column}",
            kinds.get(column, "limit"),
            program,
            row[key],
            partial(ours, row, column),
            tolerance(column, row, row[key]),
            reason,
        )
        for row in rows
        for column, key in keys.items()
    ]


def _label(row: dict) -> str:
    return " ".join(str(row[k]) for k in ("contrast", "arm", "visit") if k in row)


EMMEANS = {"estimate": "emmean", "se": "SE"}
EMMEANS_ASYMPTOTIC = {**EMMEANS, "lower": "asymp.LCL", "upper": "asymp.UCL"}
DIFFERENCES = {"estimate": "estimate", "se": "SE"}


def lsmean(spec: Spec, weights: str, row: dict, column: str) -> float:
    levels = {k: row[k] for k in ("arm", "visit") if k in row}
    table = fits.lsmeans_table(spec, "arm", BY_VISIT if "visit" in levels else None, weights)
    return fits.cell(table, column, **levels)


def difference(spec: Spec, row: dict, column: str) -> float:
    by = {BY_VISIT: row["visit"]} if "visit" in row else {}
    table = fits.contrasts_table(spec, "arm", BY_VISIT if by else None, "PBO")
    return fits.cell(table, column, comparison=row["contrast"], **by)


def mean_checks(
    case: str, spec: Spec, tables: dict[str, str], deviance: float, differences: tuple[str, ...]
) -> list[Check]:
    """LS means by weighting, and differences from the reference arm, from a `gls` through emmeans."""
    record, program, out = read(case), f"{version(case, 'emmeans')} on gls", []

    def within(column: str, row: dict, value: float):
        return lambda: root_excess(spec, deviance) * row["SE"] + relative(value, 1e-7)

    for weights, key in tables.items():
        keys = EMMEANS_ASYMPTOTIC if "asymp.LCL" in record[key][0] else EMMEANS
        out += table_checks(
            f"{case} {key}", record[key], partial(lsmean, spec, weights), keys, program, within, GLS_REASON
        )
    for key in differences:
        out += table_checks(
            f"{case} {key}", record[key], partial(difference, spec), DIFFERENCES, program, within, GLS_REASON
        )
    return out


def covariance_checks(
    case: str, spec: Spec, record: dict, names: list[str], program: str, share: float, reason: str
):
    """A robust covariance matrix (relative to its standard errors) and its Satterthwaite df."""
    matrix = np.array(record["vcov"])
    se = np.sqrt(np.diag(matrix))
    out = [
        Check(
            case,
            f"cov({a}, {b})",
            "covariance",
            program,
            float(matrix[i, j]),
            partial(fits.coefficient_covariance, spec, a, b),
            share * se[i] * se[j],
            reason,
        )
        for i, a in enumerate(names)
        for j, b in enumerate(names[: i + 1])
    ]
    for name, value in record.get("df", {}).items():
        out.append(
            Check(
                case,
                f"{name} df",
                "df",
                program,
                value,
                partial(fits.coefficient, spec, "df", name),
                relative(value, share),
                reason,
            )
        )
    return out
