"""A guide as RTF: 7-bit text that word processors open, with headings that their navigation knows.

A guide is finished by a person, in a word processor, and leaves as PDF: RTF is what both sides have.
Landscape A4 as all tables of the project, whose writer this uses.
"""

from collections.abc import Iterator, Sequence

from trial.display.provenance import Stamp
from trial.display.rtf_columns import TEXT_WIDTH
from trial.display.rtf_writer import LOWEST_LINE, RULE, document, header_lines, rtf_text, section
from trial.export.guide import Grid, Guide, Paragraph, Section, ToWrite

SIZE = 20  # half points
_HEADINGS = {1: 30, 2: 24, 3: 21}
_BOX = "".join(rf"\brdr{side}{RULE}\brsp60" for side in "tlbr")


def write_rtf(guide: Guide, stamp: Stamp) -> str:
    """Return the whole document."""
    body = [rf"\pard\qc\sb240\sa120\b\fs36 {rtf_text(guide.title)}\b0\fs{SIZE}\par"]
    body += [rf"\pard\qc\sb0\sa0 {rtf_text(line)}\par" for line in guide.about]
    body += _unwritten(guide)
    body += _contents(guide.sections)
    for one in guide.sections:
        body += _section(one)
    header = "{\\header " + "\n".join(header_lines(stamp, SIZE)) + "}"
    footer = "{\\footer " + rf"\pard\plain\f0\fs{SIZE - 4} {rtf_text(stamp.lock_line)}\par" + "}"
    return document(guide.title, [section(SIZE, header, footer, "\n".join(body))])


def _unwritten(guide: Guide) -> Iterator[str]:
    found = list(guide.unwritten())
    yield rf"\pard\sb240\sa60\keepn\b {len(found)} places are still to be written by a person\b0\par"
    for one, part in found:
        yield rf"\pard\li300\sb0\sa0 {rtf_text(f'{one.number}  {part.text}')}\par"


def _contents(sections: Sequence[Section]) -> Iterator[str]:
    yield rf"\pard\page\sb0\sa120\b\fs{_HEADINGS[1]} Contents\b0\fs{SIZE}\par"
    for one in sections:
        link = rf'{{\field{{\*\fldinst HYPERLINK \\l "{one.anchor}"}}{{\fldrslt {rtf_text(one.heading)}}}}}'
        page = rf"{{\field{{\*\fldinst PAGEREF {one.anchor}}}{{\fldrslt }}}}"
        yield rf"\pard\li{300 * (one.level - 1)}\sb0\sa0\tqr\tldot\tx{TEXT_WIDTH} {link}\tab {page}\par"


def _section(one: Section) -> Iterator[str]:
    new_page = r"\page" if one.level == 1 else ""
    mark = f"{{\\*\\bkmkstart {one.anchor}}}{{\\*\\bkmkend {one.anchor}}}"
    yield (
        rf"\pard{new_page}\sb240\sa80\keepn\outlinelevel{one.level - 1}\b\fs{_HEADINGS[one.level]} "
        rf"{mark}{rtf_text(one.heading)}\b0\fs{SIZE}\par"
    )
    for part in one.parts:
        if isinstance(part, Paragraph):
            yield rf"\pard\sb60\sa60 {rtf_text(part.text)}\par"
        elif isinstance(part, ToWrite):
            yield rf"\pard{_BOX}\sb120\sa120\li80\ri80\b {rtf_text(part.printed)}\b0\par"
        else:
            yield from _table(part)


def _table(table: Grid) -> Iterator[str]:
    shares = table.widths or (1.0,) * len(table.headings)
    edges, position = [], 0.0
    for share in shares:
        position += TEXT_WIDTH * share / sum(shares)
        edges.append(round(position))
    yield rf"\pard\sb120\sa40\keepn\i {rtf_text(table.caption)}\i0\par"
    yield _row(table.headings, edges, rf"\clbrdrt{RULE}\clbrdrb{RULE}", r"\b ", r"\b0", r"\trhdr")
    last = len(table.rows) - 1
    for index, cells in enumerate(table.rows):
        yield _row(cells, edges, rf"\clbrdrb{RULE}" if index == last else "")
    if not table.rows:
        yield r"\pard\sb40 None.\par"
    # A table is closed by a paragraph of its own: the next one would join it.
    yield LOWEST_LINE + rf"\pard\fs{SIZE}"


def _row(
    cells: Sequence[str], edges: Sequence[int], border: str, before: str = "", after: str = "", kind: str = ""
) -> str:
    definitions = "".join(rf"{border}\cellx{edge}" for edge in edges)
    contents = "".join(rf"\pard\intbl\fs{SIZE - 3} {before}{rtf_text(text)}{after}\cell" for text in cells)
    return rf"\trowd\trgaph60\trleft0\trkeep{kind}{definitions}" + f"\n{contents}\\row"
