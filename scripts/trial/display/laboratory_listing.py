"""Listings of the safety laboratory: one row per result, in blocks by arm."""

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from trial.display.context import Context
from trial.display.laboratory import parameters
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

if TYPE_CHECKING:
    import pandas as pd

NOT_TREATED = "No treatment received"
FLAGS = {"LOW": "L", "HIGH": "H"}
WORDS = (
    "Flag: L below, H above the limits of normal of the result; a limit itself is normal. × limit: the value "
    "over its upper limit (H) or lower limit (L). Limits with † are the study's own: the laboratory printed "
    "none.",
    "Day: from time zero (day 0). Visit: that the result stands for; (B) the baseline; in brackets, of that "
    "visit but another result stands for it. Grade: of laboratory values alone, to the side that the result "
    "lies on; empty where that side is not graded.",
    "* after the subject: no member of the population of the tables.",
)


def listing(context: Context, title: str, records: "pd.DataFrame", line: str) -> Table:
    """Return a listing of the results given, by arm, subject, parameter and date."""
    spec = context.spec
    found = records.sort_values(["USUBJID", "PARAMN", "ADT", "ASEQ"])
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
        "Subject": 1.0, "Parameter": 2.0, "Visit": 1.1, "Date": 1.0, "Day": 0.5, "Result": 0.8, "Limits": 1.2,
        "Flag": 0.5, "× limit": 0.7, "Grade": 0.6, "Baseline": 0.8, "Change": 0.8, "Raw record": 2.0,
    }  # fmt: skip
    fixed = ("Subject", "Date", "Result", "Limits")
    return tuple(
        Column(name, width=width, align="left", wraps=name not in fixed) for name, width in names.items()
    )


def _blocks(context: Context, found: "pd.DataFrame") -> Iterator[Block]:
    spec = context.spec
    decimals = {one.code: one.decimals for one in parameters(context)}
    visits = {visit.code: visit.label for visit in spec.visits}
    for code, label in [*((arm.code, arm.label) for arm in spec.arms), ("", NOT_TREATED)]:
        mine = found[found[spec.treatment] == code].to_dict("records")
        rows = tuple(
            _row(record, decimals[record["PARAMCD"]], visits, record[spec.population.flag] == "Y")
            for record in mine
        )
        if rows:
            yield Block(label, rows)


def _row(record: Mapping[Hashable, Any], decimals: int, visits: Mapping[str, str], is_member: bool) -> Row:
    texts = (
        record["USUBJID"] + ("" if is_member else "*"),
        record["PARAM"],
        visit_text(record, visits),
        record["ADT"],
        _number(record["ADY"], 0),
        value_text(record, decimals),
        _limits(record, decimals),
        FLAGS.get(record["ANRIND"], ""),
        _times(record),
        _grades(record),
        _number(record["BASE"], decimals),
        _number(record["CHG"], decimals),
        place_text(record),
    )
    return Row(tuple(map(Cell, texts)))


def visit_text(record: Mapping[Hashable, Any], visits: Mapping[str, str]) -> str:
    """Return the visit that a result stands for, or in brackets the one it is of; empty for none.

    In the place of a visit stands why a result has no value.
    """
    if math.isnan(record["AVAL"]):
        return f"not used: {record['REASON']}"
    label = visits.get(record["AVISIT"], "")
    if record["ANL01FL"] != "Y":
        return f"({label})" if label else ""
    return f"{label} (B)" if record["ABLFL"] == "Y" else label


def value_text(record: Mapping[Hashable, Any], decimals: int) -> str:
    """Return a result as printed; one without a value or outside the limits of quantification as reported."""
    return (
        record["AVALC"]
        if record["CENSOR"] or math.isnan(record["AVAL"])
        else _number(record["AVAL"], decimals)
    )


def place_text(record: Mapping[Hashable, Any]) -> str:
    """Return where a raw result stands: file, sheet, row, column."""
    named = (("SHEET", "sheet"), ("ROW", "row"), ("COLUMN", "column"))
    parts = [record["FILE"], *(f"{word} {record[name]}" for name, word in named if record[name])]
    return ", ".join(parts)


def _limits(record: Mapping[Hashable, Any], decimals: int) -> str:
    low, high = (_number(record[name], decimals) for name in ("ANRLO", "ANRHI"))
    text = f"{low} \N{EN DASH} {high}" if low and high else f"≤ {high}" if high else f"≥ {low}" if low else ""
    return f"{text} †" if record["ANRSRC"] == "STUDY" else text


def _times(record: Mapping[Hashable, Any]) -> str:
    name = {"LOW": "R2ANRLO", "HIGH": "R2ANRHI"}.get(record["ANRIND"], "")
    return _number(record[name], 2) if name else ""


def _grades(record: Mapping[Hashable, Any]) -> str:
    """Return the grade: to the side that the result lies on, or the higher of both within the limits."""
    sides = {"LOW": ("ATOXGRL",), "HIGH": ("ATOXGRH",)}.get(record["ANRIND"], ("ATOXGRL", "ATOXGRH"))
    found = [record[name] for name in sides if not math.isnan(record[name])]
    return _number(max(found), 0) if found else ""


def _number(value: float, decimals: int) -> str:
    return "" if math.isnan(value) else format_number(value, decimals)
