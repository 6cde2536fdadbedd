"""Tables as CSV: the printed text of each cell beside the results it was made from."""

import pandas as pd

from trial.display.table import Column, Row, Table
from trial.display.wording import NULL_REPORT


def table_frame(table: Table) -> pd.DataFrame:
    """Return the table as text columns.

    Returns
    -------
    DataFrame
        ``block``, then each column of the table; each column that shows results is followed by
        ``<name> result_id`` (several joined by a space). Then ``notes`` (the footnotes of the row's cells),
        ``output``, ``lock`` and ``marks``. A table without rows has one that says so.
    """
    names = column_names(table)
    traced = _traced_columns(table)
    order = [
        name
        for i, name in enumerate(names)
        for name in ([name, f"{name} result_id"] if traced[i] else [name])
    ]
    columns = ["block", *order, "notes", "output", "lock", "marks"]
    explained = {note.mark: note.printed for note in table.notes if note.mark}
    records = []
    for block in table.blocks:
        for row in block.rows:
            record = {"block": block.heading}
            for name, cell in zip(names, row.cells, strict=True):
                record[name] = cell.printed
                record[f"{name} result_id"] = " ".join(cell.result_ids)
            records.append(record | {"notes": _row_notes(row, explained)})
    if table.is_empty:
        records = [dict.fromkeys(columns, "") | {"block": NULL_REPORT}]
    origin = {
        "output": table.id,
        "lock": table.stamp.lock_text,
        "marks": "; ".join(table.stamp.marks),
    }
    return pd.DataFrame(records, columns=columns).assign(**origin)


def column_names(table: Table) -> list[str]:
    """Return one plain name per column: group and heading on one line."""
    return [_one_line(column) for column in table.columns]


def _one_line(column: Column) -> str:
    return " ".join(f"{column.group} {column.heading}".split())


def _traced_columns(table: Table) -> list[bool]:
    rows = [row for block in table.blocks for row in block.rows]
    return [any(row.cells[i].result_ids for row in rows) for i in range(len(table.columns))]


def _row_notes(row: Row, explained: dict[str, str]) -> str:
    letters = dict.fromkeys(mark for cell in row.cells for mark in cell.marks)
    return " ".join(explained[letter] for letter in letters)
