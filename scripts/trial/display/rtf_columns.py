"""Where the columns of a table end on a page: as the template shares the width, but no number is broken."""

from collections.abc import Iterable

from trial.display.table import Column, Table

PAGE_WIDTH, PAGE_HEIGHT = 16838, 11906  # A4 landscape, twips
MARGIN = 1134  # 2 cm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
INDENT = 200
PADDING = 200  # gaps of a cell on both sides, and what the estimate of a text's width may lack
# Widths of characters in Times, in ems, rounded up: narrow marks, digits and small letters, the rest.
NARROW, USUAL, WIDE = 0.34, 0.53, 0.8
_NARROW = frozenset(" .,;:'|!()[]/iljtf-")


def column_edges(table: Table) -> list[int]:
    """Return the right edge of each column in twips from the left margin; the last is that of the text."""
    shares = [column.width / sum(one.width for one in table.columns) for column in table.columns]
    widths = [TEXT_WIDTH * share for share in shares]
    needed = [_needed(table, i, column) for i, column in enumerate(table.columns)]
    lack = sum(max(0.0, need - width) for need, width in zip(needed, widths, strict=True))
    spare = sum(max(0.0, width - need) for need, width in zip(needed, widths, strict=True))
    if lack:
        # Columns with room to spare give; where there is not enough for all, each gets its part of it.
        given, taken = min(1.0, spare / lack), min(1.0, lack / spare) if spare else 0.0
        widths = [
            width + given * (need - width) if need > width else width - taken * (width - need)
            for need, width in zip(needed, widths, strict=True)
        ]
    edges, position = [], 0.0
    for width in widths:
        position += width
        edges.append(round(position))
    return [*edges[:-1], TEXT_WIDTH]


def _needed(table: Table, index: int, column: Column) -> float:
    """Return the width in which no number and no word of a column breaks."""
    cells = [row.cells[index].printed for block in table.blocks for row in block.rows]
    # Text at the left may wrap between words; numbers and their intervals may not.
    wraps = column.align == "left" and column.wraps
    lines = _words(cells) if wraps else cells
    indent = INDENT if index == 0 and any(block.heading for block in table.blocks) else 0
    heading = max((1.1 * _ems(word) for word in _words([column.heading])), default=0.0)
    widest = max((_ems(line) for line in dict.fromkeys(lines)), default=0.0)
    return max(heading, widest) * table.font_size * 20 + indent + PADDING


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in dict.fromkeys(texts) for word in text.split()]


def _ems(text: str) -> float:
    return sum(
        NARROW if mark in _NARROW else WIDE if mark.isupper() or mark in "%mwMW@–" else USUAL for mark in text
    )
