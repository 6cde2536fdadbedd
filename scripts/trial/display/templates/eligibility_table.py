"""Inclusion and exclusion criteria by arm: subjects by the result of each criterion."""

from collections.abc import Iterator

from trial.display.adverse import Group, column_groups, count
from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

ROLE = "eligibility"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
RESULTS = {"MET": "Met", "NOT_MET": "Not met", "UNKNOWN": "Unknown", "DECLARED": "Declared"}
# Rows of all criteria together: the statistic, and the column that it stands in.
TOGETHER = {
    "Every criterion met or declared": ("complies", "MET"),
    "At least one criterion not met": ("any.NOT_MET", "NOT_MET"),
    "At least one criterion unknown": ("any.UNKNOWN", "UNKNOWN"),
}
WORDS = (
    "Number of subjects. Met: an inclusion criterion holds, an exclusion criterion does not. Not met: the "
    "reverse. Unknown: the data do not decide; unknown never counts as met. Declared: the investigator's "
    "form says so, and nothing else was collected.",
    "Computed: from dates, results, medicines and history. Recorded: by the investigator's form alone.",
)


def build(context: Context) -> Table:
    """Return one row per criterion, with a column for each result in each arm and in total."""
    spec, marks = context.spec, Marks()
    columns = [Column("Criterion", width=4.0, align="left"), Column("Decided")]
    for group in column_groups(context):
        columns += [Column(label, group=group.heading) for label in RESULTS.values()]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Inclusion and exclusion criteria"),),
        population=population_line(spec),
        columns=tuple(columns),
        blocks=tuple(_blocks(context, marks)),
        notes=assemble_notes(context, denominators=WORDS, marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    groups = column_groups(context)
    rows = [
        Row((Cell(label), Cell(), *_together(context, marks, groups, key, column)))
        for label, (key, column) in TOGETHER.items()
    ]
    yield Block("All criteria together", tuple(rows))
    for kind in ("inclusion", "exclusion"):
        rows = [
            Row(
                (
                    Cell(f"{one.code}: {one.wording}"),
                    Cell(one.decided),
                    *(
                        _cell(context, marks, group, f"{one.code}.{result}")
                        for group in groups
                        for result in RESULTS
                    ),
                )
            )
            for one in context.spec.criteria
            if one.kind == kind
        ]
        if rows:
            yield Block(f"{kind.capitalize()} criteria", tuple(rows))


def _together(context: Context, marks: Marks, groups: list[Group], key: str, column: str) -> Iterator[Cell]:
    for group in groups:
        for result in RESULTS:
            yield _cell(context, marks, group, key) if result == column else Cell()


def _cell(context: Context, marks: Marks, group: Group, key: str) -> Cell:
    place = ("", "", group.code)
    return find_cell(count, marks, context.results[ROLE], place, (f"{key}.subjects",))
