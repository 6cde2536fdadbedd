"""What became of every raw row: the row accounting by file and rule."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.fates import count_fates
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number
from trial.study.books import FATES
from trial.study.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", data=("accounting",))
ALL_FILES = "All files"
ALL_ROWS = "All raw rows"


def build(context: Context) -> Table:
    """Return the summary of the row accounting: per file and in all, rows by fate and by rule.

    Raises
    ------
    DataError
        If a raw row has a fate that the summary does not know.
    """
    spec, accounting = context.spec, context.data["accounting"]
    unknown = sorted(set(accounting["FATE"]) - set(FATES))
    if unknown:
        raise DataError("accounting", f"expected the fates {list(FATES)}, found others", unknown)
    files = [(name, accounting[accounting["FILE"] == name]) for name in sorted(set(accounting["FILE"]))]
    parts = [*files, (ALL_FILES, accounting)] if files else []
    headings = ("Raw rows", "Used", "Superseded", "Quarantined")
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Accounting of raw rows by file and rule"),),
        population="",
        columns=(
            Column("File\nRule", width=2.6, align="left"),
            *(Column(heading) for heading in headings),
        ),
        blocks=tuple(Block(name, _accounting_rows(part)) for name, part in parts),
        notes=assemble_notes(
            context,
            denominators=(
                "A raw row is one result cell of a laboratory export, or one record of an EDC file or of an "
                "analysis data set. In every file, raw rows = used + superseded + quarantined. Superseded: "
                "another record stands for it.",
            ),
        ),
        stamp=context.stamp,
    )


def _accounting_rows(part: "pd.DataFrame") -> tuple[Row, ...]:
    rows = [_count_row(ALL_ROWS, count_fates(part))]
    for rule in sorted(set(part["RULE"]) - {""}):
        counts = count_fates(part[part["RULE"] == rule])
        rows.append(_count_row(rule, (None, *(count or None for count in counts[1:]))))
    return tuple(rows)


def _count_row(label: str, counts: Sequence[int | None]) -> Row:
    return Row((Cell(label), *(Cell("" if count is None else format_number(count, 0)) for count in counts)))
