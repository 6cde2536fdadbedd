"""Total daily dose of some medicines by visit and arm: subjects who take them, and their doses."""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import plain_columns
from trial.display.descriptions import description_rows
from trial.display.groups import TOTAL, column_groups
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent
from trial.display.spec import Visit
from trial.display.table import Block, Cell, Row, Table
from trial.display.wording import output_number, population_line

ROLE = "medicines"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
DECIMALS = 0  # doses as collected


def build(context: Context) -> Table:
    """Return one block per visit."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    dose = record["dose"]
    label = dose["label"] if dose else "medicines"
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"Total daily dose of {label} by visit"),),
        population=population_line(spec),
        columns=plain_columns(context, "Visit"),
        blocks=tuple(_blocks(context, marks, dose)) if dose else (),
        notes=assemble_notes(context, ["Max", "Min", "SD"], denominators=tuple(_words(label)), marks=marks),
        stamp=context.stamp,
    )


def _words(label: str) -> Iterator[str]:
    yield (
        "Dose: the sum of the daily doses of the medicines taken on the day of the visit. A dose holds "
        "until its end, or until the next one of the same medicine starts."
    )
    yield (
        "Subjects with a visit: n (%) of N, those with a visit done in the window; of several the one "
        f"closest to its target day. On {label}: n (%) of these. Doses are of those on {label}."
    )


def _blocks(context: Context, marks: Marks, dose: Mapping[str, Any]) -> Iterator[Block]:
    for visit in context.spec.visits:
        yield _block(context, marks, visit, dose["label"], dose["unit"])


def _block(context: Context, marks: Marks, visit: Visit, label: str, unit: str) -> Block:
    rows = [_share(context, marks, visit, "Subjects with a visit", "dose.visit")]
    rows.append(_share(context, marks, visit, f"On {label}", "dose.users"))
    unknown = context.results[ROLE].get("", visit.code, TOTAL, "dose.unknown.subjects")
    if unknown.value > 0:
        rows.append(_share(context, marks, visit, "Dose not known", "dose.unknown"))
    rows += description_rows(context, marks, ROLE, "dose.value", f"Dose ({unit})", DECIMALS, visit.code)
    return Block(visit.label, tuple(rows))


def _share(context: Context, marks: Marks, visit: Visit, label: str, key: str) -> Row:
    names = (f"{key}.subjects", f"{key}.pct")
    cells = [
        find_cell(format_count_percent, marks, context.results[ROLE], ("", visit.code, group.code), names)
        for group in column_groups(context)
    ]
    return Row((Cell(label), *cells))
