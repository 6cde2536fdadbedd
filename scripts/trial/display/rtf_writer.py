"""Tables as RTF: 7-bit text, landscape A4, titles and column headings repeated on every page.

The header of each page holds study, data cut, page number, titles and the column headings; its footer holds
the footnotes. The headings stand in the page header because not every word processor repeats rows marked as
heading rows (LibreOffice 7.4 does not). Rows of a block are kept together and with their heading.
"""

from collections.abc import Sequence

from trial.display.provenance import Stamp
from trial.display.rtf_columns import INDENT, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, TEXT_WIDTH, column_edges
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import NULL_REPORT

RULE = r"\brdrs\brdrw15 "
SECTION = (
    rf"\sectd\sbkpage\lndscpsxn\pgwsxn{PAGE_WIDTH}\pghsxn{PAGE_HEIGHT}"
    rf"\marglsxn{MARGIN}\margrsxn{MARGIN}\margtsxn{MARGIN}\margbsxn{MARGIN}\headery567\footery567"
)
PAGE_NUMBER = r"Page {\field{\*\fldinst PAGE}{\fldrslt 1}} of {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}"
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
    title = f"{table.number} {table.titles[0]}"
    return document(title, [section(half_points, *_page(table, half_points), _body(table))])


def document(title: str, sections: Sequence[str]) -> str:
    """Return a document of sections, each on pages of its own."""
    head = [
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0",
        r"{\fonttbl{\f0\froman\fcharset0 Times New Roman;}}",
        rf"{{\info{{\title {rtf_text(title)}}}}}",
        rf"\paperw{PAGE_WIDTH}\paperh{PAGE_HEIGHT}\landscape",
        rf"\margl{MARGIN}\margr{MARGIN}\margt{MARGIN}\margb{MARGIN}",
    ]
    return "\n".join(head) + "\n" + "\n\\sect\n".join(sections) + "\n}\n"


def section(half_points: int, header: str, footer: str, body: str) -> str:
    """Return one section: landscape, with its own header and footer of each page."""
    return "\n".join((SECTION, header, footer, rf"\pard\plain\f0\fs{half_points}", body))


def section_of(document: str) -> str:
    """Return the section of a document that holds one."""
    return SECTION + document.partition(SECTION)[2].rstrip().removesuffix("}").rstrip()


def _page(table: Table, half_points: int) -> tuple[str, str]:
    return _page_header(table, half_points), _page_footer(table, half_points)


def _unicode_units(character: str) -> str:
    encoded = character.encode("utf-16-le", errors="replace")
    units = [int.from_bytes(encoded[i : i + 2], "little", signed=True) for i in range(0, len(encoded), 2)]
    return "".join(rf"\u{unit}?" for unit in units)


def header_lines(stamp: Stamp, half_points: int) -> list[str]:
    """Return what stands first on every page: study, page, sponsor, data cut, marks."""
    first = rf"{rtf_text(stamp.protocol)}\tab {PAGE_NUMBER}"
    second = rf"{rtf_text(stamp.sponsor)}\tab {rtf_text(stamp.cut_text)}"
    lines = [rf"\pard\plain\f0\fs{half_points}\ql\tqr\tx{TEXT_WIDTH} {first}\line {second}\par"]
    lines += [rf"\pard\qc\b {rtf_text(mark)}\b0\par" for mark in stamp.marks]
    return lines


def _page_header(table: Table, half_points: int) -> str:
    lines = header_lines(table.stamp, half_points)
    titles = [table.number, *table.titles] + ([table.population] if table.population else [])
    lines.append(rf"\pard\qc\sb60\b {rtf_text(titles[0])}\b0\par")
    lines += [rf"\pard\qc\sb0 {rtf_text(title)}\par" for title in titles[1:]]
    lines.append(r"\pard\sb0\fs8\par")
    lines.append(rf"\fs{half_points}")
    lines += _header_rows(table, column_edges(table))
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
    edges = column_edges(table)
    if table.is_empty:
        return rf"\pard\qc\sb120 {rtf_text(NULL_REPORT)}\par"
    rows: list[str] = []
    filled = [block for block in table.blocks if block.rows]
    for index, block in enumerate(filled):
        rows += _block_rows(block, table.columns, edges, index == len(filled) - 1)
    # A document cannot end with a table: this line, one point high, cannot open an empty page.
    return "\n".join([*rows, LOWEST_LINE])


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
