"""The display model of one table: what is printed, before any file format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trial.display.notes import Note, finish_notes
from trial.display.provenance import Stamp


@dataclass(frozen=True)
class Cell:
    """Printed text, the results it was made from, and the letters of its footnotes."""

    text: str = ""
    result_ids: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Of a result that is absent there is no id.
        object.__setattr__(self, "result_ids", tuple(filter(None, self.result_ids)))

    @property
    def printed(self) -> str:
        """Text with its footnote letters, as every format shows it."""
        letters = f"[{','.join(self.marks)}]" if self.marks else ""
        return " ".join(part for part in (self.text, letters) if part)


@dataclass(frozen=True)
class Column:
    """A column: heading, group heading above it, share of the width, alignment, whether text may wrap."""

    heading: str
    group: str = ""
    width: float = 1.0
    align: Literal["left", "center"] = "center"
    wraps: bool = True


@dataclass(frozen=True)
class Row:
    """One row of cells, the first being the row's label."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Block:
    """Rows that stay together on a page under one heading; without a heading the rows stand alone."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """One table or listing.

    Parameters
    ----------
    id : str
        File name without suffix, for example ``t14-2-1-1``.
    number : str
        Printed number, for example ``Table 14.2.1.1``.
    titles : tuple of str
        Title, then lines below it.
    population : str
        Who is in the table; may be empty for listings of records.
    notes : tuple of Note
        In printing order. The table itself leaves out those of letters that no cell carries, and names the
        abbreviations that it prints.
    font_size : int
        Points in RTF.

    Raises
    ------
    ValueError
        If a row has not one cell per column.
    """

    id: str
    number: str
    titles: tuple[str, ...]
    population: str
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    stamp: Stamp
    font_size: int = field(default=9)

    def __post_init__(self) -> None:
        wrong = [row for block in self.blocks for row in block.rows if len(row.cells) != len(self.columns)]
        if wrong:
            raise ValueError(f"{self.id}: {len(wrong)} rows have not {len(self.columns)} cells")
        cells = [cell for block in self.blocks for row in block.rows for cell in row.cells]
        letters = {letter for cell in cells for letter in cell.marks}
        object.__setattr__(self, "notes", finish_notes(self.notes, self._texts(cells), letters))

    def _texts(self, cells: Sequence[Cell]) -> Iterator[str]:
        """Yield every text above and in the table."""
        yield from (*self.titles, self.population)
        yield from (text for column in self.columns for text in (column.group, column.heading))
        yield from (block.heading for block in self.blocks)
        yield from (cell.text for cell in cells)

    @property
    def title(self) -> str:
        """The first line of the titles, as the report's index prints it."""
        return self.titles[0]

    @property
    def heading_lines(self) -> tuple[str, ...]:
        """Every line of the heading below the number."""
        return (*self.titles, self.population) if self.population else self.titles

    @property
    def foot_lines(self) -> tuple[str, ...]:
        """Every footnote as printed."""
        return tuple(note.printed for note in self.notes)

    @property
    def alt(self) -> str:
        """Nothing: a table is text."""
        return ""

    @property
    def result_ids(self) -> list[str]:
        """The results that are printed, each once, in reading order."""
        cells = (cell for block in self.blocks for row in block.rows for cell in row.cells)
        return list(dict.fromkeys(result_id for cell in cells for result_id in cell.result_ids))

    def save(self, base: Path) -> None:
        """Write the table as HTML, RTF and CSV; `base` is the path without suffix."""
        # The plan reads all templates at each start and must not wait for the writers.
        from trial.display.pages.outputs import save_table

        save_table(self, base)

    @property
    def is_empty(self) -> bool:
        """Whether there is no row, so that the null-report line stands in their place."""
        return not any(block.rows for block in self.blocks)

    @property
    def width_percents(self) -> tuple[float, ...]:
        """Width of each column in percent for listings, whose texts wrap; empty for tables of numbers."""
        if any(column.align != "left" for column in self.columns):
            return ()
        total = sum(column.width for column in self.columns)
        return tuple(round(100 * column.width / total, 1) for column in self.columns)

    @property
    def column_groups(self) -> tuple[tuple[str, int], ...]:
        """Group headings with the number of neighbouring columns each stands over; empty without any."""
        groups: list[tuple[str, int]] = []
        for column in self.columns:
            if groups and groups[-1][0] == column.group and column.group:
                groups[-1] = (column.group, groups[-1][1] + 1)
            else:
                groups.append((column.group, 1))
        return tuple(groups) if any(text for text, _ in groups) else ()
