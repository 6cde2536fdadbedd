"""Exposure by product and arm: subjects infused, doses, viability, interruptions; and length of follow-up."""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import plain_columns, subjects_row
from trial.display.descriptions import description_rows
from trial.display.groups import column_groups, count
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_number
from trial.display.table import Block, Cell, Row, Table
from trial.display.wording import output_number, population_line

ROLE = "exposure"
TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
PER_KG, VIABILITY, DAYS, YEARS = 1, 1, 0, 1  # decimals as collected, or as printed (years)
WORDS = (
    "n (%): subjects with at least one infusion of the product, of N. Dose: the sum of all infusions of the "
    "product to a subject; per kg of the body weight of the subjects file. Viability is of each infusion.",
    "Follow-up: from the day of the first study procedure of the arm to the last day on which the subject is "
    "known to have been observed (discontinuation, visit done, start of an adverse event), both days "
    "counted: the time at risk of the rates of adverse events. A year has 365.25 days.",
    "-: nobody with a value.",
)


def build(context: Context) -> Table:
    """Return one block per product, and one of follow-up."""
    spec, marks = context.spec, Marks()
    (record,) = context.records[ROLE]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Exposure and length of follow-up"),),
        population=population_line(spec),
        columns=plain_columns(context, "Product"),
        blocks=tuple(_blocks(context, marks, record)),
        notes=assemble_notes(
            context, ["Max", "Min", "SD"], denominators=(*WORDS, *_left_out(record)), marks=marks
        ),
        stamp=context.stamp,
    )


def _left_out(record: Mapping[str, Any]) -> Iterator[str]:
    if record["others"]:
        yield f"Left out are products that are not declared: {', '.join(record['others'])}."
    if record["without_dose"]:
        number = record["without_dose"]
        yield f"{number} infusions without a dose in {record['unit']}: their subjects have no total dose."


def _blocks(context: Context, marks: Marks, record: Mapping[str, Any]) -> Iterator[Block]:
    yield Block("", (subjects_row(context, marks, ROLE, "Any product: n (%)", "any"),))
    for product in record["products"]:
        yield Block(product["label"], tuple(_product_rows(context, marks, product, record["unit"])))
    rows = [*description_rows(context, marks, ROLE, "followup", "Days", DAYS)]
    rows.append(_single(context, marks, "Patient-years", "followup.years", YEARS))
    yield Block("Length of follow-up", tuple(rows))


def _product_rows(context: Context, marks: Marks, product: Mapping[str, Any], unit: str) -> Iterator[Row]:
    key = f"product:{product['code']}"
    yield subjects_row(context, marks, ROLE, "Subjects: n (%)", key)
    yield _single(context, marks, "Infusions", f"{key}.events", 0)
    for name, label, decimals in (
        ("dose", f"Dose ({unit})", product["decimals"]),
        ("dosekg", f"Dose ({unit}/kg)", PER_KG),
        ("viability", "Viability (%)", VIABILITY),
    ):
        yield from description_rows(context, marks, ROLE, f"{key}.{name}", label, decimals)
    yield subjects_row(context, marks, ROLE, "Infusion interrupted: n (%)", f"{key}.interrupted")
    for route, text in sorted(product["routes"].items()):
        yield subjects_row(context, marks, ROLE, f"Route, {text}: n (%)", f"{key}.route:{route}")


def _single(context: Context, marks: Marks, label: str, name: str, decimals: int) -> Row:
    def write(value: float) -> str:
        return format_number(value, decimals) if decimals else count(value)

    cells = [
        find_cell(write, marks, context.results[ROLE], ("", "", group.code), (name,))
        for group in column_groups(context)
    ]
    return Row((Cell(label), *cells))
