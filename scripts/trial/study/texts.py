"""The raw text of a record: where it stands, and its cells as they were read."""

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
