"""Safety laboratory: baseline against the worst value after it, by the limits of normal."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE, SIDES, baseline_note, in_line, limits_notes, measured
from trial.display.laboratory_tables import counted, laboratory_table, size
from trial.display.notes import Marks
from trial.display.spec import Arm
from trial.display.table import Block, Cell, Column, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
RANGES = {"LOW": "Low", "NORMAL": "Normal", "HIGH": "High", "MISSING": "Missing"}
WORDS = (
    "Each row is one stratum of baseline: n, its subjects, and by the worst value after baseline n (% of the "
    "stratum). The strata of an arm add up to its N.",
    "Worst: the highest value in relation to its upper limit, or the lowest in relation to its lower limit. "
    "Missing: no value, or none whose limits decide. Only sides to which any result has a limit are shown.",
)


def build(context: Context) -> Table:
    """Return a block for each parameter, side and arm."""
    marks, shown = Marks(), measured(context)
    worst = [Column(label, "Worst after baseline") for label in RANGES.values()]
    columns = (Column("Baseline", width=1.3, align="left"), Column("n", width=0.6), *worst)
    without = [one.label for one in shown if not one.sides]
    words = (
        baseline_note(context),
        *WORDS,
        *limits_notes(context, shown),
        *([f"Without any limits, and not shown: {', '.join(without)}."] if without else []),
    )
    title = "Safety laboratory: shift from baseline to the worst value after it"
    return laboratory_table(context, title, columns, _blocks(context, marks), marks, words)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    for parameter in measured(context):
        for side in parameter.sides:
            for arm in context.spec.arms:
                key = f"{parameter.code}.shift.{side}"
                rows = tuple(
                    _row(context, marks, arm, f"{key}.{code}", label) for code, label in RANGES.items()
                )
                name = f"{parameter.title}, {SIDES[side]} value after baseline"
                yield Block(f"{name}: {in_line(context, arm)}", rows)


def _row(context: Context, marks: Marks, arm: Arm, key: str, label: str) -> Row:
    cells = [counted(context, marks, arm, f"{key}.{code}") for code in RANGES]
    return Row((Cell(label), size(context, marks, arm, key), *cells))
