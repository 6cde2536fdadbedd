"""Adverse events by organ class, term and greatest severity: subjects by arm."""

from collections.abc import Iterator

from trial.display.adverse import ROLE, any_event, classes, has_events, severities
from trial.display.adverse_tables import adverse_table, subjects_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import plain_columns
from trial.display.groups import column_groups
from trial.display.notes import Marks
from trial.display.table import Block, Cell, Row, Table
from trial.display.terms import Level

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "n (%): subjects with at least one such event, of N; each counts once, by the greatest severity.",
    "Order: subjects of all arms, falling, then by name.",
)


def build(context: Context) -> Table:
    """Return a block for any event, each organ class and each term, with a row per severity."""
    marks = Marks()
    shown = plain_columns(context, "Greatest severity")
    blocks = _blocks(context, marks) if has_events(context) else ()
    title = "Treatment-emergent adverse events by organ class, term and greatest severity"
    return adverse_table(context, title, shown, blocks, marks, WORDS)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    yield _block(context, marks, any_event(context), "")
    for soc, terms in classes(context):
        yield _block(context, marks, soc, "")
        for term in terms:
            yield _block(context, marks, term, f"{soc.label}: ")


def _block(context: Context, marks: Marks, level: Level, before: str) -> Block:
    rows = [_row(context, marks, "Any severity", level.key)]
    rows += [_row(context, marks, label, f"{level.key}.max.{code}") for code, label in severities(context)]
    return Block(f"{before}{level.label}", tuple(rows))


def _row(context: Context, marks: Marks, label: str, key: str) -> Row:
    cells = [subjects_cell(context, marks, key, group.code) for group in column_groups(context)]
    return Row((Cell(label), *cells))
