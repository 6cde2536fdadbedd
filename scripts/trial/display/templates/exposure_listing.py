"""Infusions by subject: product, dose, viability, route, lot, dates, interruption."""

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.numbers import format_plain
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adex", "adsl"))
NOT_TREATED, NOTHING = "No treatment received", "no infusion on record"
WORDS = (
    "Weight: of the subjects file. Day: from time zero (day 0). Dates are as collected. *: the subject is no "
    "member of the population of the tables.",
)
WIDTHS = {
    "Subject": 0.9, "Weight (kg)": 0.8, "Product": 1.0, "Dose": 1.3, "Viability (%)": 0.9, "Route": 1.1,
    "Lot": 0.9, "Start": 1.0, "End": 1.0, "Day": 0.5, "Interrupted": 0.9,
}  # fmt: skip
FIXED = ("Subject", "Start", "End")


def build(context: Context) -> Table:
    """Return one row per infusion, by treatment received, and one per subject who received none."""
    spec = context.spec
    found = _infusions(context)
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Exposure: infusions by subject"), f"{len(context.data['adex'])} infusions"),
        population="",
        columns=tuple(
            Column(name, width=width, align="left", wraps=name not in FIXED) for name, width in WIDTHS.items()
        ),
        blocks=tuple(_blocks(context, found)),
        notes=assemble_notes(context, denominators=WORDS),
        stamp=context.stamp,
        font_size=8,
    )


def _infusions(context: Context) -> "pd.DataFrame":
    """Return every infusion with what is known of its subject; those never treated have one empty row."""
    import pandas as pd

    spec, adex, adsl = context.spec, context.data["adex"], context.data["adsl"]
    untreated = adsl[(adsl[spec.treatment] == "") & ~adsl["USUBJID"].isin(list(adex["USUBJID"]))]
    rows = adex.assign(EXTRT=adex["EXTRT"].where(adex["EXTRT"] != "", "not recorded"))
    blank = {name: math.nan if kind == "number" else "" for name, kind in spec.columns["adex"].items()}
    empty = [blank | {"USUBJID": subject, "EXTRT": NOTHING} for subject in untreated["USUBJID"]]
    found = pd.concat([rows, pd.DataFrame(empty, columns=list(rows)).astype(rows.dtypes.to_dict())])
    names = {"MEMBER": spec.population.flag, "ARM": spec.treatment, "ZERO": "INDEXDT", "WEIGHT": "WEIGHT"}
    of_subject = adsl.set_index("USUBJID")
    for name, column in names.items():
        found[name] = found["USUBJID"].map(of_subject[column])
    days = pd.to_datetime(found["ASTDT"], errors="coerce") - pd.to_datetime(found["ZERO"], errors="coerce")
    return found.assign(DAY=days.dt.days).sort_values(["USUBJID", "ASTDT", "EXTRT", "EXLOT"])


def _blocks(context: Context, found: "pd.DataFrame") -> Iterator[Block]:
    for code, label in [*((arm.code, arm.label) for arm in context.spec.arms), ("", NOT_TREATED)]:
        rows = tuple(_row(record) for record in found[found["ARM"] == code].to_dict("records"))
        if rows:
            yield Block(label, rows)


def _row(record: Mapping[Hashable, Any]) -> Row:
    dose = f"{_number(record['EXDOSE'])} {record['EXDOSU']}".strip()
    texts = (
        record["USUBJID"] + ("" if record["MEMBER"] == "Y" else "*"),
        _number(record["WEIGHT"]),
        record["EXTRT"],
        dose,
        _number(record["EXVIAB"]),
        record["EXROUTE"],
        record["EXLOT"],
        record["EXSTDTC"],
        record["EXENDTC"],
        _number(record["DAY"]),
        record["EXINT"],
    )
    return Row(tuple(map(Cell, texts)))


def _number(value: float) -> str:
    return "" if math.isnan(value) else format_plain(value)
