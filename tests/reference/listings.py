"""Checks against whole SAS PROC MIXED listings of the FEV1 data (printed digits)."""

from functools import partial
from math import exp, log

import numpy as np
from scipy.stats import t as student

from reference import fits, sas
from reference.agreement import Check, half_unit
from reference.fits import Spec
from reference.tolerances import Z, covariance_se, f_shift, root_excess, row_shift

SUBJECTS_READ, SUBJECTS_USED = 200, 197
ROUNDING = 5e-9  # of the printed deviance


def spec_of(name: str, listing: dict) -> Spec:
    """The engine's model for a listing."""
    info = listing["model_information"]
    structure = sas.STRUCTURE[info["Covariance Structure"]]
    terms = {f["term"].split(" | ")[0] for f in listing.get("fixed_effects", [])} - {"Intercept", "1"}
    right = " + ".join(sorted(terms)) or "1"
    kenward = {"Kenward-Roger": "kenward-roger", "Prasad-Rao-Jeske-Kackar-Harville": "kenward-roger-linear"}
    method = info["Degrees of Freedom Method"]
    standard_errors = info.get("Fixed Effects SE Method")
    time = None
    if structure == "sp_exp":
        time = "VISITN" if "sas_sp_exp_" in name or "spatial" in name else ("VISITN", "VISITN2")
    return Spec(
        "fev",
        sas.FORMULA.get(name, f"FEV1 ~ {right}"),
        subject="USUBJID",
        visit="AVISIT",
        covariance=structure,
        group=info.get("Group Effect"),
        reml=info["Estimation Method"] == "REML",
        time=time,
        df_method=kenward[standard_errors] if method == "Kenward-Roger" else method.lower(),
        cov_type="CR0" if standard_errors == "Empirical" else "model",
    )


def natural(name: str, label: str, spec: Spec) -> float:
    """A covariance parameter by SAS's name, from the engine's Sigma."""
    group = label.split()[-1] if " " in label else None
    if spec.covariance == "sp_exp":
        reach = fits.natural_parameter(spec, "range")
        return {"SP(EXP)": reach, "SP(POW)": exp(-1 / reach)}.get(
            name, fits.natural_parameter(spec, "variance")
        )
    s = fits.sigma(spec, group)
    if name.startswith("UN("):
        visits = sas.VISITS[1:] + sas.VISITS[:1] if spec.formula in (sas.FULL, "FEV1 ~ 1") else sas.VISITS
        i, j = (sas.VISITS.index(visits[int(n) - 1]) for n in name[3:-1].split(","))
        return float(s[i, j])
    sd = np.sqrt(np.diag(s))
    r = s / np.outer(sd, sd)
    if name.startswith("Var("):
        i = int(name[4:-1]) - 1
        return float(s[i, i])
    if name in ("Residual", "Variance"):
        return float(s[0, 0] - (s[0, 1] if spec.covariance == "cs" else 0.0))
    if name.startswith("Rho("):
        i = int(name[4:-1]) - 1
        return float(r[i, i + 1])
    if name.startswith("TOEPH("):
        return float(r[0, int(name[6:-1])])
    if name.startswith("TOEP("):
        return float(s[0, int(name[5:-1]) - 1])
    if name == "CS":
        return float(s[0, 1])
    return float(r[0, 1])  # AR(1), ARH(1), CSH


def covariance_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """Covariance parameters at their printed digits plus the distance SAS's early stop can explain."""

    def tolerance(row: dict) -> float:
        if row.get("upper"):
            se = (row["upper"] - row["lower"]) / Z
        elif spec.covariance != "us":  # no limits printed: about 15 % of the value for these data
            se = 0.15 * row["estimate"]
        else:  # at least 50 subjects per group
            variances = [v["estimate"] for v in listing["cov_params"] if v["parm"] in ("UN(1,1)", "UN(4,4)")]
            se = covariance_se(max(variances), max(variances), row["estimate"], 50)
        return half_unit(row["estimate"]) + stop(spec, listing) * se

    return [
        Check(
            name,
            f"{row['parm']} {(row.get('label') or '').removeprefix('USUBJID').strip()}".strip(),
            "sigma",
            program,
            row["estimate"],
            partial(natural, row["parm"], row.get("label") or "", spec),
            partial(tolerance, row),
            sas.PRINTED,
        )
        for row in listing["cov_params"]
    ]


def stop(spec: Spec, listing: dict) -> float:
    """How far from the optimum SAS stopped, in standard errors of the covariance parameters."""
    return root_excess(spec, listing["neg2_loglik_full_precision"], ROUNDING)


def information_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """-2 log-likelihood to 2e-5, never above SAS; AIC, AICc, BIC to the printed decimal."""
    out = [
        Check(
            name,
            "-2 log-likelihood",
            "deviance",
            program,
            listing["neg2_loglik_full_precision"],
            partial(fits.deviance, spec),
            sas.DEVIANCE,
            sas.EARLY,
            ceiling=sas.ABOVE,
        )
    ]
    statistics = listing["fit_statistics"]
    read_rows = listing.get("n_obs", {}).get("Number of Observations Read", 800)
    for attribute, key in (("aic", "AIC"), ("aicc", "AICC"), ("bic", "BIC")):
        reference = next(v for k, v in statistics.items() if k.startswith(key + " "))
        out.append(
            Check(
                name,
                attribute.upper(),
                "information",
                program,
                reference,
                partial(_information, spec, attribute, listing, read_rows),
                0.05 + sas.DEVIANCE,
                "one printed decimal",
            )
        )
    return out


def _information(spec: Spec, attribute: str, listing: dict, read_rows: int) -> float:
    """AIC, AICc or BIC; BIC counts the subjects read, and some listings were made without the empty rows."""
    value = float(getattr(fits.fit_of(spec), attribute))
    if attribute == "bic" and read_rows < 800:
        statistics = listing["fit_statistics"]
        aic = next(v for k, v in statistics.items() if k.startswith("AIC "))
        minus2 = next(v for k, v in statistics.items() if "Log Likelihood" in k)
        count = round((aic - minus2) / 2)
        value += count * log(SUBJECTS_USED / SUBJECTS_READ)
    return value


def row_checks(name: str, quantity: str, row: dict, ours, program: str, far) -> list[Check]:
    """Estimate, SE, df (an integer print), t, p and limits of one printed line.

    ``ours(key)`` gives the engine's number, ``far()`` how far SAS stopped from the optimum.
    """

    def tolerance(key: str, digits: float) -> float:
        return digits + row_shift(far(), row["estimate"], row["se"], row["df"])[key]

    limit = half_unit(row["estimate"])
    digits = {
        "estimate": limit,
        "se": half_unit(row["se"]),
        "df": 0.5,
        "t": 0.005,
        "lower": limit,
        "upper": limit,
    }
    kinds = {"t": "statistic", "lower": "limit", "upper": "limit"}
    out = [
        Check(
            name,
            f"{quantity} {key}",
            kinds.get(key, key),
            program,
            row[key],
            partial(ours, key),
            partial(tolerance, key, half_unit(row[key]) if key in ("lower", "upper") else unit),
            sas.PRINTED,
        )
        for key, unit in digits.items()
        if row.get(key) is not None
    ]
    small = row["p"] == "<.0001"
    value = 0.0 if small else float(row["p"])
    limit_p = 1e-4 if small else partial(tolerance, "p", 0.00005)
    reason = "printed as <.0001" if small else sas.PRINTED
    return [*out, Check(name, f"{quantity} p", "p", program, value, partial(ours, "p"), limit_p, reason)]


def f_checks(name: str, label: str, row: dict, ours, program: str, far, counted: bool = False) -> list[Check]:
    """An F test: numerator df exactly, F to two decimals, denominator df as an integer (``counted``:
    no df that move with Sigma), p.
    """

    def tolerance(key: str, digits: float) -> float:
        fixed = key == "den_df" and counted
        return digits + (0.0 if fixed else f_shift(far(), row["F"], row["num_df"], row["den_df"])[key])

    p = row.get("p_F", row.get("p"))
    small = p == "<.0001"
    out = [
        Check(
            name,
            f"{label} {key}",
            kind,
            program,
            row[key],
            partial(ours, key),
            partial(tolerance, key, unit),
            why,
        )
        for key, kind, unit, why in (
            ("num_df", "df", 0.0, "exact"),
            ("den_df", "df", 0.5, sas.PRINTED),
            ("F", "statistic", 0.005, sas.PRINTED),
        )
    ]
    value, limit = (0.0, 1e-4) if small else (p, partial(tolerance, "p", 0.00005))
    reason = "printed as <.0001" if small else sas.PRINTED
    return [*out, Check(name, f"{label} p", "p", program, value, partial(ours, "p"), limit, reason)]


def r_name(term: str) -> str:
    """``AVISIT*ARMCD | VIS2 | TRT`` -> ``AVISITVIS2:ARMCDTRT``."""
    if term == "Intercept":
        return "(Intercept)"
    effect, *levels = term.split(" | ")
    return ":".join(f + level for f, level in zip(effect.split("*"), levels, strict=True))


def _coefficient(spec: Spec, name: str, key: str) -> float:
    if key in ("lower", "upper"):
        return fits.limit(spec, name, key)
    attribute = {"estimate": "params", "se": "bse", "df": "df", "t": "tvalues", "p": "pvalues"}[key]
    return fits.coefficient(spec, attribute, name)


def coefficient_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """Fixed effects; SAS's zero rows of reference levels carry no information."""
    out = []
    for row in listing.get("fixed_effects", []):
        if row["se"] is None or row["term"].startswith("1 |"):
            continue
        term = r_name(row["term"])
        out += row_checks(
            name, term, row, partial(_coefficient, spec, term), program, partial(stop, spec, listing)
        )
    return out


LSMEAN_COLUMN = {"t": "statistic", "p": "pvalue"}


def _lsmean(spec: Spec, levels: dict, key: str) -> float:
    table = fits.lsmeans_table(spec, "ARMCD", "AVISIT" if "AVISIT" in levels else None, "equal")
    return fits.cell(table, LSMEAN_COLUMN.get(key, key), **levels)


def _difference(spec: Spec, one: dict, two: dict, key: str) -> float:
    row = fits.mean_row(spec, **one) - fits.mean_row(spec, **two)
    value = fits.contrast(spec, row)
    if key in value:
        return value[key]
    if key in ("lower", "upper"):
        width = student.ppf(0.975, value["df"]) * value["se"]
        return value["estimate"] + (width if key == "upper" else -width)
    t = value["estimate"] / value["se"]
    return float(t if key == "t" else 2 * student.sf(abs(t), value["df"]))


def _contrast(spec: Spec, levels: dict, key: str) -> float:
    by = "AVISIT" if "AVISIT" in levels else None
    table = fits.contrasts_table(spec, "ARMCD", by, "PBO")
    visit = {"AVISIT": levels["AVISIT"]} if by else {}
    return fits.cell(table, LSMEAN_COLUMN.get(key, key), **visit)


def lsmean_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """LS means, every printed difference, and the same-visit differences through ``contrasts``."""
    out, far = [], partial(stop, spec, listing)
    for row in listing.get("lsmeans", []):
        levels = {k: v for k, v in row["labels"].items() if k != "Effect"}
        label = f"LS mean {' '.join(levels.values())}"
        out += row_checks(name, label, row, partial(_lsmean, spec, levels), program, far)
    for row in listing.get("lsmean_differences", []):
        labels = {k: v for k, v in row["labels"].items() if k != "Effect"}
        one = {k: v for k, v in labels.items() if not k.startswith("_")}
        two = {k[1:]: v for k, v in labels.items() if k.startswith("_")}
        label = f"{' '.join(one.values())} - {' '.join(two.values())}"
        out += row_checks(name, label, row, partial(_difference, spec, one, two), program, far)
        if one["ARMCD"] == "TRT" and two["ARMCD"] == "PBO" and one.get("AVISIT") == two.get("AVISIT"):
            out += row_checks(name, f"contrast {label}", row, partial(_contrast, spec, one), program, far)
    return out


def type3_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """Type 3 tests."""
    out, far = [], partial(stop, spec, listing)
    for row in listing.get("type_3_tests_of_fixed_effects", []):
        term = row["effect"].replace("*", ":")
        out += f_checks(
            name,
            f"type 3 {term}",
            row,
            partial(fits.type3, spec, term),
            program,
            far,
            spec.df_method == "between-within",
        )
    return out


def _slice(spec: Spec, visit: str, key: str) -> float:
    rows = fits.mean_row(spec, ARMCD="TRT", AVISIT=visit) - fits.mean_row(spec, ARMCD="PBO", AVISIT=visit)
    return fits.joint_test(spec, rows[None, :])[key]


def slice_checks(name: str, spec: Spec, listing: dict, program: str) -> list[Check]:
    """Slices of AVISIT*ARMCD: the F test of the arms at one visit."""
    out, far = [], partial(stop, spec, listing)
    for row in listing.get("slices", []):
        (visit,) = row["level"]
        out += f_checks(name, f"slice {visit}", row, partial(_slice, spec, visit), program, far)
    return out


def checks() -> list[Check]:
    """Every listing whose model the engine covers."""
    out = []
    for path, listing in sas.read("sas_parsed.json").items():
        name = path.split("/")[-1]
        if name in sas.NOT_COVERED:
            continue
        spec = spec_of(name, listing)
        program = f"{sas.PROGRAM} (listing)"
        case = name.rsplit(".", 1)[0]
        for make in (
            information_checks,
            covariance_checks,
            coefficient_checks,
            lsmean_checks,
            type3_checks,
            slice_checks,
        ):
            out += make(case, spec, listing, program)
    return out
