"""Protocol deviations by category and term, all and important ones, by arm."""

from collections.abc import Iterator, Mapping

from trial.display.adverse import column_groups, count
from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

ROLE = "deviations"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "Subjects: n (%), those with at least one such deviation, of N. Deviations: every one counts. Important: "
    "as the study plan or the monitor says.",
    "Deviations that were recorded and those that the data show are counted together; a listing tells them "
    "apart.",
)
ANY, NOT_GIVEN = "Any deviation", "No category"


def build(context: Context) -> Table:
    """Return one block per category, with subjects, important ones and the number of deviations by arm."""
    spec, marks = context.spec, Marks()
    columns = [Column("Category\nDeviation", width=2.8, align="left")]
    for group in column_groups(context):
        columns += [Column(name, group=group.heading) for name in ("Subjects", "Important", "Deviations")]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Protocol deviations"),),
        population=population_line(spec),
        columns=tuple(columns),
        blocks=tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=(*WORDS, *_unsaid(context)), marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    (record,) = context.records[ROLE]
    levels: list[Mapping[str, str]] = record["levels"]
    yield Block("", (_row(context, marks, ANY, "any"),))
    categories = [level for level in levels if level["key"] != "any" and "." not in level["key"]]
    names = dict(context.spec.categories)
    order = list(names)
    for category in sorted(categories, key=lambda level: _place(order, level["label"])):
        terms = [level for level in levels if level["key"].startswith(f"{category['key']}.")]
        rows = [_row(context, marks, "Any of this category", category["key"])]
        rows += [_row(context, marks, term["label"], term["key"]) for term in terms]
        label = names.get(category["label"], category["label"] or NOT_GIVEN)
        yield Block(label, tuple(rows))


def _place(order: list[str], label: str) -> tuple[int, str]:
    """Return the place of a category: that of the study plan, others behind by name."""
    return (order.index(label) if label in order else len(order), label)


def _row(context: Context, marks: Marks, label: str, key: str) -> Row:
    results, cells = context.results[ROLE], [Cell(label)]
    for group in column_groups(context):
        place = ("", "", group.code)
        for name in (key, f"{key}.important"):
            names = (f"{name}.subjects", f"{name}.pct")
            cells.append(find_cell(format_count_percent, marks, results, place, names))
        cells.append(find_cell(count, marks, results, place, (f"{key}.events",)))
    return Row(tuple(cells))


def _unsaid(context: Context) -> tuple[str, ...]:
    (record,) = context.records[ROLE]
    number = record["unsaid"]
    return (f"{number} deviations of which it was not recorded do not count as important.",) if number else ()
