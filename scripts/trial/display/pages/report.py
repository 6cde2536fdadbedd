"""The report: one offline page that shows every table and figure of the study, made from their entries."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from trial.display.fates import count_fates
from trial.display.files import load_entry, load_fragment, missing_files
from trial.display.numbers import P_DECIMALS, smallest_p_text
from trial.display.pages.html_writer import FRAGMENT_BEGIN, FRAGMENT_END, page_environment
from trial.display.provenance import Stamp
from trial.display.spec import ReportSpec
from trial.display.wording import NOMINAL
from trial.study.errors import DataError

NUMERALS = {3: "three", 4: "four"}
FIGURE_FORMATS = ("svg", "png", "csv")
TABLE_FORMATS = ("html", "rtf", "csv")
ESTIMAND = {
    "population": "Population",
    "treatments": "Treatments",
    "variable": "Variable",
    "intercurrent_events": "Intercurrent events",
    "summary": "Population-level summary",
}


@dataclass(frozen=True)
class Entry:
    """One output on the page: where it stands, what it shows, its files."""

    id: str
    number: str
    title: str
    kind: Literal["figure", "table", "listing"]
    alt: str
    fragment: str = ""


@dataclass(frozen=True)
class Section:
    """One part of the page: the study as a whole, or one endpoint."""

    anchor: str
    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Intake:
    """Totals of the intake for the head of the page."""

    raw_rows: int
    used: int
    superseded: int
    quarantined: int
    queries: int


@dataclass(frozen=True)
class Places:
    """Folders of entries, tables and figures, and of the page that links to them."""

    outputs: Path
    tables: Path
    figures: Path
    page: Path

    def link(self, folder: Path) -> str:
        """Return a folder relative to the page, as links write it."""
        return Path(os.path.relpath(folder, self.page)).as_posix()

    def files(self, entry: Entry) -> list[Path]:
        """Return the files that an entry links to."""
        if entry.kind == "figure":
            return [self.figures / f"{entry.id}.{suffix}" for suffix in FIGURE_FORMATS]
        return [self.tables / f"{entry.id}.{suffix}" for suffix in TABLE_FORMATS]


def count_intake(queries: pd.DataFrame, accounting: pd.DataFrame) -> Intake:
    """Return the totals of raw rows by fate and the number of open queries."""
    raw_rows, used, superseded, quarantined = count_fates(accounting)
    return Intake(raw_rows, used, superseded, quarantined, len(queries))


def build_sections(spec: ReportSpec, places: Places) -> tuple[Section, ...]:
    """Return every output of the catalogue in reading order.

    Raises
    ------
    DataError
        If a file that the page shows or links to is absent.
    """
    sections = tuple(
        Section(part.anchor, part.heading, tuple(_entry(name, places) for name in part.outputs))
        for part in spec.sections
    )
    missing = missing_files(file for section in sections for e in section.entries for file in places.files(e))
    if missing:
        raise DataError("report", "expected every output of the catalogue, found some missing", missing)
    return tuple(
        Section(part.anchor, part.heading, tuple(_with_fragment(e, places) for e in part.entries))
        for part in sections
    )


def write_report(
    spec: ReportSpec, stamp: Stamp, intake: Intake, sections: Sequence[Section], places: Places
) -> str:
    """Return the page."""
    entries = [entry for section in sections for entry in section.entries]
    order = [entry.id for entry in entries]
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            spec=spec,
            stamp=stamp,
            intake=intake,
            estimands=[(one.label, one.analyses, dict(_attributes(one))) for one in spec.estimands],
            p_decimals=NUMERALS[P_DECIMALS[spec.p_values]],
            p_smallest=smallest_p_text(spec.p_values),
            nominal=NOMINAL,
            sections=sections,
            following=dict(pairwise(order)),
            preceding={later: earlier for earlier, later in pairwise(order)},
            tables=places.link(places.tables),
            figures=places.link(places.figures),
            figure_formats=FIGURE_FORMATS,
            table_formats=TABLE_FORMATS,
        )
    )


def _attributes(estimand: object) -> Iterator[tuple[str, str]]:
    """Yield name and text of each attribute of an estimand."""
    for key, name in ESTIMAND.items():
        yield name, getattr(estimand, key)


def _entry(name: str, places: Places) -> Entry:
    content: Mapping[str, Any] = load_entry(places.outputs / f"{name}.json")
    return Entry(**{key: content[key] for key in ("id", "number", "title", "kind", "alt")})


def _with_fragment(entry: Entry, places: Places) -> Entry:
    """Return a table's entry with its own page's table; listings are long and only linked."""
    if entry.kind != "table":
        return entry
    fragment = load_fragment(places.tables / f"{entry.id}.html", FRAGMENT_BEGIN, FRAGMENT_END)
    # The fragment was escaped by the writer of the table's own page.
    return Entry(**{**vars(entry), "fragment": Markup(fragment)})
