"""Responders by definition and missing rule: n/N (%), risk difference, standardised difference."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import (
    PERCENT_DECIMALS,
    format_interval,
    format_number,
    format_p_value,
    format_plain,
)
from trial.display.results import Results
from trial.display.spec import Arm, OutputSpec, ShownAnalysis
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import P_VALUES, design_caveat, level_text, output_number, population_words

TEMPLATE = Template(
    "table", "endpoint", roles=("responders", "counts"), intervals=("responders",), many=("responders",)
)
MISSING = {
    "observed": "Observed values",
    "non-responder": "Missing is a failure",
    "imputed": "Multiple imputation",
}
RUBIN = (
    "Multiple imputation: values are imputed and then judged; counts are means over the imputations, "
    "differences and p-values are pooled by Rubin's rules, and limits stand beside the estimate."
)
NOTES = (
    "Observed values: subjects with a value at the visit (and, for a fall, at baseline). Missing is a "
    "failure: all members of the population; one without is no responder.",
    "A value on a threshold is not below it; a fall of exactly the amount counts. Values converted from "
    "another unit are not rounded before they are judged.",
    "Risk difference in percentage points, not adjusted, with the limits of Newcombe and of Miettinen and "
    "Nurminen; its p-value is that of the score test that belongs to the latter.",
)


def build(context: Context) -> Table:
    """Return one block per analysis and definition, one row per missing rule and compared arm."""
    spec, endpoint = context.spec, context.endpoint
    marks = Marks()
    records = {record["analysis"]: record for record in context.records["responders"]}
    blocks = tuple(
        _block(context, shown, results, definition, records[shown.id], marks)
        for shown, results in context.panels["responders"]
        for definition in records[shown.id]["definitions"]
    )
    visit = spec.primary_visit(endpoint).label
    level = level_text(spec)
    group = "Risk difference (points)"
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: responders at {visit}"),),
        population=population_words(spec),
        columns=(
            Column("Definition\nMissing values", width=2.6, align="left"),
            *(Column("n/N (%)", group=arm.label, width=1.3) for arm in spec.arms),
            Column("Estimate", group=group),
            Column(f"Newcombe\n{level}", group=group, width=1.5),
            Column(f"Miettinen-Nurminen\n{level}", group=group, width=1.7),
            Column("p-value", group=group),
            Column(f"Estimate ({level})", group="Standardised difference (points)", width=2.0),
            Column("p-value", group="Standardised difference (points)"),
        ),
        blocks=blocks,
        notes=assemble_notes(
            context,
            denominators=(
                *NOTES,
                *_imputed(records),
                *_standardised(spec),
                *_doses(records),
                *_composites(spec, records),
                *_design(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _imputed(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what the imputed rows are, where there are some."""
    found = [record["imputation"] for record in records.values() if record["imputation"]]
    each = dict.fromkeys(
        f"{one['imputations']} imputations under {one['strategy']}, seed {one['seed']}" for one in found
    )
    return [f"{RUBIN} {'; '.join(each)}."] if each else []


def _standardised(spec: OutputSpec) -> list[str]:
    """Return what the standardised difference is, and of which covariates."""
    found: dict[str, list[str]] = {}
    for shown in spec.roles["responders"]:
        found.setdefault(", ".join(shown.covariates) or "no covariate", []).append(shown.label)
    of = "; ".join(
        f"{words} ({', '.join(names)})" if len(found) > 1 else words for words, names in found.items()
    )
    return [
        "Standardised difference: average over the subjects of the difference between the risks of both arms "
        f"under a logistic model with arm and {of}; normal approximation."
    ]


def _design(spec: OutputSpec) -> list[str]:
    """Return what the p-values are, and what the design allows."""
    if spec.study.randomised:
        return [P_VALUES]
    return [
        P_VALUES,
        design_caveat(
            spec, "The risk difference is not adjusted, the standardised one only for the covariates named"
        ),
    ]


def _doses(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what each composite asks of the dose of medicines."""
    found = {
        one["label"]: one["dose"]
        for record in records.values()
        for one in record["definitions"]
        if one.get("dose")
    }
    lines = []
    for label, dose in found.items():
        texts = "; ".join(", ".join(values) for values in dose["where"].values())
        share = format_plain(100 * dose["share"])
        lines.append(
            f"{label}: the sum of the daily doses in {dose['unit']} of the medicines ({texts}) on the day "
            f"of the value is at most {share}% of that on the day of the baseline value; who took none at "
            "baseline takes none. In multiple imputation the value is imputed and the dose is as recorded, "
            "on the visit's target day where there is no value."
        )
    return lines


def _composites(spec: OutputSpec, records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what the analyses say that count events as failures."""
    names = [shown.label for shown in spec.roles["responders"] if records[shown.id]["composite"]]
    if not names:
        return []
    return [
        f"{', '.join(names)}: a subject fails from the event on, with or without a value at the visit; the "
        "estimand says which events."
    ]


def _block(
    context: Context,
    shown: ShownAnalysis,
    results: Results,
    definition: Mapping[str, Any],
    record: Mapping[str, Any],
    marks: Marks,
) -> Block:
    spec = context.spec
    rows = tuple(
        _row(context, results, f"{definition['code']}.{missing}", arm, _label(spec, missing, arm), marks)
        for missing in record["missing"]
        for arm in spec.active_arms
    )
    heading = f"{definition['label']}. {shown.label}"
    return Block(f"{heading} ({shown.estimand})" if shown.estimand else heading, rows)


def _label(spec: OutputSpec, missing: str, arm: Arm) -> str:
    return MISSING[missing] if len(spec.active_arms) == 1 else f"{MISSING[missing]}: {arm.label}"


def _row(context: Context, results: Results, name: str, arm: Arm, label: str, marks: Marks) -> Row:
    spec, endpoint = context.spec, context.endpoint
    visit = spec.primary_visit(endpoint).code
    points = partial(format_interval, decimals=PERCENT_DECIMALS)
    p_value = partial(format_p_value, style=spec.p_values)

    def cell(write: Any, group: str, *statistics: str) -> Cell:
        found = [results.get(endpoint.paramcd, visit, group, f"{name}.{one}") for one in statistics]
        return make_cell(write, marks, *found)

    pair = spec.comparison(arm)
    if name.endswith(".imputed"):
        limits = [cell(_estimate, pair, "rd", "rd.lower", "rd.upper"), Cell(), Cell()]
        share = _mean_share
    else:
        share = _share
        limits = [
            cell(_points, pair, "rd"),
            cell(points, pair, "rd.newcombe.lower", "rd.newcombe.upper"),
            cell(points, pair, "rd.mn.lower", "rd.mn.upper"),
        ]
    return Row(
        (
            Cell(label),
            *(cell(share, one.code, "responders", "N", "pct") for one in spec.arms),
            *limits,
            cell(p_value, pair, "rd.pvalue"),
            cell(_estimate, pair, "marginal", "marginal.lower", "marginal.upper"),
            cell(p_value, pair, "marginal.pvalue"),
        )
    )


def _share(responders: float, of: float, percent: float) -> str:
    return f"{responders:.0f}/{of:.0f} ({_points(percent)})"


def _mean_share(responders: float, of: float, percent: float) -> str:
    return f"{_points(responders)}/{of:.0f} ({_points(percent)})"


def _points(value: float) -> str:
    return format_number(value, PERCENT_DECIMALS)


def _estimate(value: float, lower: float, upper: float) -> str:
    return f"{_points(value)} {format_interval(lower, upper, PERCENT_DECIMALS)}"
