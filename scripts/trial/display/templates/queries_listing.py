"""The queries to the site with their answers, one row per question."""

from collections.abc import Hashable, Mapping

from trial.display.config import Template
from trial.display.context import Context
from trial.display.fates import count_open
from trial.display.notes import assemble_notes
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import lock_meaning, output_number

TEMPLATE = Template("listing", "study", data=("queries",), reads_lock=True)


def build(context: Context) -> Table:
    """Return the listing, one row per query in the order of the file."""
    columns = (
        Column("Query", width=0.9, align="left", wraps=False),
        Column("Status", width=0.75, align="left", wraps=False),
        Column("Answer", width=1.1, align="left"),
        Column("Fingerprint", width=0.85, align="left", wraps=False),
        Column("Subject", width=0.8, align="left", wraps=False),
        Column("Analyte", width=0.85, align="left", wraps=False),
        Column("Date", width=0.95, align="left", wraps=False),
        Column("Rule", width=1.7, align="left"),
        Column("Found", width=2.0, align="left"),
        Column("Question to the site", width=2.6, align="left"),
        Column("Done meanwhile", width=2.0, align="left"),
        Column("Raw record", width=1.8, align="left"),
    )
    names = [
        "QUERYID",
        "STATUS",
        "ANSWER",
        "FINGERPRINT",
        "SUBJECT",
        "ANALYTE",
        "DATE",
        "RULE",
        "FOUND",
        "QUESTION",
        "DONE",
    ]
    records = context.data["queries"].to_dict("records")
    rows = [
        Row((*(Cell(str(record[name])) for name in names), Cell(record_place(record)))) for record in records
    ]
    waiting = count_open(context.data["queries"])
    return Table(
        id=context.spec.id,
        number=output_number("Listing", context.spec.id),
        titles=(context.title("Queries to the site"), f"Open queries: {waiting} of {len(rows)}"),
        population="",
        columns=columns,
        blocks=(Block("", tuple(rows)),),
        notes=assemble_notes(
            context,
            denominators=(
                "One row is one question. The raw record is named by file, sheet, row and column.",
                "An answer names the query and the fingerprint of the data that it is given for. Reopened: "
                "the data under it changed since, or are as they were though said to be corrected.",
                lock_meaning(context.stamp.state, waiting),
            ),
        ),
        stamp=context.stamp,
        font_size=8,
    )


def record_place(record: Mapping[Hashable, str]) -> str:
    """Return where a raw record stands: file, sheet, row, column."""
    parts = [record["FILE"]]
    names = (("SHEET", "sheet"), ("ROW", "row"), ("COLUMN", "column"))
    parts += [f"{word} {record[name]}" for name, word in names if record[name]]
    return ", ".join(part for part in parts if part)
