"""What the tables of adverse events share: their columns, rows and notes."""

from collections.abc import Iterable, Sequence

from trial.display.adverse import EMERGENT, ROLE, column_groups, count
from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

ANY_TERM = "Any term"  # the row of a whole organ class
SUBJECTS = "Subjects: n (%), those with at least one such event, of N. Events: every event counts."
QUESTIONS = {
    "AESER": "serious",
    "AERELPROD": "related to the product",
    "AERELPROC": "related to the procedure",
}


def columns(context: Context, first: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the column of labels, then the same columns for each arm and the total."""
    found = [Column(first, width=2.6, align="left")]
    for group in column_groups(context):
        found += [Column(name, group=group.heading) for name in names]
    return tuple(found)


def plain_columns(context: Context, first: str) -> tuple[Column, ...]:
    """Return the column of labels, then one for each arm and the total."""
    groups = [Column(group.heading) for group in column_groups(context)]
    return (Column(first, width=2.6, align="left"), *groups)


def subjects_cell(context: Context, marks: Marks, key: str, arm: str) -> Cell:
    """Return the subjects with such an event and their percentage."""
    names = (f"{key}.subjects", f"{key}.pct")
    return find_cell(format_count_percent, marks, context.results[ROLE], ("", "", arm), names)


def events_cell(context: Context, marks: Marks, key: str, arm: str) -> Cell:
    """Return the number of events."""
    return find_cell(count, marks, context.results[ROLE], ("", "", arm), (f"{key}.events",))


def counts_row(context: Context, marks: Marks, label: str, key: str) -> Row:
    """Return subjects and events of each arm and in total."""
    cells = [Cell(label)]
    for group in column_groups(context):
        cells.append(subjects_cell(context, marks, key, group.code))
        cells.append(events_cell(context, marks, key, group.code))
    return Row(tuple(cells))


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
    abbreviations: Sequence[str] = (),
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
            abbreviations=abbreviations,
            denominators=(EMERGENT, *words, *unrecorded_notes(context)),
            marks=marks,
        ),
        stamp=context.stamp,
    )
