"""Influence: the primary comparison without each of the subjects that move it most."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import LOG_DECIMALS, format_number, format_p_value
from trial.display.spec import Arm
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import comparison_notes, direction_sentence, output_number, population_words

ROLE = "influence"
TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,))

LEGEND = (
    "Each subject in turn was left out and the model refitted; named are those whose omission changes the "
    "estimate most. Change: estimate without the subject minus estimate of all. An influential subject is a "
    "reason to look at its data, none to leave it out."
)


def build(context: Context) -> Table:
    """Return one block per compared arm: all subjects, without each of those named, any omission."""
    spec, endpoint = context.spec, context.endpoint
    (record,) = context.records[ROLE]
    whole = context.results[ROLE].warnings(endpoint.paramcd)
    marks = Marks(whole)
    visit = spec.primary_visit(endpoint)
    unit = "ln" if endpoint.is_log else endpoint.difference_unit
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title} at {visit.label}: the subjects that move the comparison most"),
        ),
        population=population_words(spec),
        columns=(
            Column("Subjects", width=2.4, align="left"),
            Column("Arm", width=1.8),
            Column("GMR" if endpoint.is_log else "Difference"),
            Column(f"Change ({unit})" if unit else "Change"),
            Column("p-value", width=1.4),
        ),
        blocks=tuple(_block(context, arm, record, marks) for arm in spec.active_arms),
        notes=assemble_notes(
            context,
            denominators=(
                f"{direction_sentence(spec, endpoint)}.",
                LEGEND,
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _block(context: Context, arm: Arm, record: Mapping[str, Any], marks: Marks) -> Block:
    spec, endpoint = context.spec, context.endpoint
    visit, pair = spec.primary_visit(endpoint).code, spec.comparison(arm)
    named = record["named"].get(visit, {}).get(pair, [])
    labels = {one.code: one.label for one in spec.arms}
    rows = [_row(context, "All", "", "", pair, marks)]
    rows += [
        _row(context, f"Without {subject}", labels[record["arms"][subject]], f"without.{rank}.", pair, marks)
        for rank, subject in enumerate(named, start=1)
    ]
    if named:
        rows.append(_range(context, pair, marks))
    return Block(f"{arm.label} against {spec.reference.label}", tuple(rows))


def _row(context: Context, label: str, arm: str, prefix: str, pair: str, marks: Marks) -> Row:
    spec, endpoint = context.spec, context.endpoint
    results, visit = context.results[ROLE], spec.primary_visit(endpoint).code
    places = spec.estimate_decimals(endpoint)
    change = LOG_DECIMALS if endpoint.is_log else spec.decimals(endpoint).spread

    def cell(write: Any, name: str) -> Cell:
        return make_cell(write, marks, results.get(endpoint.paramcd, visit, pair, name))

    return Row(
        (
            Cell(label),
            Cell(arm),
            cell(partial(format_number, decimals=places), f"{prefix}{'gmr' if endpoint.is_log else 'diff'}"),
            cell(partial(format_number, decimals=change), f"{prefix}change") if prefix else Cell(),
            cell(partial(format_p_value, style=spec.p_values), f"{prefix}diff.pvalue"),
        )
    )


def _range(context: Context, pair: str, marks: Marks) -> Row:
    """Return the row of the smallest and largest p-value over all single omissions."""
    spec, endpoint = context.spec, context.endpoint
    results, visit = context.results[ROLE], spec.primary_visit(endpoint).code
    ends = [results.get(endpoint.paramcd, visit, pair, f"without.pvalue.{end}") for end in ("min", "max")]
    p_value = partial(format_p_value, style=spec.p_values)
    cell = make_cell(lambda low, high: f"{p_value(low)} to {p_value(high)}", marks, *ends)
    return Row((Cell("Without any one subject"), Cell(), Cell(), Cell(), cell))
