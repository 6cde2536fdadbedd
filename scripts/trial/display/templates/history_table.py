"""Medical history by organ class and term: subjects by arm, with any condition and with one that goes on."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import columns, subjects_cell
from trial.display.groups import TOTAL, column_groups
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Cell, Row, Table
from trial.display.terms import classes, levels
from trial.display.wording import output_number, population_line

ROLE = "history"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "n (%): subjects with at least one such condition, of N. Ongoing: with one that the site marked as going "
    "on. Terms are as coded by the study.",
    "Order: subjects of all arms, falling, then by name.",
)


def build(context: Context) -> Table:
    """Return a row for any condition, then a block per organ class with a row per term."""
    spec, marks = context.spec, Marks()
    none = context.results[ROLE].get("", "", TOTAL, "any.subjects").value == 0
    (record,) = context.records[ROLE]
    unknown = record["not_recorded"]
    words = [
        *WORDS,
        *([f"Of {unknown} conditions it is not recorded whether they go on."] if unknown else []),
    ]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Medical history by organ class and term"),),
        population=population_line(spec),
        columns=columns(context, "Organ class\nTerm", ("Any", "Ongoing")),
        blocks=() if none else tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=words, marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    (level,) = levels(context, ROLE, "any")
    yield Block("", (_row(context, marks, level.label, level.key),))
    for soc, terms in classes(context, ROLE):
        rows = [_row(context, marks, "Any term", soc.key)]
        rows += [_row(context, marks, term.label, term.key) for term in terms]
        yield Block(soc.label, tuple(rows))


def _row(context: Context, marks: Marks, label: str, key: str) -> Row:
    cells = [Cell(label)]
    for group in column_groups(context):
        for part in (key, f"{key}.ongoing"):
            cells.append(subjects_cell(context, marks, ROLE, part, group.code))
    return Row(tuple(cells))
