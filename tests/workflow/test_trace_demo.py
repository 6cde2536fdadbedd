"""The trace of the demonstration: complete, and its raw text is what stands in the raw files, read here once more."""

import csv
import io
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from unicodedata import normalize
from xml.etree import ElementTree

import openpyxl
import pytest

from trace_checks import Study, check_back, check_raw_rows, check_records, check_results
from workflow.conftest import ROOT

RAW = ROOT / "data" / "raw"
WITHHELD = "[withheld]"
# The tags of XML4 by what the trace calls their cells.
TAGS = {
    "result": "GIA_TRI", "unit": "DON_VI_DO", "analyte": "TEN_CHI_SO", "analyte_code": "MA_CHI_SO",
    "resulted": "NGAY_KQ",
}  # fmt: skip
DIALECTS = {
    "lis/lis_2019.csv": ("utf-8-sig", ";", 4),
    "lis/lis_2020.csv": ("cp1258", ";", 1),
    "cytokines/plates.csv": ("utf-8", ",", 3),
}
LARGEST = 130_000  # bytes of one shard: a click loads a few; the names of raw rows are one


@pytest.fixture(scope="module")
def study(demonstration):
    return Study(demonstration)


def test_every_number_is_joined_to_its_raw_rows_and_back(study):
    check_results(study)
    check_records(study)
    check_raw_rows(study)
    check_back(study, step=37)


def test_what_is_computed_from_results_stands_on_their_records(study):
    """Holm's adjusted p-values have no records of their own: each stands on those of all seven p-values."""
    pages = study.pages
    found = {row["result_id"]: row["members"] for row in pages.results}
    codes = ("HBA1C", "FPG", "CPEP", "HOMAIR", "HOMAB", "TNFA", "IL1B")
    parts = [set(pages.members[found[f"{code}.PRIMARY.M6.CELL-STD.diff.pvalue"]][0]) for code in codes]
    for code in codes:
        members, _ = pages.members[found[f"all.SEVEN_ENDPOINTS.M6.{code}.pvalue.adjusted"]]
        assert set(members) == set().union(*parts)
    jobs = [one for part in pages.parts("jobs") for one in part]
    entry = jobs[pages.index["jobs"].index(["SEVEN_ENDPOINTS", "study"])]
    assert entry["from"] == [f"{code}.PRIMARY.M6.CELL-STD.diff.pvalue" for code in codes]


def test_counted_events_are_the_rows_of_the_events(study):
    """The rows behind a count of events are those that a filter of ADAE finds, not all of the subjects' rows."""
    adae = [row for row in rows(study, "adae") if row["TRTEMFL"] == "Y" and row["TRT01A"] == "CELL"]
    wanted = {
        (row["FILE"], "", row["ROW"]) for row in adae if row["AESEV"] and row["AEDECOD"] == "Hypoglycaemia"
    }
    pages = study.pages
    (row,) = [
        one for one in pages.results if one["result_id"] == "all.ADVERSE.all.CELL.interest:HYPO.subjects"
    ]
    members, raw = pages.members[row["members"]]
    records = [pages.records[at] for at in members if pages.records[at]["key"][0] == "adae"]
    assert {one["place"][:3] for record in records for one in record["places"]} == wanted
    assert raw == len(wanted) == 3


def rows(study, name):
    with (study.results / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_influence_ranks_every_subject_of_the_model(study):
    pages = study.pages
    jobs = [one for part in pages.parts("jobs") for one in part]
    at = pages.index["jobs"].index(["INFLUENCE", "HBA1C"])
    ranked = jobs[at]["changes"]["M6"]["CELL-STD"]
    moves = [abs(change) for _, change in ranked]
    assert moves == sorted(moves, reverse=True) and len(ranked) == 58
    printed = {row["result_id"]: row["value"] for row in study.ard}
    assert str(ranked[0][1]) == printed["HBA1C.INFLUENCE.M6.CELL-STD.without.1.change"]


def test_raw_text_is_the_text_of_the_files(study):
    """Each cell that the trace shows is, byte for byte, what the csv, xml or workbook has in that row and column."""
    readers = {name: delimited(name) for name in DIALECTS}
    readers |= {path.relative_to(RAW).as_posix(): edc(path) for path in (RAW / "edc").glob("*.csv")}
    xml = [
        {child.tag: child.text or "" for child in element}
        for element in ElementTree.parse(RAW / "xml4" / "xml4.xml").getroot().iter("CHI_TIET_CLS")
    ]
    seen = defaultdict(int)
    for row in study.pages.raw:
        file, sheet, line = row["place"]
        for cell in row["cells"]:
            for name, text in cell["texts"]:
                if text == WITHHELD:
                    continue
                if file in readers:
                    assert text.strip() == readers[file][int(line)][name].strip(), (row["place"], name)
                elif file.startswith("xml4/"):
                    if name in TAGS:
                        assert text == xml[int(line) - 1][TAGS[name]], row["place"]
                else:
                    assert text == workbook(file, sheet, int(line), name), (row["place"], name)
                seen[file] += 1
    assert set(seen) == {*readers, "xml4/xml4.xml", "excel/hba1c_cpeptide.xlsx"} and min(seen.values()) >= 12


def delimited(name):
    """Return the rows of a laboratory file by physical line; in windows-1258 accents are marks of their own."""
    encoding, delimiter, header = DIALECTS[name]
    lines = list(csv.reader(io.StringIO((RAW / name).read_bytes().decode(encoding)), delimiter=delimiter))
    names = [normalize("NFC", text) for text in lines[header - 1]]
    return {at: dict(zip(names, cells, strict=False)) for at, cells in enumerate(lines, 1)}


def edc(path):
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    return {at: dict(zip(lines[0], cells, strict=False)) for at, cells in enumerate(lines, 1)}


@cache
def sheets(file):
    """Return the cells of every sheet of a workbook."""
    return {
        sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(RAW / file)
    }


def workbook(file, sheet, line, name):
    """Return the text of a cell under two header rows; a number has the decimal comma, a day is ISO."""
    cells, group = sheets(file)[sheet], ""
    for column, (head, below) in enumerate(zip(cells[2], cells[3], strict=True)):
        group = head or group
        if f"{group} / {below}" == name:
            value = cells[line - 1][column]
            if hasattr(value, "isoformat"):
                return value.date().isoformat() if value.hour == 0 else value.isoformat(timespec="seconds")
            return str(value).replace(".", ",") if isinstance(value, int | float) else value
    raise AssertionError(name)


def test_no_identifier_stands_in_the_trace(study):
    identifiers = (
        (ROOT / "tests" / "reference" / "demo" / "identifiers.txt").read_text(encoding="utf-8").split("\n")
    )
    known = [text for text in identifiers if text]
    files = [study.results / "data" / "texts.json", *(study.results / "report" / "trace").iterdir()]
    for path in files:
        content = path.read_text(encoding="utf-8")
        near = [text for text in known if text in content]
        assert not [text for text in near if re.search(rf"(?<![\d.]){re.escape(text)}(?!\d)", content)], (
            path.name
        )
    hidden = [
        text for row in study.pages.raw if row["place"][0] == "edc/subject_key.csv"
        for cell in row["cells"] for name, text in cell["texts"] if name == "MA_BN"
    ]  # fmt: skip
    assert hidden and set(hidden) == {WITHHELD}


def test_shards_are_small(study):
    sizes = {path.name: path.stat().st_size for path in (study.results / "report" / "trace").iterdir()}
    assert max(sizes.values()) <= LARGEST, max(sizes, key=sizes.get)
    assert sum(sizes.values()) <= 8_000_000
    assert Path(study.results / "report" / "trace.html").stat().st_size < 10_000
