"""Tables as RTF: 7-bit text, landscape A4, titles and column headings repeated on every page.

The header of each page holds study, data cut, page number, titles and the column headings; its footer holds
the footnotes. The headings stand in the page header because not every word processor repeats rows marked as
heading rows (LibreOffice 7.4 does not). Rows of a block are kept together and with their heading.
"""

from collections.abc import Sequence

from trial.display.provenance import SYNTHETIC_MARK
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import NULL_REPORT

PAGE_WIDTH, PAGE_HEIGHT = 16838, 11906  # A4 landscape, twips
MARGIN = 1134  # 2 cm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
INDENT = 200
RULE = r"\brdrs\brdrw15 "
LOWEST_LINE = r"\pard\fs2\sl-20\slmult0\par"


def rtf_text(text: str) -> str:
    """Return text as 7-bit RTF: control characters escaped, others as ``\\uN?`` in signed 16-bit units."""
    parts = []
    for character in text:
        if character in "\\{}":
            parts.append("\\" + character)
        elif character == "\n":
            parts.append(r"\line ")
        elif " " <= character <= "~":
            parts.append(character)
        elif character == "\t":
            parts.append(" ")
        elif ord(character) >= 128:
            parts.append(_unicode_units(character))
    return "".join(parts)


def write_rtf(table: Table) -> str:
    """Return the whole document of one table."""
    half_points = 2 * table.font_size
    parts = [
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0",
        r"{\fonttbl{\f0\froman\fcharset0 Times New Roman;}}",
        rf"{{\info{{\title {rtf_text(f'{table.number} {table.titles[0]}')}}}}}",
        rf"\paperw{PAGE_WIDTH}\paperh{PAGE_HEIGHT}\landscape\lndscpsxn",
        rf"\margl{MARGIN}\margr{MARGIN}\margt{MARGIN}\margb{MARGIN}\headery567\footery567",
        rf"\f0\fs{half_points}",
        _page_header(table, half_points),
        _page_footer(table, half_points),
        _body(table),
        "}",
    ]
    return "\n".join(parts) + "\n"


def _unicode_units(character: str) -> str:
    encoded = character.encode("utf-16-le", errors="replace")
    units = [int.from_bytes(encoded[i : i + 2], "little", signed=True) for i in range(0, len(encoded), 2)]
    return "".join(rf"\u{unit}?" for unit in units)


def _page_header(table: Table, half_points: int) -> str:
    stamp = table.stamp
    page = r"Page {\field{\*\fldinst PAGE}{\fldrslt 1}} of {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}"
    left = rtf_text(f"{stamp.protocol}\n{stamp.sponsor}").replace(r"\line ", rf"\tab {page}\line ", 1)
    top = rf"\pard\ql\tqr\tx{TEXT_WIDTH} {left}\tab {rtf_text('Data cut: ' + stamp.cut_date)}\par"
    lines = [rf"\fs{half_points} {top}"]
    if stamp.synthetic:
        lines.append(rf"\pard\qc\b {rtf_text(SYNTHETIC_MARK)}\b0\par")
    titles = [table.number, *table.titles] + ([table.population] if table.population else [])
    lines.append(rf"\pard\qc\sb60\b {rtf_text(titles[0])}\b0\par")
    lines += [rf"\pard\qc\sb0 {rtf_text(title)}\par" for title in titles[1:]]
    lines.append(r"\pard\sb0\fs8\par")
    lines.append(rf"\fs{half_points}")
    lines += _header_rows(table, _edges(table.columns))
    # A header cannot end with a table; this line is as low as a line can be.
    lines.append(LOWEST_LINE)
    return "{\\header " + "\n".join(lines) + "}"


def _page_footer(table: Table, half_points: int) -> str:
    first, rest = table.notes[0], table.notes[1:]
    size = max(half_points - 2, 14)
    lines = [rf"\pard\ql\brdrt{RULE}\brsp40\fs{size} {rtf_text(first.printed)}\par"]
    lines += [rf"\pard\ql\fs{size} {rtf_text(note.printed)}\par" for note in rest]
    return "{\\footer " + "\n".join(lines) + "}"


def _body(table: Table) -> str:
    edges = _edges(table.columns)
    if table.is_empty:
        return rf"\pard\qc\sb120 {rtf_text(NULL_REPORT)}\par"
    rows: list[str] = []
    filled = [block for block in table.blocks if block.rows]
    for index, block in enumerate(filled):
        rows += _block_rows(block, table.columns, edges, index == len(filled) - 1)
    # A document cannot end with a table: this line, one point high, cannot open an empty page.
    return "\n".join([*rows, LOWEST_LINE])


def _edges(columns: Sequence[Column]) -> list[int]:
    total = sum(column.width for column in columns)
    edges, position = [], 0.0
    for column in columns:
        position += column.width
        edges.append(round(TEXT_WIDTH * position / total))
    return edges


def _header_rows(table: Table, edges: list[int]) -> list[str]:
    rows = []
    if table.column_groups:
        cells, position = [], 0
        for text, count in table.column_groups:
            position += count
            border = rf"\clbrdrt{RULE}" + (rf"\clbrdrb{RULE}" if text else "")
            cells.append((border, edges[position - 1], rf"\qc\b {rtf_text(text)}\b0"))
        rows.append(_row(cells))
    top = "" if table.column_groups else rf"\clbrdrt{RULE}"
    cells = [
        (rf"{top}\clvertalb\clbrdrb{RULE}", edge, rf"{_align(column)}\b {rtf_text(column.heading)}\b0")
        for column, edge in zip(table.columns, edges, strict=True)
    ]
    return [*rows, _row(cells)]


def _block_rows(block: Block, columns: Sequence[Column], edges: list[int], is_last: bool) -> list[str]:
    rows = []
    if block.heading:
        rows.append(_row([("", edges[-1], rf"\ql\sb60\b {rtf_text(block.heading)}\b0\sb0")], keep=True))
    for index, row in enumerate(block.rows):
        ends = index == len(block.rows) - 1
        border = rf"\clbrdrb{RULE}" if is_last and ends else ""
        # Blocks without a heading are long listings: they break between any two rows.
        rows.append(
            _data_row(row, columns, edges, border, bool(block.heading), keep=bool(block.heading) and not ends)
        )
    return rows


def _data_row(
    row: Row, columns: Sequence[Column], edges: list[int], border: str, indented: bool, keep: bool
) -> str:
    cells = []
    for index, (cell, column, edge) in enumerate(zip(row.cells, columns, edges, strict=True)):
        indent = rf"\li{INDENT}" if indented and index == 0 else r"\li0"
        cells.append((border, edge, rf"{_align(column)}{indent} {_cell_text(cell)}"))
    return _row(cells, keep=keep)


def _cell_text(cell: Cell) -> str:
    return rtf_text(cell.printed)


def _align(column: Column) -> str:
    return r"\ql" if column.align == "left" else r"\qc"


def _row(cells: Sequence[tuple[str, int, str]], keep: bool = False) -> str:
    """Return one table row from (cell borders, right edge, content) triples."""
    definitions = "".join(rf"{border}\cellx{edge}" for border, edge, _ in cells)
    stay = r"\keepn" if keep else ""
    contents = "".join(rf"\pard\intbl{stay}{content}\cell" for _, _, content in cells)
    return rf"\trowd\trgaph60\trleft0\trkeep{definitions}" + f"\n{contents}\\row"
