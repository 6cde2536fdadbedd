"""Where the pages find the outputs, and what each output says of itself."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trial.display.files import load_entry, missing_files
from trial.display.spec import ReportOutput, ReportSpec
from trial.study.errors import DataError

FORMATS = {
    "figure": ("svg", "png", "csv"),
    "table": ("html", "rtf", "csv"),
    "listing": ("html", "rtf", "csv"),
}


@dataclass(frozen=True)
class Places:
    """Folders of entries, tables, figures and analyses, and of the pages that link to them."""

    outputs: Path
    tables: Path
    figures: Path
    analyses: Path
    page: Path

    def link(self, path: Path) -> str:
        """Return a path relative to the pages, as links write it."""
        return Path(os.path.relpath(path, self.page)).as_posix()

    def file(self, entry: "Entry", suffix: str) -> Path:
        """Return the file of an output in one format."""
        return self.of_kind(entry.kind, f"{entry.id}.{suffix}")

    def of_kind(self, kind: str, name: str) -> Path:
        """Return a file of an output of some kind."""
        return (self.figures if kind == "figure" else self.tables) / name


@dataclass(frozen=True)
class Entry:
    """One output: its number and title, what a figure shows in words, its notes."""

    id: str
    number: str
    title: str
    kind: Literal["figure", "table", "listing"]
    alt: str
    notes: tuple[str, ...]
    output: ReportOutput


@dataclass(frozen=True)
class Group:
    """The outputs of one endpoint, or those of the whole study, whose heading is empty."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Section:
    """One section of ICH E3 with its outputs in reading order."""

    anchor: str
    heading: str
    groups: tuple[Group, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every output of the section."""
        return tuple(entry for group in self.groups for entry in group.entries)


def build_sections(spec: ReportSpec, places: Places) -> tuple[Section, ...]:
    """Return every output of the catalogue in reading order.

    Raises
    ------
    DataError
        If a file that the pages show or link to is absent.
    """
    sections = tuple(
        Section(
            anchor=f"e3-{part.number.replace('.', '-')}",
            heading=f"{part.number} {part.name}",
            groups=tuple(
                Group(group.heading, tuple(_entry(output, places) for output in group.outputs))
                for group in part.groups
            ),
        )
        for part in spec.sections
    )
    entries = [entry for section in sections for entry in section.entries]
    missing = missing_files(places.file(entry, suffix) for entry in entries for suffix in FORMATS[entry.kind])
    if missing:
        raise DataError("report", "expected every output of the catalogue, found some missing", missing)
    return sections


def _entry(output: ReportOutput, places: Places) -> Entry:
    content = load_entry(places.outputs / f"{output.id}.json")
    names = ("id", "number", "title", "kind", "alt")
    return Entry(**{name: content[name] for name in names}, notes=tuple(content["notes"]), output=output)
