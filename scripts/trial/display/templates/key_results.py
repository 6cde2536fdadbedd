"""The key results: every endpoint at the primary visit, in numbers and in words."""

from functools import partial

from trial.display.cells import make_cell
from trial.display.comparisons import native_statistics, p_statistic
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    at_primary_visit,
    benefit_text,
    comparison_notes,
    level_text,
    model_name,
    output_number,
    population_line,
    visit_suffix,
)

TEMPLATE = Template("table", "study", roles=("model",), intervals=("model",))


def build(context: Context) -> Table:
    """Return the table of every endpoint's comparison at the primary visit, one block per compared arm."""
    spec, results = context.spec, context.results["model"]
    marks = Marks()
    blocks = tuple(
        Block(
            f"{arm.label} against {spec.reference.label}",
            tuple(_row(spec, endpoint, arm, results, marks) for endpoint in spec.endpoints),
        )
        for arm in spec.active_arms
    )
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"All endpoints {at_primary_visit(spec)}, {_model_names(spec, results)}"),),
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
            context,
            denominators=(
                _definition(spec),
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _row(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results, marks: Marks) -> Row:
    value, lower, upper = native_statistics(spec, endpoint, arm, results)
    p_value = p_statistic(spec, endpoint, arm, results)
    places = spec.estimate_decimals(endpoint)
    letters = marks.letters(_model_notes(endpoint, results))
    prefix = "GMR " if endpoint.is_log else ""
    suffix = "" if endpoint.is_log or not endpoint.unit_label else f" {endpoint.difference_unit}"
    return Row(
        (
            Cell(f"{endpoint.label}{visit_suffix(spec, endpoint)}", marks=letters),
            Cell(benefit_text(endpoint)),
            make_cell(lambda number: f"{prefix}{format_number(number, places)}{suffix}", marks, value),
            make_cell(partial(format_interval, decimals=places), marks, lower, upper),
            make_cell(partial(format_p_value, style=spec.p_values), marks, p_value),
        )
    )


def _definition(spec: OutputSpec) -> str:
    """Return what the column of estimates holds, by the response of the models."""
    words = {
        "change": "difference of changes from baseline, or GMR (ratio of ratios to baseline)",
        "value": "difference of means, or GMR (ratio of geometric means)",
    }
    found: dict[str, list[str]] = {}
    for endpoint in spec.endpoints:
        found.setdefault(spec.model(endpoint).response, []).append(endpoint.label)
    texts = [words[key] + (f" ({', '.join(of)})" if len(found) > 1 else "") for key, of in found.items()]
    return f"Estimate: {'; '.join(texts)}."


def _model_names(spec: OutputSpec, results: Results) -> str:
    kinds = {
        (results.is_ancova(endpoint.paramcd), spec.model(endpoint).method) for endpoint in spec.endpoints
    }
    return " or ".join(dict.fromkeys(model_name(*kind) for kind in sorted(kinds)))


def _model_notes(endpoint: Endpoint, results: Results) -> list[str]:
    """Return what a reader must know about the whole model of an endpoint."""
    kind = [f"Model: {model_name(True)}."] if results.is_ancova(endpoint.paramcd) else []
    return kind + results.warnings(endpoint.paramcd)
