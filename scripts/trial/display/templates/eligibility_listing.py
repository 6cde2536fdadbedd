"""Criteria that are not met or unknown, by subject, with the value that decides and its raw record."""

from collections.abc import Iterator

from trial.display.config import Template
from trial.display.context import Context
from trial.display.eligibility import Record, blocks_by_arm, raw_record
from trial.display.notes import assemble_notes
from trial.display.table import Column, Table
from trial.display.wording import output_number

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adie", "adsl"))
SHOWN = {"NOT_MET": "Not met", "UNKNOWN": "Unknown"}
WORDS = (
    "Not met: an inclusion criterion does not hold, or an exclusion criterion does. Unknown: the data do not "
    "decide; unknown never counts as met. Criteria that are met or declared are in the data set ADIE.",
    "Form: whether the text of the criterion holds, as the investigator recorded it (Y, N). Where the data "
    "contradict the form, the data count and the site is asked.",
)


def build(context: Context) -> Table:
    """Return one row per subject and criterion that is not met or unknown."""
    spec, adie = context.spec, context.data["adie"]
    found = adie[adie["RESULT"].isin(list(SHOWN))]
    wording = {one.code: one.wording for one in spec.criteria}
    line = f"{len(found)} of {len(adie)} results of {adie['USUBJID'].nunique()} subjects"

    def texts(record: Record) -> Iterator[str]:
        yield record["USUBJID"]
        yield f"{record['IETESTCD']}: {wording.get(record['IETESTCD'], '')}"
        yield SHOWN[record["RESULT"]]
        yield f"{record['VALUE']} {record['UNIT']}".strip()
        yield record["FORM"]
        yield record["REASON"]
        yield raw_record(record)

    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Eligibility criteria that are not met or unknown"), line),
        population="",
        columns=_columns(),
        blocks=tuple(blocks_by_arm(context, found, lambda record: tuple(texts(record)))),
        notes=assemble_notes(context, denominators=WORDS),
        stamp=context.stamp,
        font_size=8,
    )


def _columns() -> tuple[Column, ...]:
    widths = {
        "Subject": 0.8, "Criterion": 3.0, "Result": 0.8, "Value": 2.4, "Form": 0.5, "Reason": 2.0,
        "Raw record": 1.7,
    }  # fmt: skip
    return tuple(
        Column(name, width=width, align="left", wraps=name != "Subject") for name, width in widths.items()
    )
