"""Hypoglycaemia by level, from adverse events and from glucose values: subjects and numbers by arm."""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import columns, counts_row
from trial.display.notes import Marks, assemble_notes
from trial.display.table import Block, Table
from trial.display.wording import output_number, population_line

ROLE = "hypoglycaemia"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
UNKNOWN = "Level not known: no glucose at the event"
WORDS = (
    "Subjects: n (%), those with at least one, of N. Number: every event, or every value, counts.",
    "Events: treatment-emergent hypoglycaemia. Adverse events carry no glucose value, so that one without "
    "need of assistance may be of any level that values show.",
    "Values: usable results of the laboratory from the first day of emergent events on; a subject may have "
    "values of several levels. Neither self-measured nor continuous glucose is among them, so that low "
    "glucose between the samples is known from events alone; whether a low value came with symptoms is not "
    "known.",
    "Gravest level: each subject once, by events and values together; an event of unknown level counts below "
    "the levels that values show.",
)


def build(context: Context) -> Table:
    """Return three blocks: from events, from glucose values, and the gravest level of each subject."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Hypoglycaemia by level, from adverse events and from glucose values"),),
        population=population_line(spec),
        columns=columns(context, "Hypoglycaemia", ("Subjects", "Number")),
        blocks=tuple(_blocks(context, marks, record)),
        notes=assemble_notes(context, denominators=(*WORDS, *_undated(record)), marks=marks),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks, record: Mapping[str, Any]) -> Iterator[Block]:
    assisted = record["assisted"]
    levels = [(one["code"], one["label"]) for one in record["levels"]]
    parts = {
        "From adverse events": ("event", [("any", "Any event"), (assisted["code"], assisted["label"]),
                                          ("UNKNOWN", UNKNOWN)]),
        "From glucose values": ("value", [("any", "Any value of glucose"), *levels]),
        "Gravest level of each subject": ("worst", [(assisted["code"], assisted["label"]), *levels[::-1],
                                                    ("UNKNOWN", UNKNOWN)]),
    }  # fmt: skip
    for heading, (part, lines) in parts.items():
        counted = part != "worst"
        rows = [counts_row(context, marks, ROLE, label, f"{part}.{code}", counted) for code, label in lines]
        yield Block(heading, tuple(rows))


def _undated(record: Mapping[str, Any]) -> tuple[str, ...]:
    number = record["without_day"]
    return (f"{number} values without a day count.",) if number else ()
