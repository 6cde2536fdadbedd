"""The report: one offline page that shows every table and figure of the study."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pandas as pd
from markupsafe import Markup

from trial.display.files import load_fragment, load_record, missing_files
from trial.display.listings import count_fates
from trial.display.pages.html_writer import FRAGMENT_BEGIN, FRAGMENT_END, page_environment
from trial.display.provenance import Stamp
from trial.display.spec import Listed, ReportSpec
from trial.display.wording import P_STYLES, P_VALUES, estimand_lines
from trial.study.errors import DataError

FIGURE_FORMATS = ("svg", "png", "csv")
TABLE_FORMATS = ("html", "rtf", "csv")


@dataclass(frozen=True)
class Entry:
    """One output on the page: where it stands, what it shows, its files."""

    id: str
    number: str
    title: str
    kind: Literal["figure", "table", "listing"]
    alt: str = ""
    fragment: str = ""


@dataclass(frozen=True)
class Section:
    """One part of the page: all endpoints together, or one endpoint."""

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
    """Folders of tables, figures and entries of outputs, and of the page that links to them."""

    tables: Path
    figures: Path
    entries: Path
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
    """Return every output in the order of the catalogue: of all endpoints, of each, then listings.

    Raises
    ------
    DataError
        If a file that the page shows or links to is absent.
    """
    entries = [(listed, _entry(listed, places)) for listed in spec.outputs]
    together = tuple(e for listed, e in entries if listed.endpoint is None and listed.kind != "listing")
    sections = [Section("all-endpoints", "All endpoints", together)]
    for endpoint in spec.endpoints:
        own = tuple(entry for listed, entry in entries if listed.endpoint == endpoint.paramcd)
        sections.append(Section(endpoint.paramcd.lower(), endpoint.title, own))
    listings = tuple(e for listed, e in entries if listed.endpoint is None and listed.kind == "listing")
    sections.append(Section("listings", "Queries and row accounting", listings))
    missing = missing_files(file for section in sections for e in section.entries for file in places.files(e))
    if missing:
        raise DataError("report", "expected every output of the study, found some missing", missing)
    return tuple(section for section in sections if section.entries)


def _entry(listed: Listed, places: Places) -> Entry:
    """Return an output as its own job described it."""
    found = load_record(places.entries / f"{listed.id}.json")
    fragment = ""
    if listed.kind == "table":
        # The fragment was escaped by the writer of the table's own page.
        page = places.tables / f"{listed.id}.html"
        fragment = Markup(load_fragment(page, FRAGMENT_BEGIN, FRAGMENT_END))
    return Entry(listed.id, found["number"], found["title"], listed.kind, found["alt"], fragment)


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
            primary=spec.primary,
            estimand=estimand_lines(spec.primary.estimand),
            p_values=P_VALUES,
            p_style=P_STYLES[spec.printing.p_values],
            sections=sections,
            following=dict(pairwise(order)),
            preceding={later: earlier for earlier, later in pairwise(order)},
            tables=places.link(places.tables),
            figures=places.link(places.figures),
            figure_formats=FIGURE_FORMATS,
            table_formats=TABLE_FORMATS,
        )
    )
