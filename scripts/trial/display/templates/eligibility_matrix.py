"""Every subject against every criterion, as signs."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.eligibility import Record, blocks_by_arm
from trial.display.notes import assemble_notes
from trial.display.table import Column, Table
from trial.display.wording import output_number

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adie", "adsl"))
SIGNS = {"MET": "+", "NOT_MET": "no", "UNKNOWN": "?", "DECLARED": "d"}
WORDS = (
    "+: met (an inclusion criterion holds, an exclusion criterion does not). no: not met. ?: unknown, which "
    "never counts as met. d: declared on the investigator's form, nothing else was collected.",
)


def build(context: Context) -> Table:
    """Return one row per subject, one column per criterion."""
    spec, adie = context.spec, context.data["adie"]
    codes = [one.code for one in spec.criteria]
    table = adie.pivot(index="USUBJID", columns="IETESTCD", values="RESULT").reset_index()

    def texts(record: Record) -> tuple[str, ...]:
        return (record["USUBJID"], *(SIGNS[record[code]] for code in codes))

    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Eligibility of every subject by criterion"),),
        population="",
        columns=(Column("Subject", width=2.0, align="left", wraps=False), *map(Column, codes)),
        blocks=tuple(blocks_by_arm(context, table, texts)),
        notes=assemble_notes(context, denominators=(*WORDS, *_wordings(context))),
        stamp=context.stamp,
        font_size=8,
    )


def _wordings(context: Context) -> tuple[str, ...]:
    return tuple(f"{one.code}: {one.wording}." for one in context.spec.criteria)
