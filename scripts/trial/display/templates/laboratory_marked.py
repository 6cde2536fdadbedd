"""Safety laboratory: subjects with a value beyond marked bounds after baseline."""

from collections.abc import Iterator

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE, baseline_note, count, heading, limits_notes, measured
from trial.display.laboratory_tables import laboratory_table
from trial.display.notes import Marks
from trial.display.numbers import format_count_percent
from trial.display.spec import Arm
from trial.display.table import Block, Cell, Column, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "n/m (%): subjects with at least one such value after baseline, of the m with a value after baseline "
    "that can be compared with the bound. A subject counts in every row that holds.",
)


def build(context: Context) -> Table:
    """Return a block for each parameter with marked bounds."""
    marks = Marks()
    shown = [one for one in measured(context) if one.marked]
    columns = [Column("Value after baseline", width=1.6, align="left")]
    columns += [Column(heading(context, arm)) for arm in context.spec.arms]
    words = (baseline_note(context), *WORDS, *(limits_notes(context, shown) if shown else ()))
    title = "Safety laboratory: marked abnormalities after baseline"
    blocks = _blocks(context, marks)
    return laboratory_table(context, title, tuple(columns), blocks, marks, words)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    for one in measured(context):
        rows = []
        for number, words in enumerate(one.marked, 1):
            key = f"{one.code}.marked.{number}"
            cells = [_cell(context, marks, arm, key) for arm in context.spec.arms]
            rows.append(Row((Cell(words), *cells)))
        if rows:
            yield Block(one.title, tuple(rows))


def _cell(context: Context, marks: Marks, arm: Arm, key: str) -> Cell:
    results, place = context.results[ROLE], ("", "", arm.code)
    if not results.get(*place, f"{key}.of.n").value:
        return find_cell(
            lambda n, m: f"{count(n)}/{count(m)}", marks, results, place, [f"{key}.n", f"{key}.of.n"]
        )

    def write(n: float, m: float, share: float) -> str:
        number, _, rest = format_count_percent(n, share).partition(" ")
        return f"{number}/{count(m)} {rest}".strip()

    return find_cell(write, marks, results, place, [f"{key}.n", f"{key}.of.n", f"{key}.pct"])
