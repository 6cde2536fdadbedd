"""Comparisons of four arms (``cases/comparisons``): adjustments, named contrasts, null and side, prediction."""

from functools import cache, partial

import pandas as pd

from reference import fits
from reference.agreement import Check
from reference.fits import Spec
from reference.own_checks import CLOSED, CLOSED_REASON, read, relative, spec_of, version

CASE = "comparisons"
SPEC: Spec = spec_of(CASE, "y ~ base + sex + arm", df_method="kenward-roger")
ADJUSTED = {"estimate": "estimate", "adj_pvalue": "p.value"}
LIMITS = {"adj_lower": "lower.CL", "adj_upper": "upper.CL"}
PLAIN = {"estimate": "estimate", "se": "SE", "df": "df", "statistic": "t.ratio", "pvalue": "p.value"}
KINDS = {
    "se": "se",
    "df": "df",
    "statistic": "statistic",
    "pvalue": "p",
    "adj_pvalue": "p",
    "estimate": "estimate",
}
LATTICE = "R's integral by a randomised lattice: to 1e-6, glht's to 1e-5"


@cache
def _table(call: str) -> pd.DataFrame:
    """A table of the engine by the call that makes it, keyed by comparison or arm."""
    fit = fits.fit_of(SPEC)
    calls = {
        "trend": lambda: fit.contrasts(
            "arm",
            coefficients={
                "dose trend": {"A": -3, "B": -1, "C": 1, "D": 3},
                "C and D - A": {"A": -1, "C": 0.5, "D": 0.5},
            },
        ),
        "greater": lambda: fit.contrasts("arm", reference="A", null=0.5, side="greater"),
        "less": lambda: fit.contrasts("arm", reference="A", null=0.5, side="less", level=0.9),
        "mean_null": lambda: fit.lsmeans("arm", null=20, side="greater"),
    }
    if call.startswith("dunnett"):
        side = call.removeprefix("dunnett ")
        table = fit.contrasts("arm", reference="A", adjust="dunnett", side=side)
    else:
        table = calls[call]() if call in calls else fit.contrasts("arm", adjust=call)
    return table.set_index(table.columns[0])


def _cell(call: str, row: str, column: str) -> float:
    return float(_table(call).loc[row, column])


def _checks(call: str, rows: list[dict], keys: dict[str, str], program: str, tolerance: float) -> list[Check]:
    """One check for each row and column that R printed."""
    out = []
    for row in rows:
        name = row.get("contrast", row.get("arm"))
        for column, key in keys.items():
            if row.get(key) is None:
                continue
            ours, limit = partial(_cell, call, name, column), relative(row[key], tolerance)
            out.append(
                Check(
                    f"{CASE} {call}",
                    f"{name} {column}",
                    KINDS.get(column, "limit"),
                    program,
                    row[key],
                    ours,
                    limit,
                    CLOSED_REASON,
                )
            )
    return out


def _dunnett(record: dict) -> list[Check]:
    """p-values and critical values by side; the limits are estimate -+ critical value times SE."""
    out, program = [], f"{version(CASE, 'mvtnorm')} pmvt"
    for key, side in (("two_sided", "two-sided"), ("greater", "greater"), ("less", "less")):
        found, call = record[key], f"dunnett {side}"
        for name, p in zip(record["contrast"], found["p"], strict=True):
            ours = partial(_cell, call, name, "adj_pvalue")
            out.append(Check(f"{CASE} {call}", f"{name} p", "p", program, p, ours, 1e-5, LATTICE))

        def critical(call: str = call, side: str = side) -> float:
            row = _table(call).iloc[0]
            end = row["adj_upper"] - row["estimate"] if side == "less" else row["estimate"] - row["adj_lower"]
            return float(end / row["se"])

        out.append(
            Check(
                f"{CASE} {call}",
                "critical value",
                "limit",
                program,
                found["critical"],
                critical,
                1e-4,
                LATTICE,
            )
        )
    glht = version(CASE, "multcomp") + " glht"
    for name, p in zip(record["contrast"], record["glht"], strict=True):
        ours = partial(_cell, "dunnett two-sided", name, "adj_pvalue")
        out.append(Check(f"{CASE} glht", f"{name} p", "p", glht, p, ours, 2e-5, LATTICE))
    return out


def _several(record: list[list[dict]]) -> list[Check]:
    """Means at three values of the covariate, asked for at once."""

    def ours(value: float, arm: str, column: str) -> float:
        table = fits.fit_of(SPEC).lsmeans("arm", at={"base": [7, 8.5, 10]})
        return fits.cell(table[table["base"] == value], column, arm=arm)

    keys = {"estimate": "emmean", "se": "SE", "df": "df", "lower": "lower.CL", "upper": "upper.CL"}
    return [
        Check(
            f"{CASE} base={value:g}",
            f"{row['arm']} {column}",
            KINDS.get(column, "limit"),
            f"{version(CASE, 'emmeans')} on lm",
            row[key],
            partial(ours, value, row["arm"], column),
            relative(row[key], CLOSED),
            CLOSED_REASON,
        )
        for value, rows in zip((7, 8.5, 10), record, strict=True)
        for row in rows
        for column, key in keys.items()
    ]


NEW = pd.DataFrame({"base": [7, 9], "sex": ["F", "M"], "arm": ["A", "D"], "visit": "V1"})


def _predictions(record: dict) -> list[Check]:
    """`predict.lm` with limits for the mean and for a new response, 90 %."""

    def ours(interval: str, row: int, column: str) -> float:
        return float(fits.fit_of(SPEC).predict(NEW, interval, level=0.9)[column].iloc[row])

    return [
        Check(
            f"{CASE} {interval}",
            f"row {row + 1} {column}",
            KINDS.get(column, "limit"),
            f"{version(CASE, 'R')} predict.lm",
            value,
            partial(ours, interval, row, column),
            relative(value, CLOSED),
            CLOSED_REASON,
        )
        for interval in ("confidence", "prediction")
        for row, values in enumerate(record[interval])
        for column, value in zip(("estimate", "lower", "upper"), values, strict=True)
    ]


def checks() -> list[Check]:
    """Every check on the comparisons of four arms."""
    record, emmeans = read(CASE), f"{version(CASE, 'emmeans')} on lm"
    out = _dunnett(record["dunnett"]) + _several(record["several"]) + _predictions(record)
    # R's ptukey has a documented accuracy of about ten digits for p and its quantile is solved to 1e-4
    out += _checks("tukey", record["tukey"], ADJUSTED, emmeans, 1e-8)
    out += _checks("tukey", record["tukey"], LIMITS, emmeans, 1e-4)
    out += _checks("bonferroni", record["bonferroni"], ADJUSTED | LIMITS, emmeans, CLOSED)
    for adjust in ("holm", "hochberg"):
        out += _checks(adjust, record[adjust], ADJUSTED, emmeans, CLOSED)
    ends = {"lower": "lower.CL", "upper": "upper.CL"}
    for call in ("greater", "less"):
        out += _checks(call, record[call], PLAIN | ends, emmeans, CLOSED)
    out += _checks("trend", record["trend"], PLAIN | ends, emmeans, CLOSED)
    return out + _checks(
        "mean_null", record["mean_null"], {**PLAIN, "estimate": "emmean", **ends}, emmeans, CLOSED
    )
