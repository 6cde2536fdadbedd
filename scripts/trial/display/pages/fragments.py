"""A table as a page of the report shows it: that of its own page, its numbers as links, cut where long."""

import re
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape

from trial.display.pages.trace_links import trace_link

# Longer tables open slowly and print by the hundred pages: their page shows the first rows, and leads to all.
MOST_ROWS = 300
BODY = re.compile(r"<tbody.*</tbody>", re.DOTALL)
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
# Cells and ids are as the template of tables writes them: on one line, escaped.
TRACED = re.compile(r'(<td [^>]*data-result-id="([^"]*)"[^>]*>)([^\n]+)</td>')


@dataclass(frozen=True)
class Fragment:
    """The markup of a table, the rows that it shows and those that it has."""

    text: Markup
    shown: int
    rows: int

    @property
    def left_out(self) -> int:
        """The rows that are not shown."""
        return self.rows - self.shown


def make_fragment(text: str) -> Fragment:
    """Return the table of an output's own page for its page in the report."""
    rows = text.count("<tr>") - text.split("<tbody", 1)[0].count("<tr>")
    shown = text if rows <= MOST_ROWS else _cut(text)
    # The fragment was escaped by the writer of the table's own page.
    return Fragment(Markup(TRACED.sub(_linked, shown)), min(rows, MOST_ROWS), rows)


def _cut(text: str) -> str:
    """Return the table with its first rows."""
    body = BODY.search(text)
    assert body is not None  # every table has a body
    last = [row.end() for row in ROW.finditer(body[0])][MOST_ROWS - 1]
    return f"{text[: body.start()]}{body[0][:last]}\n</tbody>{text[body.end() :]}"


def _linked(cell: re.Match[str]) -> str:
    opening, ids, printed = cell.groups()
    return f'{opening}<a class="r" href="{escape(trace_link(unescape(ids).split()))}">{printed}</a></td>'
