"""The review pages: contents, gallery, one page per output, methods and data, made from entries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trial.display.fates import count_open
from trial.display.files import load_asset, load_book, load_fragment, load_records, load_rows
from trial.display.pages.agreement import agreement_part, count_agreement
from trial.display.pages.comparisons import COMPARISONS, comparisons_page
from trial.display.pages.fragments import make_fragment
from trial.display.pages.frame import KEYS, STYLE, Frame, page_style, write_page
from trial.display.pages.html_writer import FRAGMENT_BEGIN, FRAGMENT_END
from trial.display.pages.intake import Books, count_intake, data_parts
from trial.display.pages.methods import attributes, describe_analysis
from trial.display.pages.places import FORMATS, Entry, Places, Section, build_sections
from trial.display.pages.plotted import list_plotted
from trial.display.spec import ReportSpec
from trial.display.wording import lock_meaning

# What the files that the report links to are called there.
FILE_NAMES = {
    "ard.csv": "Analysis results, one statistic a row (CSV)",
    "ard.json": "Analysis results in the shape of CDISC ARS (JSON)",
    "records.csv": "The records behind each result (CSV)",
    "outputs.csv": "Checks across outputs (CSV)",
    "agreement.csv": "The primary analysis beside its independent computation (CSV)",
    "lock.json": "The data lock (JSON)",
    "tables.rtf": "All tables in one document (RTF)",
}
BOOK_NAMES = {"quality": "data quality", "queries": "queries", "accounting": "accounting"}


@dataclass(frozen=True)
class Report:
    """Everything the pages are made of.

    Attributes
    ----------
    sections : tuple of Section
    agreement : DataFrame
        The numbers of the primary analysis beside their independent computation.
    records : mapping
        By analysis, the record of each place it has.
    links : sequence of Path
        Further files of the run that the first page leads to.
    data : Path
        Folder of the books as files.
    """

    spec: ReportSpec
    frame: Frame
    places: Places
    sections: tuple[Section, ...]
    books: Books
    agreement: pd.DataFrame
    records: Mapping[str, Mapping[str, Mapping[str, Any]]]
    links: Sequence[Path]
    data: Path


def read_report(
    spec: ReportSpec, frame: Frame, places: Places, books: Mapping[str, Path | None], links: Sequence[Path]
) -> Report:
    """Read everything the pages are made of; `books`: the file of each book, None where there is none."""
    found = {name: load_book(name, path) for name, path in books.items() if path}
    queries = books["queries"]
    assert queries is not None  # every study has this book
    return Report(
        spec=spec,
        frame=frame,
        places=places,
        sections=build_sections(spec, places),
        books=Books(found["queries"], found["accounting"], found.get("quality")),
        agreement=found["agreement"],
        records={
            one.id: load_records(places.analyses, one.id, (code for code, _ in one.places))
            for one in spec.analyses
        },
        links=links,
        data=queries.parent,
    )


def write_report(report: Report) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file of the report but its first page, then that one."""
    yield STYLE, page_style()
    yield KEYS, load_asset(f"pages/{KEYS}")
    yield from _output_pages(report)
    yield "gallery.html", _page(report, "gallery", "Gallery", scripts=(KEYS,), sections=report.sections)
    yield "methods.html", _methods(report)
    yield "data.html", _data(report)
    yield COMPARISONS, comparisons_page(report.frame, (report.places.page / COMPARISONS).parent)
    yield "index.html", _contents(report)


def _page(report: Report, name: str, title: str, scripts: Sequence[str] = (), **content: Any) -> str:
    places = report.places
    return write_page(
        report.frame,
        f"{name}.html.j2",
        title,
        f"{name}.html",
        scripts,
        tables=places.link(places.tables),
        figures=places.link(places.figures),
        **content,
    )


def _output_pages(report: Report) -> Iterator[tuple[str, str]]:
    placed = [(section, entry) for section in report.sections for entry in section.entries]
    entries = [entry for _, entry in placed]
    before, after = [None, *entries[:-1]], [*entries[1:], None]
    for (section, entry), earlier, later in zip(placed, before, after, strict=True):
        yield (
            f"{entry.id}.html",
            _page(
                report,
                "output",
                f"{entry.number} {entry.title}",
                scripts=(KEYS,),
                section=section,
                entry=entry,
                output=entry.output,
                before=earlier,
                after=later,
                formats=FORMATS[entry.kind],
                **_shown(report.places, entry),
            ),
        )


def _shown(places: Places, entry: Entry) -> dict[str, Any]:
    """Return what an output's page shows beside its entry: the table, or the data of the figure."""
    if entry.kind == "figure":
        names, rows = load_rows(places.file(entry, "csv"))
        return {"fragment": None, "plotted": list_plotted(names, rows)}
    text = load_fragment(places.file(entry, "html"), FRAGMENT_BEGIN, FRAGMENT_END)
    return {"fragment": make_fragment(text), "plotted": None}


def _contents(report: Report) -> str:
    files = [(report.places.link(path), FILE_NAMES.get(path.name, path.name)) for path in report.links]
    return _page(
        report,
        "index",
        "Contents",
        intake=count_intake(report.books.queries, report.books.accounting),
        agreement=count_agreement(report.agreement),
        primary=report.spec.primary,
        lock=lock_meaning(report.frame.stamp.state, count_open(report.books.queries)),
        sections=report.sections,
        count=sum(len(section.entries) for section in report.sections),
        files=files,
    )


def _methods(report: Report) -> str:
    spec = report.spec
    return _page(
        report,
        "methods",
        "Methods",
        estimands=[(one.label, one.analyses, tuple(attributes(one))) for one in spec.estimands],
        reading=spec.reading,
        analyses=[describe_analysis(one, report.records[one.id]) for one in spec.analyses],
    )


def _data(report: Report) -> str:
    links = {}
    for book, name in BOOK_NAMES.items():
        listing = report.spec.shows.get(book)
        own = [(f"{listing}.html", f"Listing of {name}")] if listing else []
        links[book] = (*own, (report.places.link(report.data / f"{book}.csv"), "as a file"))
    labels = {code: label for one in report.spec.analyses for code, label in one.places}
    files = [(report.places.link(path), "as a file") for path in report.links if path.name == "agreement.csv"]
    parts = [*data_parts(report.books, links), agreement_part(report.agreement, labels, tuple(files))]
    return _page(report, "data", "Data", parts=parts)
