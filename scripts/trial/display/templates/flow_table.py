"""Participant flow by arm: each step with its reasons, visits, discontinuation, subjects analysed."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.disposition import (
    FLOW,
    POPULATIONS,
    SEVERAL,
    allocation_note,
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
STAGES = {"completed": "End of study", "discontinued": "End of study"}
START, ANALYSED = "Enrolment, allocation, treatment", "Analysed: a baseline and at least one later value"


def build(context: Context) -> Table:
    """Return one block per stage of the flow."""
    spec, marks = context.spec, Marks()
    blocks = tuple(_blocks(context, marks))
    (record,) = context.records[ROLE]
    words = [percent_note(context), allocation_note(context), SEVERAL, *outside_notes(context, ROLE)]
    if not record["screened"]:
        words.append(NOT_SCREENED)
    if record["visit_forms"]:
        words.append(VISITS)
    words.append(cut_note(context.data["accounting"]))
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Participant flow"),),
        population=population_line(spec),
        columns=count_columns(context, "Step"),
        blocks=blocks,
        notes=assemble_notes(context, denominators=words, marks=marks),
        stamp=context.stamp,
    )


NOT_SCREENED = "The data have nobody who was screened and not enrolled: the flow starts with those enrolled."
VISITS = (
    "Visits: those allocated are followed up, treated or not. Discontinued before: on or before the last "
    "day of "
    "the visit's window, without the visit. Seen, discontinued before and not seen add up to those allocated."
)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    stages: dict[str, list[object]] = {}
    for line, under in groups_of(lines_of(context, ROLE, FLOW)):
        stage = f"Visit: {line.name}" if line.kind == "visit" else STAGES.get(line.key, START)
        rows = stages.setdefault(stage, [])
        rows += [count_row(context, ROLE, one, marks) for one in (line, *under)]
    analysed = [line for line in lines_of(context, ROLE, POPULATIONS) if line.kind == "endpoint"]
    stages[ANALYSED] = [count_row(context, ROLE, line, marks, label=line.name) for line in analysed]
    for heading, rows in stages.items():
        yield Block(heading, tuple(rows))  # type: ignore[arg-type]
