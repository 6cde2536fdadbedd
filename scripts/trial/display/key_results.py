"""The key results: every endpoint at the primary visit, in numbers and in words."""

from functools import partial

from trial.display.cells import make_cell
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.provenance import Stamp
from trial.display.results import Results, Statistic
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    benefit_text,
    comparison_notes,
    level_text,
    model_name,
    population_line,
    primary_visits,
    printed_number,
)


def build_key_table(spec: OutputSpec, results: Results, stamp: Stamp, output_id: str) -> Table:
    """Return the table of every endpoint's comparison at its primary visit, one block per compared arm."""
    marks = Marks()
    blocks = tuple(
        Block(
            f"{arm.label} against {spec.reference.label}",
            tuple(_row(spec, endpoint, arm, results, marks) for endpoint in spec.endpoints),
        )
        for arm in spec.active_arms
    )
    return Table(
        id=output_id,
        number=printed_number(output_id),
        titles=(f"Key results: all endpoints at {primary_visits(spec)}, {_model_names(spec, results)}",),
        population=population_line(spec),
        columns=(
            Column("Endpoint", width=2.4, align="left"),
            Column("Benefit"),
            Column("Estimate"),
            Column(level_text(spec)),
            Column("p-value"),
        ),
        blocks=blocks,
        notes=assemble_notes(
            stamp,
            abbreviations=["CI", "GMR"],
            denominators=(
                "Estimate: difference of changes from baseline, or GMR (ratio of ratios to baseline).",
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=stamp,
    )


def native_statistics(
    spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results
) -> tuple[Statistic, Statistic, Statistic]:
    """Return difference or GMR of an arm to the reference at the primary visit, with its limits."""
    name, comparison = "gmr" if endpoint.is_log else "diff", spec.comparison(arm)
    value, lower, upper = (
        results.get(endpoint.paramcd, "model", endpoint.primary_visit, comparison, f"{name}{part}")
        for part in ("", ".lower", ".upper")
    )
    return value, lower, upper


def p_statistic(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> Statistic:
    """Return the p-value of an arm's comparison at the primary visit."""
    comparison = spec.comparison(arm)
    return results.get(endpoint.paramcd, "model", endpoint.primary_visit, comparison, "diff.pvalue")


def comparison_text(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> str:
    """Return one comparison at the primary visit in words, for alternative texts."""
    found = (*native_statistics(spec, endpoint, arm, results), p_statistic(spec, endpoint, arm, results))
    kind = "geometric mean ratio" if endpoint.is_log else "difference"
    if not all(statistic.present for statistic in found):
        return f"{kind} to {spec.reference.label} not estimable"
    value, lower, upper, p_value = (statistic.value for statistic in found)
    places = spec.estimate_decimals(endpoint)
    return (
        f"{kind} of {arm.label} to {spec.reference.label} {format_number(value, places)}, "
        f"{level_text(spec)} {format_interval(lower, upper, places)}, p {_p_text(p_value, spec)}"
    )


def _row(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results, marks: Marks) -> Row:
    value, lower, upper = native_statistics(spec, endpoint, arm, results)
    p_value = p_statistic(spec, endpoint, arm, results)
    places = spec.estimate_decimals(endpoint)
    prefix = "GMR " if endpoint.is_log else ""
    suffix = "" if endpoint.is_log or not endpoint.unit_label else f" {endpoint.unit_label}"
    return Row(
        (
            Cell(endpoint.label, marks=marks.letters(_model_notes(endpoint, results))),
            Cell(benefit_text(endpoint)),
            make_cell(lambda number: f"{prefix}{format_number(number, places)}{suffix}", marks, value),
            make_cell(partial(format_interval, decimals=places), marks, lower, upper),
            make_cell(partial(format_p_value, style=spec.printing.p_values), marks, p_value),
        )
    )


def _model_names(spec: OutputSpec, results: Results) -> str:
    kinds = {results.is_ancova(endpoint.paramcd) for endpoint in spec.endpoints}
    return " or ".join(model_name(is_ancova) for is_ancova in sorted(kinds))


def _model_notes(endpoint: Endpoint, results: Results) -> list[str]:
    """Return what a reader must know about the whole model of an endpoint."""
    kind = [f"Model: {model_name(True)}."] if results.is_ancova(endpoint.paramcd) else []
    return kind + results.warnings(endpoint.paramcd, "model")


def _p_text(value: float, spec: OutputSpec) -> str:
    text = format_p_value(value, spec.printing.p_values)
    return text if text[0] in "<>" else f"= {text}"
