"""Files as they come: cut rows, columns of one name, merged cells, sheets, stray cells, encodings."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from pydantic import ValidationError

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import Source
from trial.labs.extent import check_extent, column_number
from trial.study.errors import DataError, TrialError
from unit.labs import truth as truth_of
from unit.labs.one_row import clean_rows
from unit.labs.truth import Dialect, base_source, make_spec

HEAD = ["ID", "Test", "Result", "Unit", "Date"]
COLUMNS = {"subject": "ID", "analyte": "Test", "result": "Result", "unit": "Unit", "collected": "Date"}
ROW = ["S-001", "Glucose", "5.6", "mmol/L", "2019-05-20 07:30"]
PEOPLE = {"S-001", "S-002", "S-003"}


def source(**entries):
    usual = {
        "layout": "long", "files": ["x.csv"], "columns": COLUMNS, "subject": {"id": "study id", "place": "column"},
        "table": {"type": "delimited", "encoding": "utf-8", "delimiter": ",", "header_rows": [1]},
    }  # fmt: skip
    return base_source(Dialect(date="ISO", decimal="."), **(usual | entries))


def read(folder: Path, text: str | bytes, **entries):
    (folder / "x.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return clean(make_spec(source(**entries)), raw_of(folder), {}, PEOPLE)


def read_book(folder: Path, book: Workbook, sheets, header_rows=(1,), exclude=(), **entries):
    book.save(folder / "x.xlsx")
    table = {"type": "workbook", "sheets": sheets, "exclude": list(exclude), "header_rows": list(header_rows)}
    return clean(make_spec(source(files=["x.xlsx"], table=table, **entries)), raw_of(folder), {}, PEOPLE)


def lines(*rows, end="\n"):
    return "\n".join(",".join(row) for row in rows) + end


def message(caught) -> str:
    return caught.value.text()


# ---- Rows of other lengths


def test_an_export_that_cuts_empty_cells_at_the_end_is_read(tmp_path):
    cleaned = read(
        tmp_path,
        lines([*HEAD, "Comment", "Flag"], [*ROW, "", "H"], ["S-002", *ROW[1:]], ["S-003", *ROW[1:], "x"]),
    )
    assert list(cleaned.accounting["FATE"]) == ["used"] * 3
    assert list(cleaned.queries["RULE"]) == ["CELLS_CUT"]
    assert "in 2 rows" in cleaned.queries["FOUND"].iloc[0]


def test_where_empty_cells_are_kept_a_short_row_has_lost_one(tmp_path):
    """The date of the second row stands where its unit should be: nothing of the row is taken."""
    cleaned = read(
        tmp_path, lines([*HEAD, "Comment"], [*ROW, ""], ["S-002", "Glucose", "5.6", "2019-05-20 07:30", "x"])
    )
    assert list(cleaned.accounting["RULE"]) == ["", "BROKEN_ROW"]
    assert "S-002" not in cleaned.queries.to_csv()


@pytest.mark.parametrize(("end", "rule"), [("", "BROKEN_ROW"), ("\n", "")])
def test_a_short_last_row_of_a_file_that_ends_within_a_line_was_cut_off(end, rule, tmp_path):
    """`2019-05-2` may have been 20 to 29 May."""
    text = lines([*HEAD, "Comment"], [*ROW, "x"], ["S-002", *ROW[1:4], "2019-05-2"], end=end)
    assert list(read(tmp_path, text).accounting["RULE"]) == ["", rule]


def test_a_file_nearly_all_of_whose_rows_break_is_refused(tmp_path):
    rows = [[*ROW[:4], "2019-05-20", f"x{at}", "y"] for at in range(5)]
    with pytest.raises(DataError) as caught:
        read(tmp_path, lines(HEAD, *rows))
    assert "nearly all rows (5 of 5)" in message(caught)
    assert "x.csv" in message(caught)


# ---- Columns


def test_columns_of_one_name_are_addressed_by_their_place(tmp_path):
    text = lines(
        ["ID", "Date", "Result", "Unit", "Result", "Unit"],
        ["S-001", "2019-05-20", "5.6", "mmol/L", "7.1", "%"],
    )
    measures = [{"result": "Result [1]", "analyte": "Glucose", "columns": {"unit": "Unit [1]"}},
                {"result": "Result [2]", "analyte": "HbA1c", "columns": {"unit": "Unit [2]"}}]  # fmt: skip
    given = {"layout": "wide", "columns": {"subject": "ID", "collected": "Date"}}
    labs = read(tmp_path, text, measures=measures, **given).labs
    assert list(zip(labs["ANALYTE"], labs["VALUE"], labs["COLUMN"], strict=True)) == [
        ("GLUC", 5.6, "Result [1]"),
        ("HBA1C", 7.1, "Result [2]"),
    ]
    for name, words in (
        ("Result", "name one as 'Result [1]' to 'Result [2]'"),
        ("Result [3]", "'Result' stands 2 times"),
    ):
        with pytest.raises(DataError) as caught:
            read(tmp_path, text, measures=[measures[0] | {"result": name}], **given)
        assert words in message(caught)


def test_a_column_may_have_marks_of_its_own(tmp_path):
    """REDCap fields of the validation `number_comma_decimal` beside fields with a point."""
    text = lines(
        ["ID", "Date", "a", "b"],
        ["S-001", "2019-05-20", '"5,6"', "7.1"],
        ["S-002", "2019-05-20", '"6,25"', "7.5"],
    )
    measures = [{"result": "a", "analyte": "Glucose", "unit": "mmol/L", "numbers": {"decimal": ",", "thousands": ""}},
                {"result": "b", "analyte": "HbA1c", "unit": "%"}]  # fmt: skip
    cleaned = read(
        tmp_path, text, layout="wide", columns={"subject": "ID", "collected": "Date"}, measures=measures
    )
    assert sorted(cleaned.labs["VALUE"]) == [5.6, 6.25, 7.1, 7.5]
    del measures[0]["numbers"]
    cleaned = read(
        tmp_path, text, layout="wide", columns={"subject": "ID", "collected": "Date"}, measures=measures
    )
    assert sorted(cleaned.accounting["RULE"]) == ["", "", "DECIMAL_MARK", "DECIMAL_MARK"]


@pytest.mark.parametrize(("low", "high", "flag", "asked"), [
    ("3.9", "6.4", "H", True), ("3.9", "6.4", "", False), ("3.9", "5.0", "H", False), ("", "5.0", "L", True), ("6.0", "", "H", True),
])  # fmt: skip
def test_reference_limits_may_stand_in_two_columns(low, high, flag, asked, tmp_path):
    """LBORNRLO and LBORNRHI; a flag that contradicts them is asked about."""
    text = lines(
        [*HEAD, "Low", "High", "Flag"],
        [*ROW, low, high, flag],
        [*ROW[:2], "5.7", *ROW[3:4], "2019-06-20 07:30", "1", "9", "N"],
    )
    columns = COLUMNS | {"reference_low": "Low", "reference_high": "High", "flag": "Flag"}
    queries = read(tmp_path, text, columns=columns).queries
    assert ("FLAG_CONTRADICTED" in set(queries["RULE"])) == asked


def test_flags_of_sdtm_are_held_against_its_own_limits(tmp_path):
    rows = [["X", "S-001", "GLUC", value, "mmol/L", f"2019-0{month}-20T07:30", "3.9", "6.4", "HIGH"]
            for month, value in ((5, "5.6"), (6, "9.8"))]  # fmt: skip
    head = [
        "STUDYID",
        "USUBJID",
        "LBTESTCD",
        "LBORRES",
        "LBORRESU",
        "LBDTC",
        "LBORNRLO",
        "LBORNRHI",
        "LBNRIND",
    ]
    columns = {"reference_low": "LBORNRLO", "reference_high": "LBORNRHI", "flag": "LBNRIND"}
    queries = read(tmp_path, lines(head, *rows), layout="sdtm", columns=columns).queries
    assert queries[["RULE", "ROW"]].to_numpy().tolist() == [["FLAG_CONTRADICTED", "2"]]


# ---- Workbooks


def test_a_subject_merged_over_its_rows_stands_in_each_of_them(tmp_path):
    book = Workbook()
    sheet = book.active
    for row in (
        HEAD,
        ROW,
        [None, "HbA1c", "7.1", "%", None],
        [None, "C-Peptid", None, "ng/mL", None],
        ["S-002", *ROW[1:]],
    ):
        sheet.append(row)
    sheet.merge_cells("A2:A4")
    sheet.merge_cells("E2:E4")
    sheet.merge_cells("C3:C4")
    cleaned = read_book(tmp_path, book, {"Sheet": ""})
    assert list(cleaned.labs["USUBJID"]) == ["S-001", "S-001", "S-002"]
    # A merged result is that of its first row: it is not the C-peptide of the next one.
    assert list(cleaned.accounting["RULE"]) == ["", "", "EMPTY_RESULT", ""]


def test_sheets_without_results_do_not_stop_a_workbook_that_is_read_whole(tmp_path):
    book = Workbook()
    book.active.title = "A"
    for row in (HEAD, ROW):
        book.active.append(row)
    book.create_sheet("empty")
    notes = book.create_sheet("Notes")
    notes.append(["please call back"])
    chart = BarChart()
    chart.add_data(Reference(book["A"], min_col=1, min_row=1, max_row=2))
    book.create_chartsheet("Chart").add_chart(chart)
    cleaned = read_book(tmp_path, book, {"*": ""}, exclude=["Notes"])
    assert len(cleaned.labs) == 1
    assert cleaned.queries.empty
    with pytest.raises(DataError, match="'ID' is missing"):
        read_book(tmp_path, book, {"*": ""})
    with pytest.raises(DataError, match=r"sheet 4: the sheet holds a chart"):
        read_book(tmp_path, book, {"A": "", "Chart": ""})
    with pytest.raises(DataError, match=r"sheet 2: the declared sheet is empty"):
        read_book(tmp_path, book, {"empty": ""})


@pytest.mark.parametrize(("sheets", "exclude", "words"), [
    ({"A": ""}, ["B"], "beside '*'"), ({"*": "", "B": "M1"}, ["B"], "'B' is also in sheets"),
])  # fmt: skip
def test_excluded_sheets_belong_beside_the_star(sheets, exclude, words):
    with pytest.raises(ValidationError) as caught:
        Source.model_validate(
            source(table={"type": "workbook", "sheets": sheets, "exclude": exclude, "header_rows": [1]})
        )
    assert words in str(caught.value)


@pytest.mark.parametrize("address", ["XFD1048576", "ZZ900000", "AZ1048576"])
def test_a_stray_cell_far_away_is_refused_before_it_takes_the_memory(address, tmp_path):
    book = Workbook()
    for row in (HEAD, ROW):
        book.active.append(row)
    book.create_sheet("far")[address] = "x"
    with pytest.raises(DataError) as caught:
        read_book(tmp_path, book, {"Sheet": ""})
    assert "x.xlsx, sheet 2" in message(caught)
    assert "stray cell" in message(caught)


@pytest.mark.parametrize("address", ["A1048576", "XFD3"])
def test_a_long_or_a_wide_sheet_is_no_stray_cell(address, tmp_path):
    book = Workbook()
    book.active[address] = "x"
    book.save(tmp_path / "x.xlsx")
    check_extent((tmp_path / "x.xlsx").read_bytes(), "x.xlsx")
    assert [column_number(letters) for letters in ("A", "Z", "AA", "XFD")] == [1, 26, 27, 16384]


# ---- Encodings


@pytest.mark.parametrize(
    ("encoding", "test", "unit"),
    [
        ("windows-1252", "Glucosé à jeun", "mmol/l à"), ("latin-1", "Glükose", "mmol/l ä"), ("gbk", "空腹血糖", "毫摩尔/升"),
        ("gb18030", "空腹血糖", "毫摩尔/升"), ("shift_jis", "血糖値", "mmol/L"), ("euc-kr", "공복혈당", "mmol/L"), ("big5", "血糖濃度", "mmol/L"),
        ("windows-1251", "Глюкоза натощак", "ммоль/л"), ("utf-16-be", "空腹血糖", "mmol/L"), ("UTF8", "空腹血糖", "mmol/L"),
    ],
)  # fmt: skip
def test_every_encoding_of_python_is_read_when_declared(encoding, test, unit, tmp_path):
    spec = make_spec(source(table=source()["table"] | {"encoding": encoding})).model_dump()
    spec["analytes"]["GLUC"]["synonyms"] = [test]
    spec["units"]["mmol/L"] = (unit,)
    (tmp_path / "x.csv").write_bytes(lines(HEAD, ["S-001", test, "5.6", unit, "2019-05-20"]).encode(encoding))
    labs = clean(type(make_spec(source())).model_validate(spec), raw_of(tmp_path), {}, PEOPLE).labs
    assert list(labs["ANALYTE"]) == ["GLUC"]


@pytest.mark.parametrize(
    ("written", "declared", "word", "hint"),
    [
        ("windows-1252", "utf-8", "Résultat", "windows-1252"), ("gbk", "utf-8", "检验结果", "gb18030"),
        ("shift_jis", "utf-8", "検査結果", "shift_jis"), ("utf-8", "windows-1252", "Résultat", "utf-8"),
        ("utf-8", "gbk", "检验结果", "utf-8"), ("utf-8", "latin-1", "Résultat", "utf-8"),
        ("windows-1258", "utf-8", "Kết quả", "windows-1258"),
    ],
)  # fmt: skip
def test_a_wrong_encoding_is_refused_with_the_one_that_the_declared_words_have(
    written, declared, word, hint, tmp_path
):
    text = lines([*HEAD[:2], word, *HEAD[3:]], ROW)
    data = truth_of.encode_1258(text) if written == "windows-1258" else text.encode(written)
    with pytest.raises(DataError) as caught:
        read(
            tmp_path,
            data,
            columns=COLUMNS | {"result": word},
            table=source()["table"] | {"encoding": declared},
        )
    assert f"would fit {hint}" in message(caught)
    assert hint in ("windows-1258", "windows-1252") or "windows-1258" not in message(caught)


def test_nobody_guesses_an_encoding_from_bytes_that_fit_all(tmp_path):
    """No declared word stands in the file: the hint names none, where it named windows-1258 for any bytes."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, lines(HEAD, [*ROW[:3], "é", ROW[4]]).encode("latin-1"))
    assert "ask the laboratory for the encoding" in message(caught)
    with pytest.raises(DataError) as caught:
        read(tmp_path, lines(HEAD, [*ROW[:3], "a\x00b", ROW[4]]))
    assert "damaged" in message(caught)


@pytest.mark.parametrize(
    "encoding", ["klingon", "rot13", "base64", "idna", "", "utf-7", "a" * 5000, "utf\x008"]
)
def test_what_is_no_encoding_is_a_configuration_error(encoding):
    with pytest.raises(ValidationError, match="an encoding that Python knows"):
        Source.model_validate(source(table=source()["table"] | {"encoding": encoding}))


# ---- What a layout needs


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"layout": "lon"}, "'fhir', 'hl7', 'long', 'redcap', 'sdtm', 'wide' or 'xml4'"),
        ({"layout": "hl7"}, "table.type: layout 'hl7' stands in 'message', not in 'delimited'"),
        ({"layout": "wide"}, "measures: layout 'wide' needs one entry per value column"),
        (
            {"layout": "hl7", "table": {"type": "message", "encoding": "utf-8"}},
            "columns: layout 'hl7' has no header texts",
        ),
        (
            {"layout": "fhir", "columns": {}, "table": {"type": "message", "encoding": "utf-8"}}
            | {"subject": {"id": "study id", "place": "sheet"}},
            "subject.place: in layout 'fhir' it is 'column'",
        ),
        ({"measures": [{"result": "Result", "analyte": "GLUC"}]}, "measures: they do not belong to layout 'long'"),
        ({"columns": {"subject": "ID", "analyte": "Test"}}, "columns.result: required in layout 'long'"),
        ({"columns": {"analyte": "Test", "result": "Result"}}, "columns.subject: required, because subject.place is 'column'"),
        ({"subject": {"id": "study id", "place": "sheet"}}, "subject.place: only a workbook has sheets"),
        ({"join": {"file": "a.csv", "table": source()["table"], "key": "a", "subject": "b", "collected": "c"}}, "join: it does not belong"),
        ({"files": ["**x"]}, "** stands alone"), ({"files": ["a\x00b"]}, "control characters"), ({"label": "a\x00b"}, "U+0000"),
        ({"table": {"type": "sas", "encoding": None}, "subject": {"id": "study id", "place": "cell", "cell": "B1"}}, "has no cell above"),
        ({"columns": COLUMNS | {"colected": "x"}}, "colected"),
    ],
)  # fmt: skip
def test_a_source_that_does_not_fit_its_layout_says_which_key(entries, words):
    with pytest.raises(ValidationError) as caught:
        Source.model_validate(source(**entries))
    assert words in str(caught.value)


def test_the_configuration_is_read_without_numpy_and_pandas():
    """The Snakefile reads it at every start."""
    import subprocess
    import sys

    code = "import sys, trial.labs.config; sys.exit(bool({'numpy', 'pandas'} & set(sys.modules)))"
    folder = Path(__file__).resolve().parents[3] / "scripts"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


def test_dates_that_nobody_can_read_are_shown_where_they_are_dates(tmp_path):
    rows = [{"collected": text} for text in ("03-Jan-2020", "04-Feb-2020", "5 tháng 3 2020 8:30 PM")]
    with pytest.raises(TrialError) as caught:
        clean_rows(tmp_path, *rows)
    assert "'03-Jan-2020'" in message(caught)
    rows = [{"collected": "Lê Thị Hoa 2020"}] * 3
    with pytest.raises(TrialError) as caught:
        clean_rows(tmp_path, *rows)
    assert "Hoa" not in message(caught)
