"""Exposure-adjusted rates of adverse events per 100 patient-years with exact limits, by arm."""

from collections.abc import Callable, Iterator

from trial.display.adverse import ROLE, any_event, by_frequency, levels
from trial.display.adverse_tables import adverse_table
from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import plain_columns
from trial.display.groups import column_groups, count
from trial.display.notes import Marks
from trial.display.numbers import format_interval, format_number
from trial.display.table import Block, Cell, Row, Table
from trial.display.wording import level_text

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"), intervals=(ROLE,))
DECIMALS = 1
WORDS = (
    "Time at risk: from the day of the first study procedure of the arm to the last day on which the subject "
    "is known to have been observed (discontinuation, visit done, start of an event), for first events to "
    "the first of them. A year has 365.25 days.",
    "Rates: per 100 patient-years, with exact limits of a Poisson count. Those of all events take the events "
    "of one subject as independent.",
)


def build(context: Context) -> Table:
    """Return a block per kind of event: first events and all events, their time, their rate."""
    marks = Marks()
    shown = plain_columns(context, "Adverse events")
    title = "Exposure-adjusted rates of treatment-emergent adverse events"
    return adverse_table(context, title, shown, _blocks(context, marks), marks, WORDS)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    level = any_event(context)
    yield _block(context, marks, level.label, level.key)
    yield _block(context, marks, "Serious", f"{level.key}.serious")
    for found in levels(context, "interest"):
        yield _block(context, marks, found.label, found.key)
    for found in by_frequency(context, levels(context, "soc")):
        yield _block(context, marks, found.label, found.key)


def _block(context: Context, marks: Marks, heading: str, key: str) -> Block:
    interval = level_text(context.spec)
    lines: list[tuple[str, Callable[..., str], tuple[str, ...]]] = []
    for name, counted, words in (("first", "subjects", "First events"), ("all", "events", "All events")):
        rate = f"{key}.{name}.rate"
        lines.append((f"{words} / patient-years", _ratio, (f"{key}.{counted}", f"{key}.{name}.years")))
        lines.append((f"{words}: rate ({interval})", _rate, (rate, f"{rate}.lower", f"{rate}.upper")))
    return Block(heading, tuple(_row(context, marks, *line) for line in lines))


def _row(
    context: Context, marks: Marks, label: str, write: Callable[..., str], names: tuple[str, ...]
) -> Row:
    results = context.results[ROLE]
    cells = [
        find_cell(write, marks, results, ("", "", group.code), names) for group in column_groups(context)
    ]
    return Row((Cell(label), *cells))


def _ratio(number: float, years: float) -> str:
    return f"{count(number)} / {format_number(years, DECIMALS)}"


def _rate(value: float, lower: float, upper: float) -> str:
    return f"{format_number(value, DECIMALS)} {format_interval(lower, upper, DECIMALS)}"
