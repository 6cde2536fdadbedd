"""The project's own closed-form cases: least squares, t-tests, the per-visit ANCOVA, with R's results."""

from dataclasses import replace
from functools import partial

from reference import fits
from reference.agreement import Check
from reference.fits import Spec
from reference.own_checks import (
    CLOSED,
    CLOSED_REASON,
    DIFFERENCES,
    EMMEANS,
    coefficient_checks,
    difference,
    lsmean,
    read,
    relative,
    sigma_checks,
    spec_of,
    table_checks,
    version,
)


def single_visit() -> list[Check]:
    """Ordinary least squares by another door."""
    case, record = "single_visit", read("single_visit")
    spec = spec_of(case, "y ~ base + sex + arm")
    lm, program = record["lm"], version("single_visit", "R") + " lm"

    def exact(attribute: str, name: str, value: float) -> float:
        return relative(value, CLOSED)

    numbers = (
        ("REML -2 log-likelihood", "deviance", lm["deviance"], partial(fits.deviance, spec)),
        (
            "ML -2 log-likelihood",
            "deviance",
            lm["deviance_ml"],
            partial(fits.deviance, replace(spec, reml=False)),
        ),
        ("residual variance", "sigma", lm["sigma"], lambda: float(fits.sigma(spec)[0, 0])),
    )
    out = [
        Check(case, quantity, kind, program, value, ours, relative(value, CLOSED), CLOSED_REASON)
        for quantity, kind, value, ours in numbers
    ]
    for method in ("satterthwaite", "kenward-roger", "residual"):
        inner = replace(spec, df_method=method)
        out += coefficient_checks(
            f"{case} {method}", inner, lm, {"params": "coef", "bse": "se"}, program, exact, CLOSED_REASON
        )
        df = dict.fromkeys(lm["coef"], lm["df"])
        out += coefficient_checks(
            f"{case} {method}", inner, {"df": df}, {"df": "df"}, program, exact, CLOSED_REASON
        )
        for key, ours in (("F", "F"), ("Pr(>F)", "p"), ("Df", "num_df")):
            value = record["F_arm"][key]
            out.append(
                Check(
                    f"{case} {method}",
                    f"arm {ours}",
                    {"F": "statistic", "p": "p"}.get(ours, "df"),
                    program,
                    value,
                    partial(fits.type3, inner, "arm", ours),
                    relative(value, CLOSED),
                    CLOSED_REASON,
                )
            )
    return out + single_visit_means(case, record, replace(spec, df_method="kenward-roger"))


def single_visit_means(case: str, record: dict, spec: Spec) -> list[Check]:
    """emmeans on lm: equal and proportional weights, a given covariate value, differences."""
    keys = {**EMMEANS, "df": "df", "lower": "lower.CL", "upper": "upper.CL"}
    program, out = f"{version(case, 'emmeans')} on lm", []

    def exact(column: str, row: dict, value: float) -> float:
        return relative(value, CLOSED)

    for weights in ("equal", "proportional"):
        rows = record[f"lsmeans_{weights}"]
        out += table_checks(
            f"{case} {weights}", rows, partial(lsmean, spec, weights), keys, program, exact, CLOSED_REASON
        )

    def at_seven(row: dict, column: str) -> float:
        return fits.cell(
            fits.fit_of(spec).lsmeans("arm", weights="equal", at={"base": 7}), column, arm=row["arm"]
        )

    out += table_checks(f"{case} base=7", record["lsmeans_at"], at_seven, keys, program, exact, CLOSED_REASON)
    keys = {**DIFFERENCES, "df": "df", "statistic": "t.ratio", "pvalue": "p.value"}
    return out + table_checks(
        f"{case} differences",
        record["differences"],
        partial(difference, spec),
        keys,
        program,
        exact,
        CLOSED_REASON,
    )


def paired() -> list[Check]:
    """The paired t-test from an unstructured Sigma."""
    case, record, out = "paired", read("paired"), []
    test, program = record["paired"], version("paired", "R") + " t.test(paired)"
    for method in ("kenward-roger", "satterthwaite"):
        spec = spec_of(case, "y ~ visit", df_method=method)
        keys = {"params": "estimate", "bse": "se", "df": "df", "tvalues": "statistic", "pvalues": "p"}
        for attribute, key in keys.items():
            kind = key if key != "statistic" else "statistic"
            out.append(
                Check(
                    f"{case} {method}",
                    f"POST - PRE {key}",
                    kind,
                    program,
                    test[key],
                    partial(fits.coefficient, spec, attribute, "visitPOST"),
                    relative(test[key], CLOSED),
                    CLOSED_REASON,
                )
            )
        for key in ("lower", "upper"):
            out.append(
                Check(
                    f"{case} {method}",
                    f"POST - PRE {key}",
                    "limit",
                    program,
                    test[key],
                    partial(fits.limit, spec, "visitPOST", key),
                    relative(test[key], CLOSED),
                    CLOSED_REASON,
                )
            )
    spec = spec_of(case, "y ~ visit")
    return out + sigma_checks(
        case, spec, record["covariance"]["sigma"], program, lambda i, j, v: relative(v, CLOSED), CLOSED_REASON
    )


def welch() -> list[Check]:
    """Welch's t-test from one variance per arm, the pooled one from a common variance."""
    case, record, out = "welch", read("welch"), []
    for name, group in (("welch", "arm"), ("pooled", None)):
        program = f"{version(case, 'R')} t.test"
        for method in ("satterthwaite", "kenward-roger"):
            spec = spec_of(case, "y ~ arm", group=group, df_method=method)
            keys = {"params": "estimate", "bse": "se", "df": "df", "pvalues": "p"}
            for attribute, key in keys.items():
                value = record[name][key]
                out.append(
                    Check(
                        f"{case} {name} {method}",
                        f"TRT - PBO {key}",
                        key,
                        program,
                        value,
                        partial(fits.coefficient, spec, attribute, "armTRT"),
                        relative(value, CLOSED),
                        CLOSED_REASON,
                    )
                )
    return out


def complete_interactions() -> list[Check]:
    """Complete data, every covariate crossed with visit: the ANCOVA of each visit."""
    case, record, out = "complete_interactions", read("complete_interactions"), []
    program = version(case, "R") + " lm per visit"
    keys = {"estimate": "estimate", "se": "se", "df": "df", "pvalue": "p", "lower": "lower", "upper": "upper"}
    kinds = {"lower": "limit", "upper": "limit", "pvalue": "p"}
    for method in ("kenward-roger", "satterthwaite"):
        spec = spec_of(case, "y ~ base * visit + arm * visit", df_method=method)
        for visit, reference in record["visits"].items():
            for column, key in keys.items():
                row = {"contrast": "TRT - PBO", "visit": visit}
                out.append(
                    Check(
                        f"{case} {method}",
                        f"TRT - PBO {visit} {key}",
                        kinds.get(column, column),
                        program,
                        reference[key],
                        partial(difference, spec, row, column),
                        relative(reference[key], CLOSED),
                        CLOSED_REASON,
                    )
                )
    spec = spec_of(case, "y ~ base * visit + arm * visit")
    return out + sigma_checks(
        case, spec, record["sigma"], program, lambda i, j, v: relative(v, CLOSED), CLOSED_REASON
    )


def _ancova(spec: Spec, visit: str, column: str) -> float:
    return fits.cell(fits.ancova_table(spec, "arm", "visit", "PBO"), column, visit=visit)


def ancova_rung() -> list[Check]:
    """The last rung of a ladder on incomplete data: least squares at each visit on its own rows."""
    case, out = "unstructured", []
    program = version(case, "R") + " lm per visit"
    spec = spec_of(case, "y ~ base * visit + sex * visit + arm * visit")
    keys = {"estimate": "estimate", "se": "se", "df": "df", "pvalue": "p", "lower": "lower", "upper": "upper"}
    for visit, reference in read(case)["per_visit"].items():
        for column, key in keys.items():
            kind = {"pvalue": "p", "lower": "limit", "upper": "limit"}.get(column, column)
            value = reference[key]
            ours = partial(_ancova, spec, visit, column)
            limit = relative(value, CLOSED)
            name = f"TRT - PBO {visit} {key}"
            out.append(Check(f"{case} ancova rung", name, kind, program, value, ours, limit, CLOSED_REASON))
    return out


def checks() -> list[Check]:
    """Every check on the closed-form cases."""
    parts = (single_visit, paired, welch, complete_interactions, ancova_rung)
    return [check for part in parts for check in part()]
