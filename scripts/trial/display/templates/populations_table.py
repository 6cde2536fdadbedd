"""Analysis populations by arm, with the reasons for exclusion, and the subjects analysed by endpoint."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.disposition import (
    POPULATIONS,
    SEVERAL,
    groups_of,
    lines_of,
    outside_notes,
    percent_note,
)
from trial.display.disposition_tables import count_columns, count_row
from trial.display.fates import cut_note
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Table
from trial.display.wording import output_number, population_line

TEMPLATE = Template("table", "study", roles=("disposition", "counts"), data=("accounting",))
ROLE = "disposition"


def build(context: Context) -> Table:
    """Return one block per population and endpoint."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    words = [percent_note(context), SEVERAL]
    if record["as_received"]:
        names = ", ".join(spec.population_label(name) for name in record["as_received"])
        words.append(
            f"Received: members by the treatment that they received; outputs of {names} have this N."
        )
    words.append(
        f"Analysed: members of {spec.population_label(record['evaluable'])} with a baseline and at least "
        "one analysed value after it."
    )
    cut = cut_note(context.data["accounting"])
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Analysis populations and reasons for exclusion"),),
        population=population_line(spec),
        columns=count_columns(context, "Population"),
        blocks=tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=[*words, *outside_notes(context, ROLE), cut], marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    for line, under in groups_of(lines_of(context, ROLE, POPULATIONS)):
        rows = tuple(count_row(context, ROLE, one, marks) for one in (line, *under))
        yield Block(f"Analysed for {line.name}" if line.kind == "endpoint" else line.name, rows)
