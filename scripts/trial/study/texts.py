"""The raw text of a record: where it stands, and its cells as they were read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class RawText:
    """One raw record.

    Attributes
    ----------
    file, sheet, row, column : str
        Its place, as in the accounting of rows.
    cells : tuple of (role, name, text)
        What the cell is for, the column that it stands in (empty in files without columns), and its text.
    """

    file: str
    sheet: str
    row: str
    column: str
    cells: tuple[tuple[str, str, str], ...]

    def record(self) -> list[object]:
        """Return it as JSON holds it."""
        return [self.file, self.sheet, self.row, self.column, [list(cell) for cell in self.cells]]


def texts_json(texts: Iterable[RawText]) -> str:
    """Return the texts of a study as JSON, one record on a line, in order of place."""
    order = sorted(texts, key=lambda one: (one.file, one.sheet, one.row.zfill(12), one.column))
    lines = [json.dumps(one.record(), ensure_ascii=False, separators=(",", ":")) for one in order]
    return "[\n" + ",\n".join(lines) + "\n]\n"
