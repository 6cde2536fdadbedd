"""The report: one offline page that shows every table and figure of the study."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pandas as pd
from markupsafe import Markup

from trial.display.alt_text import forest_alt, profile_alt, spaghetti_alt
from trial.display.files import load_fragment, missing_files
from trial.display.key_results import build_key_table
from trial.display.listings import LISTINGS, count_fates
from trial.display.pages.html_writer import FRAGMENT_BEGIN, FRAGMENT_END, page_environment, write_fragment
from trial.display.provenance import Stamp
from trial.display.results import Results
from trial.display.spec import DisplaySpec, Endpoint
from trial.display.wording import (
    P_VALUES,
    estimand_lines,
    forest_title,
    model_name,
    output_number,
    profile_title,
    spaghetti_title,
)
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
    """Folders of tables and figures, and of the page that links to them."""

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


def build_sections(spec: DisplaySpec, results: Results, places: Places) -> tuple[Section, ...]:
    """Return every output of the study in reading order.

    Raises
    ------
    DataError
        If a file that the page shows or links to is absent.
    """
    forest = _figure("f14-2-0-1", forest_title(spec), forest_alt(spec, results))
    sections = (
        Section("all-endpoints", "All endpoints", (forest,)),
        *(_endpoint_section(spec, endpoint, results, places) for endpoint in spec.endpoints),
        Section("listings", "Queries and row accounting", _listings()),
    )
    missing = missing_files(file for section in sections for e in section.entries for file in places.files(e))
    if missing:
        raise DataError("report", "expected every output of the study, found some missing", missing)
    return sections


def write_report(
    spec: DisplaySpec,
    results: Results,
    stamp: Stamp,
    intake: Intake,
    sections: Sequence[Section],
    places: Places,
) -> str:
    """Return the page."""
    order = [entry.id for section in sections for entry in section.entries]
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            spec=spec,
            stamp=stamp,
            visit=spec.visit(spec.primary_visit),
            key_table=write_fragment(build_key_table(spec, results, stamp)),
            intake=intake,
            estimand=estimand_lines(spec),
            p_values=P_VALUES,
            sections=sections,
            following=dict(pairwise(order)),
            preceding={later: earlier for earlier, later in pairwise(order)},
            tables=places.link(places.tables),
            figures=places.link(places.figures),
            figure_formats=FIGURE_FORMATS,
            table_formats=TABLE_FORMATS,
        )
    )


def _figure(output_id: str, title: str, alt: str) -> Entry:
    return Entry(output_id, output_number("Figure", output_id), title, "figure", alt)


def _endpoint_section(spec: DisplaySpec, endpoint: Endpoint, results: Results, places: Places) -> Section:
    e = endpoint.number
    entries = (
        _figure(f"f14-2-{e}-1", profile_title(spec, endpoint), profile_alt(spec, endpoint, results)),
        _table(f"t14-2-{e}-2", model_name(results.is_ancova(endpoint.paramcd)).capitalize(), places),
        _figure(f"f14-2-{e}-4", spaghetti_title(endpoint), spaghetti_alt(spec, endpoint, results)),
        _table(f"t14-2-{e}-1", "Observed value and change from baseline", places),
    )
    return Section(endpoint.paramcd.lower(), endpoint.title, entries)


def _table(output_id: str, title: str, places: Places) -> Entry:
    fragment = load_fragment(places.tables / f"{output_id}.html", FRAGMENT_BEGIN, FRAGMENT_END)
    # The fragment was escaped by the writer of the table's own page.
    return Entry(output_id, output_number("Table", output_id), title, "table", fragment=Markup(fragment))


def _listings() -> tuple[Entry, ...]:
    return tuple(
        Entry(name, output_number("Listing", name), text, "listing") for name, text in LISTINGS.items()
    )
