"""The raw rows of a run as the results hold them: place, texts as reported, and whose row it is.

The raw files themselves are not read: `data/texts.json` has every text of them without what names a
patient. Whose row it is, of which analyte, visit and date, is what the run found (labs.csv, the books, the
records of the endpoints).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trial.compare.files import read_json, read_rows

SUBJECT, DATES = "USUBJID", ("DTC", "DT")
# What a row of the EDC files or of an ADaM data set is about, by the name of its cell.
ABOUT = ("PARAMCD", "IETESTCD", "LBTEST", "AETERM", "CMTRT", "EXTRT", "MHTERM", "DVTERM")
VISITS = ("VISIT", "AVISIT")
RESULT = "result"
Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class RawRow:
    """One raw row.

    Attributes
    ----------
    file, sheet, row, column : str
        Its place; `column` in wide layouts only.
    cells : tuple of (role, name, text)
        Its texts as reported.
    subject, analyte, visit, date : str
        Whose and of what it is, as far as it is known.
    source : str
        Its name by content in the book of rows (SRCID).
    """

    file: str
    sheet: str
    row: str
    column: str
    cells: tuple[tuple[str, str, str], ...]
    subject: str = ""
    analyte: str = ""
    visit: str = ""
    date: str = ""
    source: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def place(self) -> Place:
        """The place that no two rows share."""
        return self.file, self.sheet, self.row, self.column

    def named(self, role: str) -> str:
        """Return the column of the file that a role is read from; the role where there is none."""
        return next((name for one, name, _ in self.cells if one == role and name), role)

    def shown(self) -> str:
        """Return the row on one line: the result with its unit, or every cell."""
        if RESULT in self.texts:
            return " ".join(filter(None, (self.texts[RESULT], self.texts.get("unit", ""))))
        return "; ".join(f"{name or role}: {text}" for role, name, text in self.cells)


def read_raw_rows(results: Path) -> list[RawRow]:
    """Return every raw row of a run, in the order of the files."""
    known = _known(results)
    return [_row(entry, known) for entry in read_json(results / "data" / "texts.json")]


def _row(entry: list[Any], known: Mapping[Place, "_Known"]) -> RawRow:
    file, sheet, row, column, listed = entry
    cells = tuple((role, name, text) for role, name, text in listed)
    texts = {role: text for role, _, text in cells}
    found = known.get((file, sheet, row, column), _Known())
    began = next((text for role, text in texts.items() if role.endswith(DATES)), "")
    return RawRow(
        file, sheet, row, column, cells,
        found.subject or texts.get(SUBJECT, ""),
        found.analyte or next((texts[role] for role in (*ABOUT, "analyte") if role in texts), ""),
        found.visit or next((texts[role] for role in (*VISITS, "visit") if role in texts), ""),
        found.date or texts.get("collected", "") or began,
        found.source,
        texts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Known:
    """What a run knows of a raw row: whose, of what, when, and its name by content."""

    subject: str = ""
    analyte: str = ""
    visit: str = ""
    date: str = ""
    source: str = ""


def _known(results: Path) -> dict[Place, _Known]:
    data = results / "data"
    visits, days = _visits(data)
    usable = {_place(row): row for row in read_rows(data / "labs.csv")}
    found = {}
    for row in read_rows(data / "accounting.csv"):
        place = _place(row)
        result = usable.get(place) or {}
        subject = result.get("USUBJID") or row["SUBJECT"]
        date = result.get("COLLECTED") or row["DATE"]
        visit = result.get("VISIT") or visits.get(place) or days.get((subject, date[:10]), "")
        analyte = result.get("ANALYTE") or _one(row["ANALYTE"])
        found[place] = _Known(subject, analyte, visit, date, row["SRCID"])
    return found


def _visits(data: Path) -> tuple[dict[Place, str], dict[tuple[str, str], str]]:
    """Return the analysis visit of each raw result that a record was made of, and of each subject and day."""
    records = {
        (row["PARAMCD"], row["USUBJID"], row["ASEQ"]): row
        for row in read_rows(data / "adlb.csv")
        if row["AVISIT"]
    }
    safety = [row for row in read_rows(data / "adlbsaf.csv") if row["AVISIT"]]
    visits = {_place(row): row["AVISIT"] for row in safety}
    for row in read_rows(data / "lineage.csv"):
        if record := records.get((row["PARAMCD"], row["USUBJID"], row["ASEQ"])):
            visits[_place(row)] = record["AVISIT"]
    days = {(row["USUBJID"], row["ADT"]): row["AVISIT"] for row in (*safety, *records.values())}
    return visits, days


def _place(row: Mapping[str, str]) -> Place:
    return row["FILE"], row["SHEET"], row["ROW"], row["COLUMN"]


def _one(analytes: str) -> str:
    return "" if "," in analytes else analytes
