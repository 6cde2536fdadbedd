"""Protocol deviations by subject: recorded and derived, with what was found and its raw record."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.eligibility import Record, blocks_by_arm, raw_record
from trial.display.notes import assemble_notes
from trial.display.table import Column, Table
from trial.display.wording import output_number

TEMPLATE = Template("listing", "study", roles=("counts",), data=("addv", "adsl"))
WORDS = (
    "Source: recorded in the EDC, or derived from the data. Important: Y, N, or ? where it was not recorded. "
    "A date stands where one is known in full.",
)


def build(context: Context) -> Table:
    """Return one row per deviation."""
    spec, addv = context.spec, context.data["addv"]
    names: dict[str, str] = dict(spec.categories)
    important = int((addv["DVIMP"] == "Y").sum())

    def texts(record: Record) -> tuple[str, ...]:
        return (
            record["USUBJID"],
            names.get(str(record["DVCAT"]), str(record["DVCAT"])),
            record["DVTERM"],
            record["DETAIL"],
            record["DVIMP"] or "?",
            record["DVSTDT"],
            record["DVSRC"].capitalize(),
            raw_record(record),
        )

    widths = {
        "Subject": 0.8, "Category": 1.2, "Deviation": 2.2, "Found": 2.2, "Important": 0.8, "Date": 0.9,
        "Source": 0.8, "Raw record": 1.7,
    }  # fmt: skip
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(
            context.title("Protocol deviations"),
            f"{len(addv)} deviations, {important} of them important",
        ),
        population="",
        columns=tuple(
            Column(name, width=width, align="left", wraps=name not in ("Subject", "Date"))
            for name, width in widths.items()
        ),
        blocks=tuple(blocks_by_arm(context, addv, texts)),
        notes=assemble_notes(context, denominators=WORDS),
        stamp=context.stamp,
        font_size=8,
    )
