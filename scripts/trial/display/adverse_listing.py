"""Listings of adverse events: one row per event, in blocks by arm."""

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from trial.display.catalogue import Data
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("counts",)
DATA: tuple[Data, ...] = ("adae", "adsl")
NOT_TREATED = "No treatment received"
WORDS = (
    "Day: of the start from time zero (day 0); duration in days with both ends; empty where a date is not "
    "known in full. Dates are as collected.",
    "TE: treatment-emergent, with * where the subject is not a member of the population of the tables.",
    "?: no answer was recorded; the tables count it as yes.",
)


def listing(context: Context, title: str, events: "pd.DataFrame") -> Table:
    """Return a listing of the events given, by arm, subject and start.

    A row with a text in INSTEAD (a column that `events` may have) is no event: the text stands in its place.
    """
    import pandas as pd

    spec = context.spec
    subjects = context.data["adsl"].set_index("USUBJID")
    found = events.assign(
        MEMBER=events["USUBJID"].map(subjects[spec.population.flag]),
        ARM=events["USUBJID"].map(subjects[spec.treatment]),
        AGE=events["USUBJID"].map(subjects["AGE"]),
        SEX=events["USUBJID"].map(subjects["SEX"]),
    ).sort_values(["USUBJID", "AESTDTC", "AEDECOD"])
    instead = found.get("INSTEAD", pd.Series("", index=found.index)) != ""
    counted = int(((found["TRTEMFL"] == "Y") & (found["MEMBER"] == "Y")).sum())
    number = len(found) - int(instead.sum())
    line = f"{number} events, {counted} of them treatment-emergent in: {spec.population.label}"
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title(title), line),
        population="",
        columns=_columns(),
        blocks=tuple(_blocks(context, found)),
        notes=assemble_notes(context, denominators=WORDS),
        stamp=context.stamp,
        font_size=7,
    )


def _columns() -> tuple[Column, ...]:
    names = {
        "Subject": 0.9, "Age, sex": 0.7, "Organ class: term (as reported)": 3.0, "Start": 1.0, "End": 1.0,
        "Day": 0.5, "Duration": 0.9, "TE": 0.4, "Severity": 1.0, "Serious": 0.8,
        "Related to product / procedure": 1.1, "Outcome": 1.3, "Action taken": 1.3,
    }  # fmt: skip
    fixed = ("Subject", "Start", "End")
    return tuple(
        Column(name, width=width, align="left", wraps=name not in fixed) for name, width in names.items()
    )


def _blocks(context: Context, found: "pd.DataFrame") -> Iterator[Block]:
    for code, label in [*((arm.code, arm.label) for arm in context.spec.arms), ("", NOT_TREATED)]:
        rows = tuple(_row(record) for record in found[found["ARM"] == code].to_dict("records"))
        if rows:
            yield Block(label, rows)


def _row(record: Mapping[Hashable, Any]) -> Row:
    event = not record.get("INSTEAD")
    unknown, emergent = ("?", "Y" if record["TRTEMFL"] == "Y" else "N") if event else ("", "")
    texts = (
        record["USUBJID"],
        ", ".join(text for text in (_number(record["AGE"]), record["SEX"]) if text),
        record.get("INSTEAD")
        or f"{record['AEBODSYS'] or 'Not coded'}: {record['AEDECOD'] or 'not coded'} ({record['AETERM']})",
        record["AESTDTC"],
        record["AEENDTC"],
        _number(record["ASTDY"]),
        _number(record["ADURN"]),
        emergent + ("" if record["MEMBER"] == "Y" else "*"),
        record["AESEV"].capitalize() or unknown,
        record["AESER"] or unknown,
        f"{record['AERELPROD'] or '?'} / {record['AERELPROC'] or '?'}" if event else "",
        record["AEOUT"].capitalize(),
        record["AEACN"].capitalize(),
    )
    return Row(tuple(map(Cell, texts)))


def _number(value: float) -> str:
    return "" if math.isnan(value) else format_number(value, 0)
