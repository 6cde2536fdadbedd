"""Rows of cells to a `Grid`: the wanted columns by header text, with physical row numbers.

Title and header rows and rows without any character are the file's frame; every other row is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from trial.labs.columns import Coder, Column
from trial.labs.rules import BROKEN_ROW, CELLS_CUT, GROUP_HEADING
from trial.labs.text import clean_text, fold
from trial.study.errors import DataError

LONG_DIGITS = re.compile(r"\d{5}")
JOINED = " / "
# A column of a name that stands several times is addressed by its place among them: `Result [2]`.
PLACE = re.compile(r"(.+) \[([1-9]\d?)\]$")
FEW, MOST = 3, 0.9
Chunk = tuple[np.ndarray, list[list[str]]]
Ranges = Sequence[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True)
class Wanted:
    """The columns to read by header text.

    Parameters
    ----------
    texts : tuple of str
    optional : frozenset of str
        Those that may be absent.
    results : frozenset of str
        Those that hold results: a merged cell of them stands for its first row alone.
    """

    texts: tuple[str, ...]
    optional: frozenset[str] = field(default_factory=frozenset)
    results: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Grid:
    """One table of a file: wanted columns by header text, row numbers, rule of rows that are no data.

    `corner` holds the rows above the data, for values that stand in a fixed cell.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    columns: dict[str, Column]
    row: np.ndarray
    rule: Column
    corner: tuple[tuple[str, ...], ...]


def collect(
    chunks: Iterator[Chunk],
    where: str,
    origin: tuple[str, str],
    header_rows: tuple[int, ...],
    wanted: Wanted,
    merged: Ranges = (),
    open_end: bool = False,
) -> Grid:
    """Return the grid of a stream of row chunks.

    Parameters
    ----------
    chunks : iterator of (row numbers, rows)
    where : str
        How errors call the table.
    origin : (str, str)
        File and sheet.
    merged : sequence of ((top, left), (bottom, right))
        Merged cells, counted from 0.
    open_end : bool
        The last line is not ended: a short last row may have been cut off.

    Raises
    ------
    DataError
        If a wanted column is missing or stands twice, there is no row below the header, or nearly all
        rows have another number of cells than the header.
    """
    corner, waiting = _pull(chunks, max(header_rows))
    header = _header(corner, header_rows, merged)
    places = _places(header, wanted, where, corner, header_rows)
    sorter = _Sorter(len(header), places)
    coders = {text: Coder() for text in places}
    numbers, rules = [], Coder()
    while waiting is not None:
        row_numbers, rows = waiting
        _fill_merged(
            rows, row_numbers, merged, {places[text] for text in places if text not in wanted.results}
        )
        keep, found = sorter.sort(rows)
        kept = [rows[at] for at in keep]
        for text, place in places.items():
            coders[text].add([row[place] for row in kept])
        rules.add(found)
        numbers.append(row_numbers[keep])
        waiting = next(chunks, None)
    row = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int64)
    if not len(row):
        raise DataError(
            where, f"no rows below the header (row {max(header_rows)})",
            hint="check that the export is complete and that header_rows is right",
        )  # fmt: skip
    columns = {text: coder.column() for text, coder in coders.items()}
    columns, rule = sorter.settle(columns, rules.column(), open_end)
    _refuse_broken(rule, row, where, len(header))
    return Grid(*origin, tuple(header), columns, row, rule, tuple(tuple(line) for _, line in corner))


class _Sorter:
    """Tells data rows from headings and broken rows.

    A row of one filled cell that is not a wanted one is a heading; a row with another number of cells than
    the header is broken, since no cell of it can be trusted to stand in its column. One exception: many
    exports cut off the empty cells at the end of a row. In such an export no row ends in an empty cell;
    where one does, short rows have lost a cell somewhere else.
    """

    def __init__(self, width: int, places: dict[str, int]) -> None:
        self._width = width
        self._used = sorted(places.values())
        self._keeps_empty = False

    def sort(self, rows: list[list[str]]) -> tuple[list[int], list[str]]:
        """Return which rows are kept and the rule of each; broken rows become blank, short ones filled up."""
        keep, rules = [], []
        width, first = self._width, self._used[:3]
        for at, row in enumerate(rows):
            if len(row) == width and any(row[place] and not row[place].isspace() for place in first):
                keep.append(at)
                rules.append("")
                self._keeps_empty = self._keeps_empty or not row[-1]
                continue
            filled = [cell for cell in row if clean_text(cell)]
            if not filled:
                continue
            keep.append(at)
            rule = self._judge(row, len(filled))
            rules.append(rule)
            rows[at] = (row + [""] * (width - len(row)))[:width] if rule in ("", CELLS_CUT) else [""] * width
        return keep, rules

    def _judge(self, row: list[str], filled: int) -> str:
        used = any(place < len(row) and clean_text(row[place]) for place in self._used)
        if filled == 1 and not used:
            return GROUP_HEADING
        if len(row) < self._width:
            if len(row) == 1:
                return GROUP_HEADING
            return CELLS_CUT if clean_text(row[-1]) else BROKEN_ROW
        if len(row) > self._width and any(clean_text(cell) for cell in row[self._width :]):
            return BROKEN_ROW
        self._keeps_empty = self._keeps_empty or not row[self._width - 1]
        return ""

    def settle(
        self, columns: dict[str, Column], rule: Column, open_end: bool
    ) -> tuple[dict[str, Column], Column]:
        """Return columns and rules with the short rows taken as whole or, without their cells, as broken."""
        texts = rule.spread()
        short = np.flatnonzero(texts == CELLS_CUT)
        broken = short if self._keeps_empty else short[short == len(texts) - 1] if open_end else short[:0]
        if len(broken):
            columns = {text: column.replace(broken, "") for text, column in columns.items()}
            rule = rule.replace(broken, BROKEN_ROW)
        return columns, rule


def _refuse_broken(rule: Column, row: np.ndarray, where: str, width: int) -> None:
    broken = np.flatnonzero(rule.spread() == BROKEN_ROW)
    if len(broken) >= FEW and len(broken) > MOST * len(row):
        raise DataError(
            where,
            f"nearly all rows ({len(broken)} of {len(row)}) have not the {width} cells of the header",
            [f"row {row[at]}" for at in broken[:5]],
            "check delimiter and header_rows, or ask for the export again",
        )


def _fill_merged(rows: list[list[str]], numbers: np.ndarray, merged: Ranges, places: set[int]) -> None:
    """Write the text of a cell that is merged over several rows into each of them."""
    if not len(numbers):
        return
    first = int(numbers[0]) - 1
    for (top, left), (bottom, _) in merged:
        if left in places and top >= first and bottom > top:
            for at in range(top + 1, min(bottom, first + len(rows) - 1) + 1):
                rows[at - first][left] = rows[top - first][left]


def _pull(chunks: Iterator[Chunk], last: int) -> tuple[list[tuple[int, list[str]]], Chunk | None]:
    """Return the rows up to physical row `last`, and the rest of their chunk."""
    chunk = next(chunks, None)
    if chunk is None:
        return [], None
    numbers, rows = chunk
    above = int(np.searchsorted(numbers, last, side="right"))
    corner = [(int(number), row) for number, row in zip(numbers[:above], rows[:above], strict=True)]
    return corner, (numbers[above:], rows[above:])


def _header(
    corner: list[tuple[int, list[str]]],
    header_rows: tuple[int, ...],
    merged: Ranges,
) -> list[str]:
    """Return one text per column: merged cells filled, the texts of two header rows joined."""
    lines = {number: [clean_text(cell) for cell in row] for number, row in corner}
    for (top, left), (bottom, right) in merged:
        for number in range(top + 1, bottom + 2):
            if number in header_rows and number in lines and top + 1 in lines:
                text = lines[top + 1][left] if left < len(lines[top + 1]) else ""
                span = slice(left, right + 1)
                lines[number][span] = [text] * len(lines[number][span])
    width = max((len(lines.get(number, [])) for number in header_rows), default=0)
    names = []
    for at in range(width):
        parts = [lines[n][at] for n in header_rows if n in lines and at < len(lines[n]) and lines[n][at]]
        names.append(JOINED.join(dict.fromkeys(parts)))
    return names


def _places(
    header: list[str],
    wanted: Wanted,
    where: str,
    corner: list[tuple[int, list[str]]],
    header_rows: tuple[int, ...],
) -> dict[str, int]:
    """Return the position of each wanted column."""
    folded = [text.casefold() for text in header]
    places, problems = {}, []
    for text in dict.fromkeys(wanted.texts):
        at, problem = _place(folded, text, header)
        if at is not None:
            places[text] = at
        elif text not in wanted.optional or "missing" not in problem:
            problems.append(problem)
    if problems:
        texts = {fold(text) for text in wanted.texts}
        elsewhere = [
            number for number, row in corner
            if number not in header_rows and texts <= {fold(cell) for cell in row}
        ]  # fmt: skip
        hint = (
            f"the header seems to stand in row {elsewhere[0]}"
            if elsewhere
            else "compare the declared columns"
        )
        raise DataError(
            f"{where}, row {max(header_rows)}",
            "declared columns are not in the header once each",
            problems,
            hint,
        )
    return places


def _place(folded: list[str], text: str, header: list[str]) -> tuple[int | None, str]:
    """Return the position of a column, or what is wrong."""
    name, nth = fold(text), 1
    hits = [at for at, found in enumerate(folded) if found == name]
    if not hits and (place := PLACE.match(text)):
        name, nth = fold(place.group(1)), int(place.group(2))
        hits = [at for at, found in enumerate(folded) if found == name]
        if nth <= len(hits):
            return hits[nth - 1], ""
        if hits:
            return None, f"'{text}': '{place.group(1)}' stands {len(hits)} times"
    if len(hits) == 1:
        return hits[0], ""
    if hits:
        return None, f"'{text}' stands {len(hits)} times: name one as '{text} [1]' to '{text} [{len(hits)}]'"
    near = get_close_matches(name, [found for found in folded if found], n=1)
    # Long digits in a header are no header: the row may hold a patient's number.
    shown = header[folded.index(near[0])] if near else ""
    hint = f"; did you mean '{shown}'?" if shown and not LONG_DIGITS.search(shown) else ""
    return None, f"'{text}' is missing{hint}"
