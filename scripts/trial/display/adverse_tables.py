"""What the tables of adverse events share: their columns, rows and notes."""

from collections.abc import Iterable, Sequence

from trial.display import count_tables
from trial.display.adverse import EMERGENT, ROLE
from trial.display.context import Context
from trial.display.count_tables import SUBJECTS
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

ANY_TERM = "Any term"  # the row of a whole organ class
QUESTIONS = {
    "AESER": "serious",
    "AERELPROD": "related to the product",
    "AERELPROC": "related to the procedure",
}


def subjects_cell(context: Context, marks: Marks, key: str, arm: str) -> Cell:
    """Return the subjects with such an event and their percentage."""
    return count_tables.subjects_cell(context, marks, ROLE, key, arm)


def counts_row(context: Context, marks: Marks, label: str, key: str) -> Row:
    """Return subjects and events of each arm and in total."""
    return count_tables.counts_row(context, marks, ROLE, label, key)


def unrecorded_notes(context: Context) -> tuple[str, ...]:
    """Return how answers that were not recorded count, where there are some."""
    (record,) = context.records[ROLE]
    found = [
        f"{number} events without an answer count as {QUESTIONS[name]}"
        for name, number in record["not_recorded"].items()
        if name in QUESTIONS
    ]
    return (f"{'; '.join(found)}.",) if found else ()


def adverse_table(
    context: Context,
    title: str,
    shown: tuple[Column, ...],
    blocks: Iterable[Block],
    marks: Marks,
    words: Sequence[str] = (SUBJECTS,),
) -> Table:
    """Return a table of adverse events of the output's population."""
    spec = context.spec
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(title),),
        population=population_line(spec),
        columns=shown,
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            denominators=(EMERGENT, *words, *unrecorded_notes(context)),
            marks=marks,
        ),
        stamp=context.stamp,
    )
