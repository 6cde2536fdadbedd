"""What the tables of the safety laboratory share: cells of counts, and the table itself."""

from collections.abc import Iterator, Sequence

from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.laboratory import ROLE, count, nothing_measured
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent
from trial.display.spec import Arm
from trial.display.table import Block, Cell, Column, Table
from trial.display.wording import output_number, population_line


def counted(context: Context, marks: Marks, arm: Arm, key: str) -> Cell:
    """Return subjects and their percentage; none of an empty group prints 0 alone."""
    results = context.results[ROLE]
    number = results.get("", "", arm.code, f"{key}.n")
    if number.present and number.value == 0:
        return find_cell(count, marks, results, ("", "", arm.code), (f"{key}.n",))
    return find_cell(format_count_percent, marks, results, ("", "", arm.code), (f"{key}.n", f"{key}.pct"))


def size(context: Context, marks: Marks, arm: Arm, key: str) -> Cell:
    """Return a number of subjects."""
    return find_cell(count, marks, context.results[ROLE], ("", "", arm.code), (f"{key}.n",))


def laboratory_table(
    context: Context,
    title: str,
    columns: tuple[Column, ...],
    blocks: Iterator[Block],
    marks: Marks,
    words: Sequence[str],
) -> Table:
    """Return a table of the safety laboratory."""
    spec = context.spec
    made = tuple(blocks)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(title),),
        population=population_line(spec),
        columns=columns,
        blocks=made,
        notes=assemble_notes(
            context,
            denominators=(*words, *nothing_measured(context)),
            marks=marks,
        ),
        stamp=context.stamp,
    )
