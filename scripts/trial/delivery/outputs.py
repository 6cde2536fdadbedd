"""Outputs and their displays in the words of the analysis results standard."""

from collections.abc import Sequence
from typing import Any

from trial.delivery.reading import PrintedOutput

Object = dict[str, Any]
# The standard knows pdf, rtf and txt; the other formats are the sponsor's terms.
STANDARD = ("rtf",)
FILES = {
    "table": ("tables", ("html", "rtf", "csv")),
    "listing": ("tables", ("html", "rtf", "csv")),
    "figure": ("figures", ("svg", "png", "csv")),
}
OWN = ("html", "csv", "svg", "png")


def terminology() -> list[Object]:
    """Return the file types that the standard has no term for."""
    terms = [{"id": f"ST.{suffix.upper()}", "submissionValue": suffix} for suffix in OWN]
    return [{"id": "TE.FILES", "enumeration": "OutputFileTypeEnum", "sponsorTerms": terms}]


def described_output(output: PrintedOutput) -> Object:
    """Return an output with its files and its one display."""
    number, entry = output.entry["number"], output.entry
    sections = [
        _section(output.id, "Title", [number, *entry["headings"]]),
        _section(output.id, "Footnote", entry["notes"]),
    ]
    return {
        "id": output.id,
        "version": 1,
        "name": number,
        "label": entry["title"],
        "fileSpecifications": _files(output),
        "displays": [
            {
                "order": 1,
                "display": {
                    "id": f"{output.id}.display",
                    "version": 1,
                    "name": number,
                    "displayTitle": entry["title"],
                    "displaySections": [section for section in sections if section],
                },
            }
        ],
    }


def _files(output: PrintedOutput) -> list[Object]:
    folder, suffixes = FILES[output.output.kind]
    return [
        {
            "name": f"{output.id}.{suffix}",
            "fileType": {"controlledTerm": suffix}
            if suffix in STANDARD
            else {"sponsorTermId": f"ST.{suffix.upper()}"},
            "location": f"results/{folder}/{output.id}.{suffix}",
        }
        for suffix in suffixes
    ]


def _section(output: str, kind: str, lines: Sequence[str]) -> Object:
    if not lines:
        return {}
    return {
        "sectionType": kind,
        "orderedSubSections": [
            {"order": order, "subSection": {"id": f"{output}.{kind.lower()}.{order}", "text": line}}
            for order, line in enumerate(lines, start=1)
        ],
    }
