"""Intercurrent events by arm: subjects, and by endpoint and visit the values that each event acts on."""

from trial.display.cells import find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_number
from trial.display.results import Results
from trial.display.sizes import arm_size
from trial.display.spec import Endpoint, OutputSpec, ShownEvent
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import arm_heading, output_number, population_line

TEMPLATE = Template("table", "study", roles=("events", "counts"))
LEGEND = (
    "Subjects: those with the event. By visit: values that the event acts on / observed values. What an "
    "estimand does with these values stands beside the event's name."
)

WORDS = {"treatment policy": "used", "hypothetical": "set aside", "composite": "a failure"}


def build(context: Context) -> Table:
    """Return one block per event, one row per endpoint that it concerns."""
    spec, results = context.spec, context.results["events"]
    marks = Marks()
    blocks = tuple(_block(spec, event, results, marks) for event in spec.events if event.endpoints)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Intercurrent events, and the values they act on, by arm and visit"),),
        population=population_line(spec),
        columns=_columns(spec, context.results["counts"]),
        blocks=blocks,
        notes=assemble_notes(context, denominators=(LEGEND,), marks=marks),
        stamp=context.stamp,
    )


def _columns(spec: OutputSpec, counts: Results) -> tuple[Column, ...]:
    columns = [Column("Event\nEndpoint", width=2.6, align="left")]
    for arm in spec.arms:
        group = arm_heading(arm, arm_size(counts, arm))
        columns.append(Column("Subjects", group=group))
        columns += [Column(visit.label, group=group) for visit in spec.visits]
    return tuple(columns)


def _block(spec: OutputSpec, event: ShownEvent, results: Results, marks: Marks) -> Block:
    """Return the rows of one event; its heading says what each estimand does."""
    strategies = "; ".join(f"{label}: {WORDS[strategy]}" for label, strategy in event.strategies)
    shown = [endpoint for endpoint in spec.endpoints if endpoint.paramcd in event.endpoints]
    heading = f"{event.label} ({strategies})"
    return Block(heading, tuple(_row(spec, event, one, results, marks) for one in shown))


def _row(spec: OutputSpec, event: ShownEvent, endpoint: Endpoint, results: Results, marks: Marks) -> Row:
    cells: list[Cell] = []
    for arm in spec.arms:
        place = (endpoint.paramcd, "", arm.code)
        cells.append(find_cell(_count, marks, results, place, (f"{event.code}.subjects",)))
        for visit in spec.visits:
            place = (endpoint.paramcd, visit.code, arm.code)
            names = (f"{event.code}.values", f"{event.code}.observed")
            cells.append(find_cell(_share, marks, results, place, names))
    return make_row(endpoint.label, cells)


def _count(number: float) -> str:
    return format_number(number, 0)


def _share(part: float, whole: float) -> str:
    return f"{_count(part)}/{_count(whole)}"
