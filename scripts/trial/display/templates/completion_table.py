"""Visits done and values available by visit and arm, for every endpoint."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.disposition import lines_of, percent_note
from trial.display.disposition_tables import count_columns, count_row
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Table
from trial.display.wording import output_number, population_line

TEMPLATE = Template("table", "study", roles=("completion", "counts"))
ROLE = "completion"


def build(context: Context) -> Table:
    """Return a block for visits done and not done, then one for each endpoint; one row per visit."""
    spec, marks = context.spec, Marks()
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Visits done, and values available for each endpoint"),),
        population=population_line(spec),
        columns=count_columns(context, "Visit"),
        blocks=tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=(percent_note(context), *_words(context)), marks=marks),
        stamp=context.stamp,
    )


def _words(context: Context) -> Iterator[str]:
    if any(line.key == "visit.done" for line in lines_of(context, ROLE, ROLE)):
        yield (
            "Visits: as the visit forms say. Discontinued before it: on or before the last day of its "
            "window, "
            "without the visit. Done, discontinued before and not done add up to N."
        )
    yield "Value available: an analysed value of the endpoint stands for the visit."


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    for line in lines_of(context, ROLE, ROLE):
        rows = tuple(
            count_row(context, ROLE, line, marks, visit.code, visit.label) for visit in context.spec.visits
        )
        heading = (
            f"{line.label}: value available"
            if line.kind == "endpoint"
            else f"Study visit: {line.label.lower()}"
        )
        yield Block(heading, rows)
