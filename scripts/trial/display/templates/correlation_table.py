"""Rank correlation of the changes of two endpoints, by visit and arm, and within arms together."""

from functools import partial

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_interval, format_number
from trial.display.spec import Endpoint
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import level_text, output_number

ROLE = "correlation"
TEMPLATE = Template("table", "study", roles=(ROLE,), intervals=(ROLE,))
WITHIN = "within"
DECIMALS = 2
NOTES = (
    "Change from baseline; of endpoints on the log scale the ratio to baseline. Spearman's correlation is "
    "that of ranks, equal values having the mean of theirs. {level}: Fisher's z with the variance "
    "(1 + ρ²/2)/(n − 3) of Bonett and Wright.",
    "Within arms: the correlations of the arms, each as Fisher's z with weight n − 3. The correlation of all "
    "subjects at once is not shown: it would count the difference between the arms as agreement.",
    "n: subjects with both changes. Below limit: those of them with a value below its limit of "
    "quantification, at the visit or at baseline, in either endpoint; the substitute stands for it, so that "
    "such values are tied and their rank among themselves is not known.",
    "The correlations describe; none is tested, and none shows that one change causes the other.",
)


def build(context: Context) -> Table:
    """Return one block per pair, in it one row per visit and arm."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    endpoints = {endpoint.paramcd: endpoint for endpoint in spec.endpoints}
    blocks = [
        Block(_heading(endpoints[first], endpoints[second]), tuple(_rows(context, first, second, marks)))
        for first, second in record["pairs"]
        if {first, second} <= endpoints.keys()
    ]
    level = level_text(spec)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Correlation of changes from baseline between endpoints"),),
        population=f"Population: {spec.population.label}",
        columns=(
            Column("Visit", width=1.2, align="left"),
            Column("Subjects", width=2.2, align="left"),
            Column("n", width=0.6),
            Column("Below limit", width=0.9),
            Column("Spearman's ρ"),
            Column(level, width=1.4),
        ),
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            denominators=tuple(text.format(level=level) for text in NOTES),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _heading(first: Endpoint, second: Endpoint) -> str:
    return f"{first.label} with {second.label}"


def _rows(context: Context, first: str, second: str, marks: Marks) -> list[Row]:
    spec, results = context.spec, context.results[ROLE]
    name = f"spearman.{first}.{second}"
    groups = [(arm.code, arm.label) for arm in spec.arms]
    groups += [(WITHIN, "Within arms")] if len(groups) > 1 else []
    count = partial(format_number, decimals=0)
    rows = []
    for visit in spec.later_visits:
        for group, label in groups:
            place = ("", visit.code, group)
            rows.append(
                Row(
                    (
                        Cell(visit.label),
                        Cell(label),
                        find_cell(count, marks, results, place, [f"{name}.n"]),
                        find_cell(count, marks, results, place, [f"{name}.below"]),
                        find_cell(partial(format_number, decimals=DECIMALS), marks, results, place, [name]),
                        find_cell(
                            partial(format_interval, decimals=DECIMALS), marks, results, place,
                            [f"{name}.lower", f"{name}.upper"],
                        ),
                    )
                )
            )  # fmt: skip
    return rows
