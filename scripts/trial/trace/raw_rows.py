"""Every raw row, in order of file, sheet and row: its cells with their fate and text, what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trial.study.errors import DataError
from trial.trace.files import PLACE, read_rows
from trial.trace.records import Place, Records, Texts

Row = tuple[str, str, str]  # FILE, SHEET, ROW
FATES = ("used", "superseded", "quarantined")
BY = ("BY_FILE", "BY_SHEET", "BY_ROW", "BY_COLUMN")
ASKED = ("QUERYID", "STATUS", "ANSWER", "RULE", "FOUND", "QUESTION", "DONE")


@dataclass
class RawRow:
    """One raw row.

    `cells`: of each the column, fate, rule, place of its successor, and text. `queries`: those about it.
    `records`: index and role of the records that came from it.
    """

    source: str
    place: Row
    cells: list[tuple[str, str, str, Place | None, Sequence[Sequence[str]]]] = field(default_factory=list)
    queries: list[tuple[str, ...]] = field(default_factory=list)
    records: list[tuple[int, str]] = field(default_factory=list)

    def has(self, fate: str) -> bool:
        """Return whether one of its cells has a fate."""
        return any(cell[1] == fate for cell in self.cells)


@dataclass(frozen=True)
class RawRows:
    """All raw rows in order, and the index of each place."""

    rows: list[RawRow]
    index: dict[Row, int]

    def find(self, place: Place) -> int:
        """Return the index of the row of a place.

        Raises
        ------
        DataError
            If the accounting does not know the row.
        """
        found = self.index.get(place[:3])
        if found is None:
            raise DataError(
                "results/data/accounting.csv",
                "a record names a raw row that is not accounted for",
                [" ".join(place)],
            )
        return found


def load_raw_rows(accounting: Path, queries: Path, texts: Texts, records: Records) -> RawRows:
    """Return every raw row that the books account for, with what came from it."""
    found: dict[Row, RawRow] = {}
    for source, fate, rule, *places in read_rows(accounting, ["SOURCE", "FATE", "RULE", *PLACE, *BY]):
        file, sheet, row, column, *by = places
        here = found.setdefault((file, sheet, row), RawRow(source, (file, sheet, row)))
        successor = (by[0], by[1], by[2], by[3]) if by[0] else None
        text = texts.get((file, sheet, row, column), ())
        here.cells.append((column, fate, rule, successor, text))
    for *asked, file, sheet, row in read_rows(queries, [*ASKED, *PLACE[:3]]):
        if (file, sheet, row) in found:
            found[file, sheet, row].queries.append(tuple(asked))
    order = sorted(found, key=lambda row: (row[0], row[1], int(row[2])))
    rows = RawRows([found[row] for row in order], {row: at for at, row in enumerate(order)})
    for at, record in enumerate(records.records):
        for role, place in record.places:
            rows.rows[rows.find(place)].records.append((at, role))
    return rows
