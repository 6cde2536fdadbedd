"""Rows of exports before they are written, and the book of defects planted in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

TRAP_COLUMNS = (
    "TRAP", "FILE", "SHEET", "ROW", "COLUMN", "USUBJID", "VISIT", "ANALYTE", "WHAT", "FATE", "RULE",
    "EXPECTED",
)  # fmt: skip


@dataclass(eq=False)
class Row:
    """One row of an export: its cells, what it is about, and (once written) its physical row.

    `kind` tells rows of the same subject, visit and analyte apart (``main``, ``rerun``, ...).
    """

    cells: dict[str, object]
    usubjid: str = ""
    visit: str = ""
    analyte: str = ""
    kind: str = "main"
    sheet: str = ""
    number: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the row is about."""
        return (self.usubjid, self.visit, self.analyte, self.kind)


@dataclass(frozen=True)
class Trap:
    """A planted defect and what must become of it.

    `fate` is ``used``, ``superseded``, ``quarantined``, ``asked`` (used, with a question to the site),
    or ``event`` for what is no laboratory row; the rule that says so may follow after a colon.
    """

    code: str
    file: str
    row: Row
    what: str
    fate: str
    expected: str
    column: str = ""


@dataclass
class Book:
    """All planted defects."""

    traps: list[Trap] = field(default_factory=list)

    def add(
        self, code: str, file: str, row: Row, what: str, fate: str, expected: str, column: str = ""
    ) -> None:
        """Write down one defect."""
        self.traps.append(Trap(code, file, row, what, fate, expected, column))

    def table(self) -> Iterator[list[str]]:
        """Yield one line per defect, in the order of TRAP_COLUMNS; rows must have been numbered."""
        for trap in sorted(self.traps, key=lambda item: (int(item.code[1:]), item.file, item.row.number)):
            row = trap.row
            fate, _, rule = trap.fate.partition(":")
            yield [
                trap.code, trap.file, row.sheet, str(row.number or ""), trap.column,
                row.usubjid, row.visit, row.analyte, trap.what, fate, rule, trap.expected,
            ]  # fmt: skip


def index(rows: Iterable[Row]) -> dict[tuple[str, str, str, str], Row]:
    """Return the rows by their key; two rows with one key are a defect of the generator."""
    found: dict[tuple[str, str, str, str], Row] = {}
    for row in rows:
        if row.usubjid and row.key in found:
            raise ValueError(f"two rows for {row.key}")
        found[row.key] = row
    return found
