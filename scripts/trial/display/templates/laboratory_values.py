"""Safety laboratory: values and changes from baseline by visit and arm."""

from collections.abc import Callable, Iterator

from trial.display.cells import find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE, Parameter, baseline_note, count, heading, measured
from trial.display.laboratory_tables import laboratory_table
from trial.display.notes import Marks
from trial.display.numbers import Decimals, format_number, format_with_spread
from trial.display.spec import Visit
from trial.display.table import Block, Cell, Column, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "N: subjects of the population; n: subjects with a value at the visit. Change: value minus baseline, in "
    "subjects with both. Q1, Q3: averaged inverse of the distribution (SAS PCTLDEF=5).",
    "Visits without any result of a parameter are left out. A value below the limit of quantification counts "
    "as half of it, one above as the limit.",
)


def build(context: Context) -> Table:
    """Return a block for each parameter and visit."""
    marks = Marks()
    columns = [Column("Statistic", width=1.6, align="left")]
    for arm in context.spec.arms:
        columns += [Column(name, heading(context, arm), 1.2) for name in ("Value", "Change")]
    title = "Safety laboratory: values and change from baseline by visit"
    words = (baseline_note(context), *WORDS)
    return laboratory_table(context, title, tuple(columns), _blocks(context, marks), marks, words)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    for parameter in measured(context):
        for visit in context.spec.visits:
            if visit.code in parameter.visits:
                rows = tuple(_rows(context, marks, parameter, visit))
                yield Block(f"{parameter.title}: {visit.label}", rows)


def _rows(context: Context, marks: Marks, parameter: Parameter, visit: Visit) -> Iterator[Row]:
    for label, names, write in _lines(parameter):
        cells = []
        for arm in context.spec.arms:
            for kind in ("AVAL", "CHG"):
                place = ("", visit.code, arm.code)
                asked = [f"{parameter.code}.{kind}.{name}" for name in names]
                # Without any value the count says so; NE in each line below would say it again.
                size = context.results[ROLE].get(*place, f"{parameter.code}.{kind}.n")
                is_shown = (kind == "AVAL" or not visit.baseline) and (label == "n" or size.value > 0)
                cells.append(
                    find_cell(write, marks, context.results[ROLE], place, asked) if is_shown else Cell()
                )
        yield make_row(label, cells)


def _lines(parameter: Parameter) -> Iterator[tuple[str, tuple[str, ...], Callable[..., str]]]:
    """Yield label, statistics, and how they are written."""
    decimals = Decimals(parameter.decimals, 2)

    def numbers(places: int) -> Callable[..., str]:
        return lambda *values: ", ".join(format_number(value, places) for value in values)

    yield "n", ("n",), count
    yield (
        "Mean (SD)",
        ("mean", "sd"),
        lambda mean, sd: format_with_spread(mean, sd, decimals.location, decimals.spread),
    )
    yield "Median", ("median",), numbers(decimals.location)
    yield "Q1, Q3", ("q1", "q3"), numbers(decimals.location)
    yield "Min, Max", ("min", "max"), numbers(decimals.extreme)
