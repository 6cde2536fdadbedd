"""The project's own incomplete-data cases, one function each: generated data, results of R beside them."""

from dataclasses import replace
from functools import partial

from reference import fits
from reference.agreement import Check
from reference.fits import Spec
from reference.own_checks import (
    CLOSED,
    DENSE,
    DENSE_REASON,
    DIFFERENCES,
    GLS_REASON,
    coefficient_checks,
    covariance_checks,
    dense_checks,
    gls_checks,
    mean_checks,
    read,
    relative,
    sigma_checks,
    spec_of,
    table_checks,
    version,
)
from reference.tolerances import root_excess


def unstructured() -> list[Check]:
    """Incomplete unstructured data: gls, emmeans, clubSandwich, dense.R."""
    case, record = "unstructured", read("unstructured")
    spec = spec_of(case, "y ~ base + sex + arm * visit")
    nlme = f"{version(case, 'nlme')} gls"
    out = gls_checks(case, spec, record["gls_reml"], nlme, " gls REML")
    out += gls_checks(case, replace(spec, reml=False), record["gls_ml"], nlme, " gls ML")
    tables = {name: f"lsmeans_{name}" for name in ("equal", "proportional", "counterfactual")}
    out += mean_checks(
        case, replace(spec, df_method="asymptotic"), tables, record["gls_reml"]["deviance"], ("differences",)
    )
    out += dense_checks(case, spec, record["dense_reml"])
    out += dense_checks(case, replace(spec, reml=False), record["dense_ml"] | {"tests": {}}, " ML")
    return out + sandwich_checks(case, spec, record)


def sandwich_checks(case: str, spec: Spec, record: dict) -> list[Check]:
    """CR0, CR2, CR3 with df by definition (dense.R); CR0, CR1, CR3 by clubSandwich on gls.

    clubSandwich's CR2 is another definition (`CR2_target`), see divergences.md.
    """
    names, out = list(record["dense_reml"]["coef"]), []
    for kind in ("CR0", "CR2", "CR3"):
        inner, reference = replace(spec, cov_type=kind), record["dense_sandwich"][kind]
        out += covariance_checks(f"{case} {kind}", inner, reference, names, "R dense.R", DENSE, DENSE_REASON)
    club = version(case, "clubSandwich")
    for kind in ("CR0", "CR1", "CR3"):
        inner, reference = replace(spec, cov_type=kind), record[kind]
        out += covariance_checks(f"{case} {kind} gls", inner, reference, names, club, 2e-4, GLS_REASON)
    return out


def three_arms() -> list[Check]:
    """Three arms against a reference, by visit and averaged over visits, and joint tests."""
    case, record = "three_arms", read("three_arms")
    spec = spec_of(case, "y ~ base + arm * visit")
    deviance = record["gls_reml"]["deviance"]
    plain = replace(spec, df_method="asymptotic")
    out = gls_checks(case, spec, record["gls_reml"], f"{version(case, 'nlme')} gls", " gls")
    out += mean_checks(case, plain, {"equal": "lsmeans"}, deviance, ("differences", "differences_averaged"))
    out += mean_checks(case, plain, {"equal": "lsmeans_averaged"}, deviance, ())
    return out + dense_checks(case, spec, record["dense_reml"])


def structures() -> list[Check]:
    """All ten structures, REML and ML."""
    case, record = "structures", read("structures")
    base = spec_of(case, "y ~ base + arm * visit")
    out, nlme = [], f"{version(case, 'nlme')} gls"
    for method in ("reml", "ml"):
        for name, dense in record[f"dense_{method}"].items():
            time = "week" if name == "sp_exp" else None
            spec = replace(base, covariance=name, time=time, reml=method == "reml")
            label = f" {name} {method.upper()}"
            out += dense_checks(case, spec, dense, label)
            if name in record[f"gls_{method}"]:
                out += gls_checks(case, spec, record[f"gls_{method}"][name], nlme, f"{label} gls")
    spec = replace(base, covariance="sp_exp", time="week")
    return out + gls_checks(case, spec, record["gls_corCAR1"], nlme, " sp_exp corCAR1")


def group_covariance() -> list[Check]:
    """One Sigma per arm, every term crossed with arm: the two arms' own fits added up."""
    case, record = "group_covariance", read("group_covariance")
    spec = spec_of(case, "y ~ 0 + arm + arm:base + arm:visit", group="arm")
    out = [
        Check(
            f"{case} {key}",
            "-2 log-likelihood",
            "deviance",
            f"R {program}",
            record[f"deviance_{key}"],
            partial(fits.deviance, spec),
            limit,
            reason,
            ceiling=CLOSED,
        )
        for key, program, limit, reason in (
            ("gls", "nlme gls, two fits", 1e-6, GLS_REASON),
            ("dense", "dense.R, two fits", CLOSED, DENSE_REASON),
        )
    ]
    for arm, own in record["arms"].items():
        out += sigma_checks(
            case,
            spec,
            own["dense"]["sigma"],
            "R dense.R",
            lambda i, j, v: relative(v, DENSE),
            DENSE_REASON,
            arm,
        )
        for method, (se, df) in {
            "satterthwaite": ("se", "df_satterthwaite"),
            "kenward-roger": ("se_kr", "df_kr"),
        }.items():
            inner = replace(spec, df_method=method)
            for attribute, key in (("params", "coef"), ("bse", se), ("df", df)):
                value = own["dense"][key]["base"]
                out.append(
                    Check(
                        f"{case} {method}",
                        f"base slope {arm} {attribute}",
                        _kind(attribute),
                        "R dense.R",
                        value,
                        partial(_slope, inner, arm, attribute),
                        relative(value, DENSE),
                        DENSE_REASON,
                    )
                )
    joint = spec_of(case, "y ~ base + arm * visit", group="arm")
    for name, dense in record["by_arm"].items():
        time = "visitn" if name == "sp_exp" else None
        out += dense_checks(case, replace(joint, covariance=name, time=time), dense, f" {name} by arm")
    names = list(record["by_arm"]["us"]["coef"])
    for kind, reference in record["sandwich"].items():
        inner = replace(joint, cov_type=kind)
        out += covariance_checks(f"{case} {kind}", inner, reference, names, "R dense.R", DENSE, DENSE_REASON)
    return out


def _kind(attribute: str) -> str:
    return {"params": "estimate", "bse": "se", "df": "df"}[attribute]


def _slope(spec: Spec, arm: str, attribute: str) -> float:
    return float(getattr(fits.fit_of(spec), attribute)[f"arm[{arm}]:base"])


def weighted() -> list[Check]:
    """Whole-number weights: the expanded data's fit, CR0 by original subject."""
    case, record = "weighted", read("weighted")
    spec = spec_of(case, "y ~ base + arm * visit", weights="w")
    out = gls_checks(case, spec, record["gls_reml"], f"{version(case, 'nlme')} gls on copies", " gls")
    dense = record["dense_reml"]
    out.append(
        Check(
            case,
            "-2 log-likelihood (tight)",
            "deviance",
            "R dense.R on copies",
            dense["deviance"],
            partial(fits.deviance, spec),
            CLOSED,
            DENSE_REASON,
            ceiling=CLOSED,
        )
    )
    out += sigma_checks(
        f"{case} tight",
        spec,
        dense["sigma"],
        "R dense.R on copies",
        lambda i, j, v: relative(v, DENSE),
        DENSE_REASON,
    )
    out += coefficient_checks(
        f"{case} tight",
        spec,
        dense,
        {"params": "coef", "bse": "se"},
        "R dense.R on copies",
        lambda a, n, v: relative(v, DENSE),
        DENSE_REASON,
    )
    inner = replace(spec, cov_type="CR0")
    names = list(dense["coef"])
    out += covariance_checks(
        f"{case} CR0 gls", inner, record["CR0"], names, version(case, "clubSandwich"), 1e-3, GLS_REASON
    )
    for kind, reference in record["dense_sandwich"].items():
        inner = replace(spec, cov_type=kind)
        out += covariance_checks(f"{case} {kind}", inner, reference, names, "R dense.R", DENSE, DENSE_REASON)
    return out


def precision() -> list[Check]:
    """A precision per row, against a gls whose variances are divided by it."""
    case, record = "precision", read("precision")
    spec = spec_of(case, "y ~ base + arm * visit", precision="n_readings")
    out = gls_checks(case, spec, record["gls_reml"], version(case, "nlme"))
    out += gls_checks(case, replace(spec, reml=False), record["gls_ml"], version(case, "nlme"), " ML")

    def ours(row: dict, column: str) -> float:
        fit = fits.fit_of(spec)
        tables = {
            "TRT - PBO": lambda: fit.contrasts(
                "arm", reference="PBO", average={"visit": {"V1": 1, "V2": 2, "V3": 4, "V4": 3}}
            ),
            "TRT, V4 - V1": lambda: fit.contrasts(
                ["arm", "visit"], coefficients={"TRT, V4 - V1": {("TRT", "V4"): 1, ("TRT", "V1"): -1}}
            ),
        }
        return fits.cell(tables[row["contrast"]](), column)

    def within(column: str, row: dict, value: float):
        return lambda: root_excess(spec, record["gls_reml"]["deviance"]) * row["SE"] + relative(value, 1e-7)

    program = f"{version(case, 'emmeans')} on gls"
    return out + table_checks(
        f"{case} named", record["named"], ours, DIFFERENCES, program, within, GLS_REASON
    )


def random_intercept() -> list[Check]:
    """Compound symmetry: lme4's criterion and coefficients, lmerTest's df, dense.R."""
    case, record = "random_intercept", read("random_intercept")
    spec = spec_of(case, "y ~ base + arm * visit", covariance="cs")
    lmer, program = record["lmer"], version(case, "lme4")
    out = [
        Check(
            f"{case} lmer",
            "-2 log-likelihood",
            "deviance",
            program,
            lmer["deviance"],
            partial(fits.deviance, spec),
            1e-7,
            GLS_REASON,
            ceiling=CLOSED,
        )
    ]
    out += coefficient_checks(
        f"{case} lmer",
        spec,
        lmer,
        {"params": "coef", "bse": "se"},
        program,
        lambda a, n, v: relative(v, 1e-6),
        GLS_REASON,
    )
    satterthwaite = record["satterthwaite"]
    numeric = "lmerTest's Hessian is numeric"
    out += coefficient_checks(
        f"{case} Satterthwaite",
        spec,
        satterthwaite,
        {"df": "df"},
        version(case, "lmerTest"),
        lambda a, n, v: relative(v, 1e-6),
        numeric,
    )
    test = satterthwaite["test"]
    for ours, key in (("num_df", "NumDF"), ("den_df", "DenDF"), ("F", "F value"), ("p", "Pr(>F)")):
        out.append(
            Check(
                f"{case} Satterthwaite",
                f"arm:visit {ours}",
                {"F": "statistic", "p": "p"}.get(ours, "df"),
                version(case, "lmerTest"),
                test[key],
                partial(fits.type3, spec, "arm:visit", ours),
                relative(test[key], 1e-6),
                numeric,
            )
        )
    return out + dense_checks(case, spec, record["dense_reml"]) + expected_information(case, spec, record)


def expected_information(case: str, spec: Spec, record: dict) -> list[Check]:
    """pbkrtest's Kenward-Roger: the engine's with the expected information."""
    reference, program = record["kenward_roger_expected"], version(case, "pbkrtest")
    inner = replace(spec, df_method="kenward-roger", information="expected")
    out = coefficient_checks(
        f"{case} KR expected",
        inner,
        reference,
        {"bse": "se", "df": "df"},
        program,
        lambda a, n, v: relative(v, 1e-6),
        GLS_REASON,
    )
    for ours in ("num_df", "den_df", "F", "p"):
        value = reference["test"][ours]
        out.append(
            Check(
                f"{case} KR expected",
                f"arm:visit {ours}",
                {"F": "statistic", "p": "p"}.get(ours, "df"),
                program,
                value,
                partial(fits.type3, inner, "arm:visit", ours),
                relative(value, 1e-6),
                GLS_REASON,
            )
        )
    return out


def checks() -> list[Check]:
    """Every check on the project's own cases."""
    parts = (unstructured, three_arms, structures, group_covariance, weighted, precision, random_intercept)
    return [check for part in parts for check in part()]
