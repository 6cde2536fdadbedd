"""The findings of the checks as a table, and a page of text that says what the export is."""

import csv
import io
from collections import Counter
from pathlib import Path

from trial.export.checks.registry import RULES
from trial.export.files import CHECKSUMS, write_text
from trial.export.package import Export
from trial.export.transliteration import to_ascii

FINDINGS, README = "findings.csv", "readme.txt"
COLUMNS = ("dataset", "variable", "severity", "count", "first", "rule", "rule_text", "explanation")


def write(export: Export, folder: Path) -> None:
    """Write `findings.csv`, one line for each finding, and `readme.txt`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in export.findings:
        where, found = (one.dataset, one.variable), (one.severity, one.count, one.first)
        row = (*where, *found, one.rule, one.text, one.explanation)
        writer.writerow([to_ascii(str(cell)) for cell in row])
    write_text(folder / FINDINGS, stream.getvalue())
    write_text(folder / README, to_ascii_lines(_readme(export)))


def to_ascii_lines(lines: list[str]) -> str:
    """Return lines of text in ASCII."""
    return "".join(f"{to_ascii(line)}\n" for line in lines)


def _readme(export: Export) -> list[str]:
    study, lock, datasets = export.study.study, export.lock, export.datasets
    kinds = Counter(one.severity for one in export.findings)
    counts = ", ".join(f"{kinds[kind]} of severity {kind}" for kind in ("error", "warning"))
    return [
        *export.marks,
        f"{study.id}: {study.title}",
        f"Sponsor: {study.sponsor}",
        f"Data lock: {lock['lock_id']} ({lock['short_hash']}, {lock['state']}), data cut {lock['cut_date']}",
        "",
        "datasets      SAS transport files, version 5; define.xml with its page define.html; the "
        "reviewer's guide adrg.rtf",
        "dataset-json  CDISC Dataset-JSON 1.1: .json, .ndjson, and .ndjson compressed (.dsjc)",
        "programs      texts of the programs that made the results",
        "displays      displays of the primary results; ard.csv, every result in full digits",
        f"{FINDINGS}  what {len(RULES)} checks of the data sets found: {counts}, every error explained",
        f"{CHECKSUMS} SHA-256 of every file: sha256sum --check {CHECKSUMS}",
        "",
        "Data sets:",
        *(f"  {one.name:<8} {len(export.tables[one.name]):>7} records  {one.label}" for one in datasets),
    ]
