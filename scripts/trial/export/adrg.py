"""The skeleton of the Analysis Data Reviewer's Guide: what the run knows is written, the rest is marked.

Sections are those of CDISC's template of the guide. A place that only a person can fill is marked as such,
and all of them are listed in front. As RTF, because the guide is finished in a word processor and leaves as
PDF; as a page for reading.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.display.provenance import Stamp, read_stamp
from trial.export import guide_rtf
from trial.export.adrg_data import of_data_sets, of_processing, of_several_data_sets
from trial.export.adrg_programs import appendix, of_conformance, of_programs
from trial.export.datasets import is_analysed
from trial.export.define import FOLDER, GUIDE, VERSION, standards
from trial.export.files import write_text
from trial.export.guide import Guide, Paragraph, Part, Section, ToWrite, grid
from trial.export.pages import render

if TYPE_CHECKING:
    from trial.export.package import Export

PAGE = "adrg.html"
ACRONYMS = {
    "ADaM": "Analysis Data Model",
    "ADRG": "Analysis Data Reviewer's Guide",
    "ARD": "analysis results data: one row per statistic (ard.csv)",
    "ARM": "Analysis Results Metadata",
    "BDS": "Basic Data Structure",
    "CT": "Controlled Terminology",
    "EDC": "electronic data capture",
    "XPT": "SAS transport file",
}


def write(export: "Export", folder: Path) -> None:
    """Write the guide as `datasets/adrg.rtf` and `datasets/adrg.html`."""
    made = guide_of(export)
    place = folder / FOLDER
    write_text(place / GUIDE, guide_rtf.write_rtf(made, _stamp(export)))
    page = render("guide.html.j2", made.title, export.marks, guide=made, unwritten=list(made.unwritten()))
    write_text(place / PAGE, page)


def guide_of(export: "Export") -> Guide:
    """Return the guide of an export."""
    study = export.study.study
    sections = (
        *_introduction(export),
        *_protocol(export),
        *of_several_data_sets(export),
        *of_processing(export),
        *of_data_sets(export),
        *of_conformance(export),
        *of_programs(export),
        *appendix(export),
    )
    about = (f"{study.title}. Sponsor: {study.sponsor}.", *export.marks, _stamp(export).lock_line)
    return Guide(f"{study.id}: Analysis Data Reviewer's Guide", about, sections)


def _stamp(export: "Export") -> Stamp:
    program = "scripts/write_export.py"
    return read_stamp(export.lock, export.marks, export.study.study, program, "results/manifest.json")


def _introduction(export: "Export") -> Iterator[Section]:
    yield Section("1", "Introduction")
    text = (
        "This document gives context for the analysis data sets and terminology of the study, beside the "
        "data definitions (define.xml): decisions that concern several data sets, what the checks of "
        "conformance found, and how the programs are run again. It was generated with the export; what a "
        "person must write is marked."
    )
    yield Section("1.1", "Purpose", (Paragraph(text),))
    printing = getattr(export.study, "printing", None)
    known = ACRONYMS | dict(printing.abbreviations if printing else {})
    rows = sorted(known.items(), key=lambda item: item[0].casefold())
    yield Section(
        "1.2", "Acronyms", (grid("Acronyms of this guide and of the study", "Acronym|Meaning", rows, (1, 4)),)
    )
    yield Section("1.3", "Study Data Standards and Dictionary Inventory", tuple(_standards(export)))
    yield Section("1.4", "Source Data Used for Analysis Dataset Creation", tuple(_sources(export)))


def _standards(export: "Export") -> Iterator[Part]:
    rows = [("Analysis data", f"{name} {version}") for name, version in standards(export).values()]
    rows += [
        ("Data definitions", f"Define-XML {VERSION} with Analysis Results Metadata 1.0"),
        ("Data files", "SAS transport files, version 5; CDISC Dataset-JSON 1.1"),
    ]
    rows += [("Dictionary", f"{name} {version}") for name, version in export.study.dictionaries.items()]
    yield grid("Standards and dictionaries", "What|Standard and version", rows, (1, 3))
    yield Paragraph(
        "Code lists are the study's own (define.xml): no version of CDISC Controlled Terminology is declared."
    )
    yield ToWrite(
        "the version of CDISC Controlled Terminology that codes are to be compared with, or why there is none"
    )
    if not export.study.dictionaries:
        yield ToWrite(
            "the dictionary and version that terms of adverse events and medicines were coded with: none "
            "is declared"
        )


def _sources(export: "Export") -> Iterator[Part]:
    if is_analysed(export.study):
        yield Paragraph(
            "The inputs of the study are ADaM data sets; they are used as given, and differences were "
            "asked about."
        )
        yield ToWrite("where these data sets come from, and which documents describe how they were made")
    else:
        yield Paragraph(
            "The analysis data are made from the raw exports of the laboratory and from the files of the "
            "electronic data capture, without SDTM data sets between. Records name the file and row that "
            "they were made of (FILE, ROW); those of ADLB, which may have several, have them in "
            "data/lineage.csv, which stays with the raw files."
        )
        yield ToWrite("whether SDTM data sets are submitted too, and how they relate to these data")
    files = [(one["path"], one["sha256"]) for one in export.lock["files"]]
    yield grid("Raw files under the data lock", "File|SHA-256", files, (1, 2))


def _protocol(export: "Export") -> Iterator[Section]:
    study = export.study.study
    yield Section("2", "Protocol Description")
    identity = [
        ("Protocol", study.id),
        ("Title", study.title),
        ("Sponsor", study.sponsor),
    ]
    yield Section(
        "2.1",
        "Protocol Number and Title",
        (
            grid("Protocol", "What|Text", identity, (1, 4)),
            ToWrite("versions and dates of the protocol, its amendments and the statistical analysis plan"),
        ),
    )
    yield Section("2.2", "Protocol Design in Relation to ADaM Concepts", tuple(_design(export.study)))


def _design(study: Any) -> Iterator[Part]:
    allocation = study.study.allocation
    yield Paragraph(
        f"Design: {study.study.design}. "
        + ("Arms were assigned at random." if study.study.randomised else "Arms were not assigned at random.")
        + (f" Allocation: {allocation.method}." if allocation else "")
    )
    if allocation and allocation.against_bias:
        yield Paragraph(f"Against the bias that this may bring: {allocation.against_bias}.")
    arms = [
        (arm.code, arm.label, "reference" if arm.code == study.reference_arm else "") for arm in study.arms
    ]
    yield grid("Arms (ARMCD, TRT01P, TRT01A)", "Code|Label|Role", arms)
    visits = [
        (visit.code, visit.label, visit.number, visit.target_day, f"{visit.window[0]} to {visit.window[1]}")
        for visit in study.visits
    ]
    yield grid(
        "Visits (AVISIT, AVISITN); days count the index date as day 0",
        "Code|Label|Number|Target day|Window",
        visits,
    )
    endpoints = [
        (
            code, one.label, one.unit, "ratio to baseline" if one.scale == "log" else "change from baseline",
            one.primary_visit, "primary" if one.primary else "",
        )
        for code, one in study.endpoints.items()
    ]  # fmt: skip
    yield grid("Endpoints (PARAMCD of ADLB)", "Code|Label|Unit|Analysed as|Primary visit|Rank", endpoints)
    estimands = [
        (
            name,
            one.label,
            one.population,
            "; ".join(f"{event}: {rule}" for event, rule in one.intercurrent_events.items()),
        )
        for name, one in study.estimands.items()
    ]
    yield grid("Estimands", "Name|Label|Population|Intercurrent events", estimands, (1, 1.5, 2, 3))
    yield ToWrite(
        "what of the protocol a reviewer needs beyond this: schedule, doses, periods, amendments that "
        "changed the data"
    )
