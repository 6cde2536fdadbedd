"""E-values of every endpoint at its primary visit, beside the estimate and its interval."""

from functools import partial

from trial.display.cells import make_cell
from trial.display.comparisons import native_statistics
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_interval, format_number
from trial.display.spec import Arm, Endpoint
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    at_primary_visit,
    comparison_notes,
    level_text,
    output_number,
    population_line,
    visit_suffix,
)
from trial.study.errors import DataError

TEMPLATE = Template("table", "study", roles=("effect", "evalue"), intervals=("effect",))
DECIMALS = 2


def build(context: Context) -> Table:
    """Return one block per compared arm, one row per endpoint."""
    spec, marks = context.spec, Marks()
    _require_same(context)
    blocks = tuple(
        Block(
            f"{arm.label} against {spec.reference.label}",
            tuple(_row(context, endpoint, arm, marks) for endpoint in spec.endpoints),
        )
        for arm in spec.active_arms
        if any(_holds(context, endpoint, arm) for endpoint in spec.endpoints)
    )
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"E-values, all endpoints {at_primary_visit(spec)}"),),
        population=population_line(spec),
        columns=(
            Column("Endpoint", width=2.0, align="left"),
            Column("Estimate"),
            Column(level_text(spec)),
            Column("Difference in SD"),
            Column("Approximate risk ratio", width=1.6),
            Column("E-value of the estimate"),
            Column("E-value of the limit"),
        ),
        blocks=blocks,
        notes=assemble_notes(
            context,
            model=(str(context.records["evalue"][0]["footnote"]),),
            denominators=comparison_notes(spec)[1:],  # no p-value is printed here
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _require_same(context: Context) -> None:
    """Refuse E-values of other estimates than those beside them."""
    shown = {analysis.id for analysis in context.spec.roles["effect"]}
    strange = sorted({str(record["of"]) for record in context.records["evalue"]} - shown)
    if strange:
        raise DataError(
            f"output {context.spec.id}",
            f"expected E-values of {', '.join(sorted(shown))}, found those of {', '.join(strange)}",
            hint="name in the role evalue an analysis whose key `of` is the analysis in the role effect",
        )


def _holds(context: Context, endpoint: Endpoint, arm: Arm) -> bool:
    place = (endpoint.paramcd, endpoint.primary_visit, context.spec.comparison(arm))
    return not context.results["effect"].get(*place, "diff").missing


def _row(context: Context, endpoint: Endpoint, arm: Arm, marks: Marks) -> Row:
    spec = context.spec
    value, lower, upper = native_statistics(spec, endpoint, arm, context.results["effect"])
    places = spec.estimate_decimals(endpoint)
    prefix = "GMR " if endpoint.is_log else ""
    suffix = "" if endpoint.is_log or not endpoint.unit_label else f" {endpoint.difference_unit}"
    cells = [
        make_cell(lambda number: f"{prefix}{format_number(number, places)}{suffix}", marks, value),
        make_cell(partial(format_interval, decimals=places), marks, lower, upper),
        _cell(context, endpoint, arm, marks, "std"),
        _ratio(context, endpoint, arm, marks),
        _cell(context, endpoint, arm, marks, "evalue"),
        _cell(context, endpoint, arm, marks, "evalue.limit"),
    ]
    letters = marks.letters(context.results["effect"].warnings(endpoint.paramcd))
    return Row((Cell(f"{endpoint.label}{visit_suffix(spec, endpoint)}", marks=letters), *cells))


def _cell(context: Context, endpoint: Endpoint, arm: Arm, marks: Marks, name: str) -> Cell:
    place = (endpoint.paramcd, endpoint.primary_visit, context.spec.comparison(arm))
    found = context.results["evalue"].get(*place, name)
    return make_cell(partial(format_number, decimals=DECIMALS), marks, found)


def _ratio(context: Context, endpoint: Endpoint, arm: Arm, marks: Marks) -> Cell:
    place = (endpoint.paramcd, endpoint.primary_visit, context.spec.comparison(arm))
    parts = [context.results["evalue"].get(*place, name) for name in ("rr", "rr.lower", "rr.upper")]

    def write(value: float, lower: float, upper: float) -> str:
        return f"{format_number(value, DECIMALS)} {format_interval(lower, upper, DECIMALS)}"

    return make_cell(write, marks, *parts)
