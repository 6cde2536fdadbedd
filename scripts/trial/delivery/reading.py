"""The one module of this room that opens files: finished outputs, read as anybody would read them."""

import csv
import html
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.delivery.config import DeliveredOutput
from trial.study.files import read_text

_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]([^>]*)>(.*?)</t[hd]>", re.DOTALL)
_SPAN = re.compile(r'colspan="(\d+)"')
_ORIGIN = ("notes", "output", "lock", "marks")
_ID = " result_id"


@dataclass(frozen=True)
class Result:
    """A row of ard.csv; `value` is None where there is none, `raw` its text."""

    id: str
    output: str
    analysis: str
    method: str
    endpoint: str
    visit: str
    group: str
    comparison: str
    statistic: str
    raw: str
    value: float | None
    n: float | None

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers as which it may be printed: the share of a category also in percent."""
        if self.value is None:
            return ()
        return (self.value, 100 * self.value) if "=" in self.statistic else (self.value,)


@dataclass(frozen=True)
class PrintedCell:
    """A cell of a table: its text, its results, where it stands."""

    row: int
    column: int
    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class PrintedRow:
    """A row of a table: heading of its block, label, cells after the label."""

    block: str
    texts: tuple[str, ...]
    cells: tuple[PrintedCell, ...]

    @property
    def label(self) -> str:
        """The text of the first column."""
        return self.texts[0] if self.texts else ""


@dataclass(frozen=True)
class PrintedOutput:
    """One output as it lies in the results.

    Attributes
    ----------
    output : DeliveredOutput
    entry : mapping
        What it says of itself: number, headings, notes, alternative text, results.
    columns : tuple of str
        Column names of its CSV without those of ids and origin.
    headings : tuple of str
        The same columns as the page heads them, groups before headings.
    rows : tuple of PrintedRow
        Of its CSV; none for figures and for tables without records.
    page : tuple
        Texts of the rows of its page, for comparison.
    """

    output: DeliveredOutput
    entry: Mapping[str, Any]
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[PrintedRow, ...]
    page: tuple[tuple[str, ...], ...]

    @property
    def id(self) -> str:
        """Its id."""
        return self.output.id


def read_results(path: Path) -> dict[str, list[Result]]:
    """Return every row of ard.csv by its id; an id that stands twice has two."""
    found: dict[str, list[Result]] = {}
    for row in _records(path):
        value = float(row["value"]) if row["value"] else math.nan
        n = float(row["n"]) if row["n"] else None
        result = Result(
            row["result_id"],
            row["output"],
            row["analysis"],
            row["method"],
            row["endpoint"],
            row["visit"],
            row["group"],
            row["comparison"],
            row["statistic"],
            row["value"],
            value if math.isfinite(value) else None,
            n,
        )
        found.setdefault(result.id, []).append(result)
    return found


def read_subjects(path: Path) -> list[dict[str, str]]:
    """Return the rows of adsl.csv as texts."""
    return _records(path)


def read_output(output: DeliveredOutput, results: Path) -> PrintedOutput:
    """Read one output: its entry, and for tables and listings its CSV and its page.

    Parameters
    ----------
    results : Path
        The folder of all results.

    Raises
    ------
    FileError
        If a file is not there, or is not as it was written.
    """
    entry = json.loads(read_text(results / "outputs" / f"{output.id}.json"))
    if output.kind == "figure":
        return PrintedOutput(output, entry, (), (), (), ())
    columns, rows = _read_csv(results / "tables" / f"{output.id}.csv")
    headings, page = _read_page(read_text(results / "tables" / f"{output.id}.html"))
    return PrintedOutput(output, entry, columns, headings, rows, page)


def _records(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text(path), newline="")))


def _read_csv(path: Path) -> tuple[tuple[str, ...], tuple[PrintedRow, ...]]:
    header, *lines = list(csv.reader(read_text(path).splitlines(keepends=True)))
    names = [_bare(name) for name in header]
    end = len(names) - len(_ORIGIN)
    places = [
        (i, i + 1 if i + 1 < end and names[i + 1] == names[i] + _ID else 0)
        for i in range(1, end)
        if not (i > 1 and names[i] == names[i - 1] + _ID)
    ]
    rows = []
    for number, line in enumerate(lines, start=1):
        texts = tuple(_bare(line[i]) for i, _ in places)
        cells = tuple(
            PrintedCell(number, column, texts[column], tuple(line[ids].split()))
            for column, (_, ids) in enumerate(places)
            if ids and line[ids]
        )
        if any(texts):
            rows.append(PrintedRow(_bare(line[0]), texts, cells))
    return tuple(names[i] for i, _ in places), tuple(rows)


def _bare(text: str) -> str:
    """Return a text without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text


def _read_page(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the headings of a page's columns, and the texts of its rows that are no headings of blocks."""
    head, _, body = text.partition("</thead>")
    levels = [_spread(row) for row in _ROW.findall(head.rpartition("<thead>")[2])]
    headings = tuple(" ".join(" ".join(parts).split()) for parts in zip(*levels, strict=True))
    rows = [_CELL.findall(row) for row in _ROW.findall(body.partition("</table>")[0])]
    texts = (
        tuple(_words(content) for _, content in cells)
        for cells in rows
        if len(cells) == len(headings) and "block-heading" not in cells[0][0]
    )
    return headings, tuple(texts)


def _spread(row: str) -> list[str]:
    """Return the text above each column of one row of headings."""
    found: list[str] = []
    for attributes, content in _CELL.findall(row):
        span = _SPAN.search(attributes)
        found += [_words(content)] * (int(span[1]) if span else 1)
    return found


def _words(content: str) -> str:
    """Return the text of an element; a line break is a space."""
    if "<" in content:
        content = re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>", " ", content))
    return html.unescape(content) if "&" in content else content
