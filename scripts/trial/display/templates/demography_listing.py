"""Demography by subject: the characteristics at baseline that the study describes."""

from typing import Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.subject_listing import Record, arm_blocks, arm_label, subject_listing
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=("baseline",), data=("adsl",))


def build(context: Context) -> Table:
    """Return one row per subject of the data, of the table's population or not."""
    (record,) = context.records["baseline"]
    items, flag = record["characteristics"], context.spec.population.flag
    adsl = context.data["adsl"].sort_values("USUBJID")
    columns = {
        "Subject": 1.0,
        "Treatment received": 1.8,
        **{item["label"]: 1.2 for item in items},
        "Member": 0.8,
    }

    def texts(row: Record) -> tuple[str, ...]:
        found = [_text(item, row[item["variable"]]) for item in items]
        return (row["USUBJID"], arm_label(context, row["TRT01A"]), *found, row[flag] or "N")

    label = context.spec.population.label
    title = (
        "Demographic characteristics",
        f"{len(adsl)} subjects, {(adsl[flag] == 'Y').sum()} of them in: {label}",
    )
    words = (f"By planned arm. Member: of {label}, which the table of baseline characteristics is of.",)
    return subject_listing(context, title, columns, tuple(arm_blocks(context, adsl, texts)), words)


def _text(item: Any, value: Any) -> str:
    if item["kind"] == "factor":
        return next((level["label"] for level in item["levels"] if level["code"] == value), "")
    return "" if value != value else format_number(value, item["decimals"])
