"""Tables of counts of subjects: their columns, rows and cells."""

from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.disposition import Line
from trial.display.groups import TOTAL, column_groups
from trial.display.notes import Marks
from trial.display.numbers import format_count_percent, format_number
from trial.display.table import Cell, Column, Row

INDENT = "\u2003"  # a blank that pages and RTF keep


def count_columns(context: Context, first: str) -> tuple[Column, ...]:
    """Return the column of labels, then one for each arm and the total."""
    groups = [Column(group.heading) for group in column_groups(context)]
    return (Column(first, width=3.2, align="left"), *groups)


def count_row(context: Context, role: str, line: Line, marks: Marks, visit: str = "", label: str = "") -> Row:
    """Return n (%) of a line by arm and in total; before arms are told apart, the total alone."""
    cells = [Cell(f"{INDENT * line.depth}{label or line.label}")]
    for group in column_groups(context):
        shown = line.by_arm or group.code == TOTAL
        cells.append(count_cell(context, role, line.key, group.code, marks, visit) if shown else Cell())
    return Row(tuple(cells))


def count_cell(context: Context, role: str, key: str, arm: str, marks: Marks, visit: str = "") -> Cell:
    """Return n (%) at one place; of subjects who are not in the data, the number alone."""
    results = context.results[role]
    place = ("", visit, arm)
    if results.get(*place, f"{key}.pct").missing:
        return find_cell(lambda n: format_number(n, 0), marks, results, place, (f"{key}.n",))
    return find_cell(format_count_percent, marks, results, place, (f"{key}.n", f"{key}.pct"))
