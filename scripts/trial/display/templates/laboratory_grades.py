"""Safety laboratory: worst grade after baseline, by baseline."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import (
    ROLE,
    Criterion,
    Parameter,
    baseline_note,
    in_line,
    limits_notes,
    measured,
)
from trial.display.laboratory_tables import counted, laboratory_table, size
from trial.display.notes import Marks
from trial.display.spec import Arm
from trial.display.table import Block, Cell, Column, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
GRADES = (0, 1, 2, 3, 4)
NO_SUCH = "\N{EN DASH}"
STATES = {"ALL": "All", "WITHIN": "Within the limit", "BEYOND": "Beyond the limit", "MISSING": "Missing"}
WORDS = (
    "Each row is one stratum of baseline, by the limit of the side that is graded: n, its subjects, and by "
    "the worst grade after baseline n (% of the stratum). Not graded: no value after baseline that can be.",
    f"Grades are of laboratory values alone. {NO_SUCH}: a number alone does not decide this grade. Where the "
    "baseline is missing, the bounds after a normal one hold.",
)


def build(context: Context) -> Table:
    """Return a block for each criterion and arm."""
    marks = Marks()
    (record,) = context.records[ROLE]
    shown = [one for one in measured(context) if one.criteria]
    names = [*(f"Grade {grade}" for grade in GRADES), "Not graded"]
    columns = [Column("Baseline", width=1.6, align="left"), Column("n", width=0.6)]
    columns += [Column(name, "Worst after baseline") for name in names]
    words = [baseline_note(context), *WORDS]
    if shown:
        words += [f"Grades: {record['grading']}. {_bounds(shown)}", *limits_notes(context, shown)]
    title = "Safety laboratory: worst grade after baseline by baseline"
    blocks = _blocks(context, marks, shown)
    return laboratory_table(context, title, tuple(columns), blocks, marks, words)


def _bounds(shown: list[Parameter]) -> str:
    """Return the bounds of every criterion, those that several parameters share once."""
    found: dict[str, list[str]] = {}
    for one in shown:
        for criterion in one.criteria:
            text = "; ".join(criterion.bounds["usual"])
            if criterion.bounds["abnormal"]:
                text += f"; after an abnormal baseline {'; '.join(criterion.bounds['abnormal'])}"
            found.setdefault(text, []).append(one.label)
    return " ".join(f"{', '.join(labels)}: {text}." for text, labels in found.items())


def _blocks(context: Context, marks: Marks, shown: list[Parameter]) -> Iterator[Block]:
    for one in shown:
        for criterion in one.criteria:
            for arm in context.spec.arms:
                key = f"{one.code}.grade.{criterion.side}"
                rows = [
                    _row(context, marks, arm, criterion, f"{key}.{code}", label)
                    for code, label in STATES.items()
                ]
                yield Block(f"{one.title}, {criterion.term}: {in_line(context, arm)}", tuple(rows))


def _row(context: Context, marks: Marks, arm: Arm, criterion: Criterion, key: str, label: str) -> Row:
    cells = [
        counted(context, marks, arm, f"{key}.{grade}") if grade in (0, *criterion.grades) else Cell(NO_SUCH)
        for grade in GRADES
    ]
    missing = counted(context, marks, arm, f"{key}.MISSING")
    return Row((Cell(label), size(context, marks, arm, key), *cells, missing))
