"""Tables that count subjects by arm and in total: their columns and cells."""

from collections.abc import Sequence

from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.groups import column_groups, count
from trial.display.notes import Marks
from trial.display.numbers import format_count_percent
from trial.display.table import Cell, Column, Row

SUBJECTS = "Subjects: n (%), those with at least one such event, of N. Events: every event counts."
LABELS = 2.6  # width of the column of labels


def columns(context: Context, first: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the column of labels, then the same columns for each arm and the total."""
    found = [Column(first, width=LABELS, align="left")]
    for group in column_groups(context):
        found += [Column(name, group=group.heading) for name in names]
    return tuple(found)


def plain_columns(context: Context, first: str) -> tuple[Column, ...]:
    """Return the column of labels, then one for each arm and the total."""
    groups = [Column(group.heading) for group in column_groups(context)]
    return (Column(first, width=LABELS, align="left"), *groups)


def subjects_cell(context: Context, marks: Marks, role: str, key: str, arm: str) -> Cell:
    """Return the subjects of a count and their percentage."""
    names = (f"{key}.subjects", f"{key}.pct")
    return find_cell(format_count_percent, marks, context.results[role], ("", "", arm), names)


def events_cell(context: Context, marks: Marks, role: str, key: str, arm: str) -> Cell:
    """Return the number of events, or of whatever is counted beside the subjects."""
    return find_cell(count, marks, context.results[role], ("", "", arm), (f"{key}.events",))


def subjects_row(context: Context, marks: Marks, role: str, label: str, key: str) -> Row:
    """Return the subjects of each arm and in total."""
    cells = [subjects_cell(context, marks, role, key, group.code) for group in column_groups(context)]
    return Row((Cell(label), *cells))


def counts_row(
    context: Context, marks: Marks, role: str, label: str, key: str, with_events: bool = True
) -> Row:
    """Return subjects and events of each arm and in total; `with_events` false leaves these cells empty."""
    cells = [Cell(label)]
    for group in column_groups(context):
        cells.append(subjects_cell(context, marks, role, key, group.code))
        cells.append(events_cell(context, marks, role, key, group.code) if with_events else Cell())
    return Row(tuple(cells))
