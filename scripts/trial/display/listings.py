"""Listings of the intake: the queries to the site, and what became of every raw row."""

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd

from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.provenance import Stamp
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import printed_number
from trial.study.errors import DataError

FATES = ("used", "superseded", "quarantined")
ALL_FILES = "All files"
ALL_ROWS = "All raw rows"


def build_queries_listing(queries: pd.DataFrame, stamp: Stamp, output_id: str) -> Table:
    """Return the listing of open queries, one row per query in the order of the file."""
    columns = (
        Column("Query", width=0.75, align="left", wraps=False),
        Column("Subject", width=0.8, align="left", wraps=False),
        Column("Analyte", width=0.85, align="left", wraps=False),
        Column("Date", width=0.95, align="left", wraps=False),
        Column("Rule", width=1.7, align="left"),
        Column("Found", width=2.0, align="left"),
        Column("Question to the site", width=2.6, align="left"),
        Column("Done meanwhile", width=2.0, align="left"),
        Column("Raw record", width=1.8, align="left"),
    )
    names = ["QUERYID", "SUBJECT", "ANALYTE", "DATE", "RULE", "FOUND", "QUESTION", "DONE"]
    records = queries.to_dict("records")
    rows = [
        Row((*(Cell(str(record[name])) for name in names), Cell(record_place(record)))) for record in records
    ]
    return Table(
        id=output_id,
        number=printed_number(output_id),
        titles=("Queries to the site", f"Open queries: {len(rows)}"),
        population="",
        columns=columns,
        blocks=(Block("", tuple(rows)),),
        notes=assemble_notes(
            stamp,
            denominators=(
                "One row is one question. The raw record is named by file, sheet, row and column.",
            ),
        ),
        stamp=stamp,
        font_size=8,
    )


def build_accounting_listing(accounting: pd.DataFrame, stamp: Stamp, output_id: str) -> Table:
    """Return the summary of the row accounting: per file and in all, rows by fate and by rule.

    Raises
    ------
    DataError
        If a raw row has a fate that the summary does not know.
    """
    unknown = sorted(set(accounting["FATE"]) - set(FATES))
    if unknown:
        raise DataError("accounting", f"expected the fates {list(FATES)}, found others", unknown)
    files = [(name, accounting[accounting["FILE"] == name]) for name in sorted(set(accounting["FILE"]))]
    parts = [*files, (ALL_FILES, accounting)] if files else []
    headings = ("Raw rows", "Used", "Superseded", "Quarantined")
    return Table(
        id=output_id,
        number=printed_number(output_id),
        titles=("Accounting of raw rows by file and rule",),
        population="",
        columns=(
            Column("File\nRule", width=2.6, align="left"),
            *(Column(heading) for heading in headings),
        ),
        blocks=tuple(Block(name, _accounting_rows(part)) for name, part in parts),
        notes=assemble_notes(
            stamp,
            denominators=(
                "A raw row is one result cell of a laboratory export or one record of an EDC file. In every "
                "file, raw rows = used + superseded + quarantined. Superseded: another record stands for it.",
            ),
        ),
        stamp=stamp,
    )


def count_fates(accounting: pd.DataFrame) -> tuple[int, ...]:
    """Return the number of raw rows, then of each fate in the order of `FATES`."""
    return (len(accounting), *(int((accounting["FATE"] == fate).sum()) for fate in FATES))


def record_place(record: Mapping[Hashable, str]) -> str:
    """Return where a raw record stands: file, sheet, row, column."""
    parts = [record["FILE"]]
    names = (("SHEET", "sheet"), ("ROW", "row"), ("COLUMN", "column"))
    parts += [f"{word} {record[name]}" for name, word in names if record[name]]
    return ", ".join(part for part in parts if part)


def _accounting_rows(part: pd.DataFrame) -> tuple[Row, ...]:
    rows = [_count_row(ALL_ROWS, count_fates(part))]
    for rule in sorted(set(part["RULE"]) - {""}):
        counts = count_fates(part[part["RULE"] == rule])
        rows.append(_count_row(rule, (None, *(count or None for count in counts[1:]))))
    return tuple(rows)


def _count_row(label: str, counts: Sequence[int | None]) -> Row:
    return Row((Cell(label), *(Cell("" if count is None else format_number(count, 0)) for count in counts)))
