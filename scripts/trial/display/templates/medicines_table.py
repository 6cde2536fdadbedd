"""Prior and concomitant medicines by class and name: subjects by arm."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import plain_columns, subjects_row
from trial.display.groups import TOTAL
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Table
from trial.display.wording import output_number, population_line

ROLE = "medicines"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
PERIODS = {"prior": "Prior", "concomitant": "Concomitant"}
WORDS = (
    "n (%): subjects with at least one such medicine, of N.",
    "Prior: started before time zero (day 0). Concomitant: taken on day 0 or later, also where it was "
    "started before: a medicine may be both. Of a date known in part, what may have been counts; without an "
    "end a medicine goes on.",
)


def build(context: Context) -> Table:
    """Return a block per period and class, with a row per medicine."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    results = context.results[ROLE]
    none = all(results.get("", "", TOTAL, f"{period}.any.subjects").value == 0 for period in PERIODS)
    others = record["others"]
    left = [f"Left out are medicines of other classes: {', '.join(others)}."] if others else []
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Prior and concomitant medicines by class and name"),),
        population=population_line(spec),
        columns=plain_columns(context, "Class\nMedicine"),
        blocks=() if none else tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=(*WORDS, *left), marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    (record,) = context.records[ROLE]
    for period, word in PERIODS.items():
        yield Block("", (subjects_row(context, marks, ROLE, f"{word}: any medicine", f"{period}.any"),))
        for one in record["classes"]:
            key = f"{period}.class:{one['code']}"
            rows = [subjects_row(context, marks, ROLE, "Any of the class", key)]
            rows += [
                subjects_row(context, marks, ROLE, name, f"{period}.medicine:{one['code']}:{place}")
                for place, name in sorted(one["medicines"].items())
            ]
            yield Block(f"{word}: {one['label']}", tuple(rows))
