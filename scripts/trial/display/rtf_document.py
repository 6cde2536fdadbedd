"""All tables in one document: contents, then each table on pages of its own, in the order of ICH E3."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trial.display.provenance import Stamp
from trial.display.rtf_columns import TEXT_WIDTH
from trial.display.rtf_writer import document, header_lines, rtf_text, section, section_of

# A listing of more rows stays a file of its own: a document of hundreds of pages serves nobody.
LONGEST = 200
SIZE = 18  # half points
_BODY = "\n\\pard\\plain"


@dataclass(frozen=True)
class Part:
    """A table or listing: id, section of ICH E3, number and title as printed, and its own document."""

    id: str
    e3: str
    number: str
    title: str
    rtf: str

    @property
    def rows(self) -> int:
        """How many rows it has, headings of blocks included."""
        return self.rtf.rpartition("{\\footer")[2].count("\\row")

    @property
    def bookmark(self) -> str:
        """Its name inside the document."""
        return self.id.replace("-", "_")


def join_tables(parts: Sequence[Part], stamp: Stamp) -> str:
    """Return the document of all tables and of the listings that are not longer than `LONGEST` rows."""
    ordered = sorted(parts, key=lambda part: (_numbers(part.e3), _numbers(part.id), part.id))
    shown = [part for part in ordered if part.rows <= LONGEST]
    left_out = [part for part in ordered if part.rows > LONGEST]
    title = f"{stamp.protocol}: tables and listings"
    first = section(SIZE, _header(stamp), _footer(stamp), "\n".join(_contents(shown, left_out)))
    return document(title, [first, *(_bookmarked(part) for part in shown)])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _bookmarked(part: Part) -> str:
    """Return the section of a part, its beginning marked."""
    before, plain, rest = section_of(part.rtf).rpartition(_BODY)
    properties, _, content = rest.partition("\n")
    mark = f"{{\\*\\bkmkstart {part.bookmark}}}{{\\*\\bkmkend {part.bookmark}}}"
    return f"{before}{plain}{properties}\n{mark}{content}"


def _header(stamp: Stamp) -> str:
    return "{\\header " + "\n".join(header_lines(stamp, SIZE)) + "}"


def _footer(stamp: Stamp) -> str:
    return "{\\footer " + rf"\pard\plain\f0\fs{SIZE - 2} {rtf_text(stamp.lock_line)}\par" + "}"


def _contents(shown: Sequence[Part], left_out: Sequence[Part]) -> list[str]:
    lines = [r"\pard\qc\sb120\sa120\b Contents\b0\par", r"\pard\sb0\sa0"]
    sections: dict[str, list[Part]] = {}
    for part in shown:
        sections.setdefault(part.e3, []).append(part)
    for e3, found in sections.items():
        lines.append(rf"\pard\sb120\keepn\b {rtf_text(f'ICH E3 section {e3}')}\b0\par")
        lines += [_entry(part) for part in found]
    if left_out:
        lines.append(
            rf"\pard\sb120\keepn\b Files of their own, for their length (more than {LONGEST} rows)\b0\par"
        )
        lines += [
            rf"\pard\li200\sb0 {rtf_text(f'{part.number}  {part.title} ({part.id}.rtf)')}\par"
            for part in left_out
        ]
    lines.append(r"\pard\sb120 Figures are files of their own.\par")
    return lines


def _entry(part: Part) -> str:
    """Return a line of the contents: a link, and the page, which the word processor fills in."""
    link = rf'{{\field{{\*\fldinst HYPERLINK \\l "{part.bookmark}"}}{{\fldrslt {rtf_text(_title(part))}}}}}'
    # The page is empty until the word processor fills it in: only it knows where pages end.
    page = rf"{{\field{{\*\fldinst {{\f0\fs{SIZE} PAGEREF {part.bookmark}}}}}{{\fldrslt {{\f0\fs{SIZE} }}}}}}"
    return rf"\pard\li200\ri600\sb0\tqr\tldot\tx{TEXT_WIDTH} {link}\tab {page}\par"


def _title(part: Part) -> str:
    return f"{part.number}  {part.title}"
