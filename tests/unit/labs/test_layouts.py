"""One truth written in every layout, encoding and dialect comes back as the same clean table."""

import csv
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from raw import raw_of
from trial.labs.clean import clean
from trial.study.errors import TrialError
from unit.labs import dialects
from unit.labs import truth as truth_of
from unit.labs.dialects import LAYOUTS, TEXT_LAYOUTS
from unit.labs.truth import DATES, Dialect, Lab

START = datetime(2019, 3, 1, 6, 0)
CENTRES = {"GLUC": (2.0, 21.0), "HBA1C": (4.6, 13.9), "INS": (1.6, 59.0), "CPEP": (0.5, 7.9)}


@st.composite
def results(draw, analyte: str) -> str:
    """A printed result of two decimals, now and then censored."""
    low, high = CENTRES[analyte]
    mark = draw(st.sampled_from(["", "", "", "<", ">"]))
    return f"{mark}{draw(st.integers(int(low * 100) + 1, int(high * 100) - 1)) / 100:.2f}"


@st.composite
def truths(draw) -> list[Lab]:
    """Results of a few patients: at most one per patient, draw and analyte, draws hours apart."""
    draws = draw(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), min_size=1, max_size=8, unique=True)
    )
    truth = []
    for person, day in draws:
        # Days above 12 in every export: a swapped format must show.
        moment = START + timedelta(days=day, minutes=draw(st.integers(0, 300)))
        for analyte in draw(st.sets(st.sampled_from(sorted(CENTRES)), min_size=1)):
            truth.append(Lab(person, analyte, draw(results(analyte)), moment))
    return sorted(truth, key=lambda lab: (lab.person, lab.moment, lab.analyte))


dialects_of_text = st.builds(
    Dialect,
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "windows-1258", "gb18030"]),
    bom=st.booleans(),
    delimiter=st.sampled_from([";", "|", "\t"]),
    decimal=st.sampled_from([",", "."]),
    newline=st.sampled_from(["\n", "\r\n"]),
    titles=st.integers(0, 2),
    date=st.sampled_from(sorted(DATES)),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    pad=st.sampled_from(["", " ", "\u00a0", "\u200b"]),
)


# The visits that an export of each layout names; others name M1 (their sheet), or none.
NAMED = {"long": {"M1"}, "redcap": {"BL"}, "sdtm": set(dialects.SDTM_VISITS.values())}


def write_and_clean(truth, layout, dialect):
    with tempfile.TemporaryDirectory() as folder:
        source = dialects.write_export(truth, layout, dialect, Path(folder))
        people = {truth_of.subject(person) for person in range(6)}
        return clean(truth_of.make_spec(source), raw_of(Path(folder)), truth_of.key(), people)


def plain(dialect: Dialect) -> Dialect:
    """What Windows-1258 has no characters for is not written in it."""
    if dialect.encoding == "windows-1258" and dialect.pad == "\u200b":
        return Dialect(**(dialect.__dict__ | {"pad": ""}))
    return dialect


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(derandomize=True, deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(truth=truths(), dialect=dialects_of_text)
def test_every_layout_gives_the_truth_back(layout, truth, dialect):
    cleaned = write_and_clean(truth, layout, plain(dialect))
    assert truth_of.obtained(cleaned.labs) == truth_of.expected(truth)
    assert set(cleaned.accounting["FATE"]) <= {"used", "quarantined"}
    assert set(cleaned.accounting["RULE"]) <= {"", "EMPTY_RESULT"}
    assert set(cleaned.labs["VISIT"]) <= NAMED.get(layout, {"", "M1"})


@settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(truth=truths(), dialect=dialects_of_text)
def test_all_layouts_of_one_truth_agree(truth, dialect):
    tables = {
        layout: truth_of.obtained(write_and_clean(truth, layout, plain(dialect)).labs) for layout in LAYOUTS
    }
    assert all(table == tables["long"] for table in tables.values())


@pytest.mark.parametrize("layout", TEXT_LAYOUTS)
def test_the_wrong_neighbouring_dialect_does_not_pass(layout, tmp_path):
    """A decimal comma declared as a point must not give the same table."""
    truth = [
        Lab(0, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0)),
        Lab(1, "GLUC", "7.25", datetime(2019, 5, 21, 7, 0)),
    ]
    source = dialects.write_export(truth, layout, Dialect(decimal=","), tmp_path)
    source["numbers"] = {"decimal": ".", "thousands": ""}
    cleaned = clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key(), {"S-001", "S-002"})
    assert cleaned.labs.empty
    assert list(cleaned.queries["RULE"].unique()) == ["DECIMAL_MARK"]


def test_all_sheets_and_files_are_named_in_the_books_without_identifiers(tmp_path):
    truth = [Lab(person, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0)) for person in range(3)]
    source = dialects.write_export(truth, "sheet per patient", Dialect(), tmp_path)
    cleaned = clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key())
    assert list(cleaned.accounting["SHEET"]) == ["sheet 1", "sheet 2", "sheet 3"]


def test_a_hidden_sheet_that_is_not_declared_is_not_read_but_told(tmp_path):
    truth = [Lab(0, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0))]
    source = dialects.write_export(truth, "wide workbook", Dialect(), tmp_path)
    cleaned = clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key())
    told = cleaned.queries[cleaned.queries["RULE"] == "SHEET_NOT_READ"]
    assert list(told["SHEET"]) == ["cũ"]
    assert list(cleaned.labs["VISIT_RAW"]) == ["M1"]


def test_columns_of_a_wide_export_may_stand_for_visits_or_dates(tmp_path):
    """One column per visit, and one column per date with the date in the header."""
    (tmp_path / "wide.csv").write_text(
        "Mã BN;Đợt 1;20/05/2019\n0017000123;9,5;8,8\n0017004834;;7,1\n", encoding="utf-8"
    )
    common = {"analyte": "Glucose", "unit": "mmol/L"}
    measures = [
        common | {"result": "Đợt 1", "visit": "M1", "collected_on": "21/06/2019"},
        common | {"result": "20/05/2019", "collected_on": "20/05/2019"},
    ]
    source = truth_of.base_source(
        Dialect(date="dd/mm/yyyy"), layout="wide", files=["wide.csv"], columns={"subject": "Mã BN"},
        table={"type": "delimited", "encoding": "utf-8", "delimiter": ";", "header_rows": [1]}, measures=measures,
    )  # fmt: skip
    labs = clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key()).labs
    found = list(zip(labs["USUBJID"], labs["COLLECTED"], labs["VISIT_RAW"], labs["COLUMN"], strict=True))
    assert found == [
        ("S-001", "2019-05-20", "", "20/05/2019"), ("S-001", "2019-06-21", "M1", "Đợt 1"),
        ("S-002", "2019-05-20", "", "20/05/2019"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sheets", "words"),
    [({"Tháng 2": "M2"}, ["declared sheets are absent", "Tháng 2"]), ({"*": "", "Tháng 9": ""}, ["Tháng 9"])],
)
def test_a_declared_sheet_that_is_absent_stops_the_run(sheets, words, tmp_path):
    lab = [Lab(0, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0))]
    source = dialects.write_export(lab, "wide workbook", Dialect(), tmp_path)
    source["table"] |= {"sheets": sheets}
    with pytest.raises(TrialError) as caught:
        clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key())
    assert all(word in caught.value.text() for word in ["export.xlsx", *words])


def test_a_hidden_sheet_that_is_declared_is_read_and_asked_about(tmp_path):
    lab = [Lab(0, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0))]
    source = dialects.write_export(lab, "long workbook", Dialect(), tmp_path)
    book = load_workbook(tmp_path / "export.xlsx")
    book.create_sheet("khác")
    book["Kết quả"].sheet_state = "hidden"
    book.active = book["khác"]
    book.save(tmp_path / "export.xlsx")
    cleaned = clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key())
    assert len(cleaned.labs) == 1
    assert sorted(cleaned.queries["RULE"]) == ["HIDDEN_SHEET_READ", "SHEET_NOT_READ"]


def test_what_is_no_workbook_is_refused(tmp_path):
    lab = [Lab(0, "GLUC", "9.51", datetime(2019, 5, 20, 7, 0))]
    source = dialects.write_export(lab, "long workbook", Dialect(), tmp_path)
    (tmp_path / "export.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(TrialError, match="not a workbook that can be read"):
        clean(truth_of.make_spec(source), raw_of(tmp_path), truth_of.key())


def test_roles_may_be_fixed_for_a_whole_file(tmp_path):
    """A file of one test in one unit has no columns for them."""
    (tmp_path / "crp.csv").write_text("ID;Giá trị;Ngày\nS-001;9,5;20/05/2019\n", encoding="utf-8")
    source = truth_of.base_source(
        Dialect(date="dd/mm/yyyy"), layout="long", files=["crp.csv"],
        columns={"subject": "ID", "result": "Giá trị", "collected": "Ngày"},
        fixed={"analyte": "Glucose", "unit": "mmol/L", "specimen": "Huyết tương"},
        table={"type": "delimited", "encoding": "utf-8", "delimiter": ";", "header_rows": [1]},
        subject={"id": "study id", "place": "column"},
    )  # fmt: skip
    labs = clean(truth_of.make_spec(source), raw_of(tmp_path), {}, {"S-001"}).labs
    assert list(labs[["ANALYTE", "UNIT", "SPECIMEN"]].iloc[0]) == ["GLUC", "mmol/L", "PLASMA"]
