"""Workbooks whose values do not tell all: formulas that were never computed, hidden rows, cells struck out."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.sheet_marks import find_marks
from unit.labs.one_row import KEY, declare, sections

HEADER = ["Mã BN", "Ngày", "Glucose"]


def book_of(rows=6, *, formula=False, hidden=(), struck=()):
    book = Workbook()
    sheet = book.active
    sheet.title = "Kết quả"
    sheet.append(HEADER)
    for at in range(rows):
        sheet.append(["0017000001", f"2019-05-{at + 1:02d}", "=8+1" if formula else 9.5])
    for row in hidden:
        sheet.row_dimensions[row].hidden = True
    for address in struck:
        sheet[address].font = Font(strike=True)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def run(folder, data):
    (folder / "export.xlsx").write_bytes(data)
    source = declare(
        layout="wide", files=["export.xlsx"], columns={"subject": "Mã BN", "collected": "Ngày"}, identifiers=[],
        table={"type": "workbook", "sheets": {"Kết quả": ""}, "header_rows": [1]}, visits={},
        measures=[{"result": "Glucose", "analyte": "Glucose", "unit": "mmol/L"}],
        dates=declare()["dates"] | {"formats": ["ISO", "excel"]},
    )  # fmt: skip
    return clean(LabsSpec.model_validate(sections() | {"sources": {"book": source}}), raw_of(folder), KEY)


def test_a_column_of_formulas_that_were_never_computed_is_told(tmp_path):
    cleaned = run(tmp_path, book_of(formula=True))
    assert set(cleaned.accounting["RULE"]) == {"EMPTY_RESULT"}
    told = cleaned.queries[cleaned.queries["RULE"] == "FORMULA_WITHOUT_VALUE"].iloc[0]
    assert told["FOUND"] == "6 cells: C2, C3, C4, C5, C6 and 1 more"
    assert (told["FILE"], told["SHEET"], told["DONE"]) == ("export.xlsx", "Kết quả", "not read")


def test_hidden_and_struck_out_rows_are_read_and_told(tmp_path):
    cleaned = run(tmp_path, book_of(hidden=(3, 4), struck=("C5",)))
    assert len(cleaned.labs) == 6
    told = cleaned.queries.set_index("RULE")
    assert told.loc["HIDDEN_ROWS_READ", "FOUND"] == "2 rows: 3, 4"
    assert told.loc["STRUCK_OUT_READ", "FOUND"] == "1 cell: C5"
    assert set(told["DONE"]) == {"read"}


def test_errors_of_a_spreadsheet_are_told_and_no_empty_cells(tmp_path):
    """A cell `#N/A` reads as an empty one: whether the test was done is not the question."""
    book = load_workbook(io.BytesIO(book_of()))
    sheet = book.active
    sheet["C2"].value, sheet["C3"].value = "#N/A", "#DIV/0!"
    stream = io.BytesIO()
    book.save(stream)
    cleaned = run(tmp_path, stream.getvalue())
    told = cleaned.queries.set_index("RULE")
    assert told.loc["ERROR_IN_CELL", ["FOUND", "DONE"]].tolist() == ["2 cells: C2, C3", "not read"]
    assert list(cleaned.accounting["RULE"]) == ["EMPTY_RESULT"] * 2 + [""] * 4


def test_a_plain_workbook_has_no_marks(tmp_path):
    assert run(tmp_path, book_of()).queries.empty


def test_the_header_itself_is_no_row_of_results():
    assert find_marks(book_of(hidden=(1,), struck=("A1",)), "Kết quả", 1).notes() == []


def test_a_stored_value_of_a_formula_is_a_value():
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of(formula=True))) as old, zipfile.ZipFile(data, "w") as new:
        for item in old.infolist():
            text = old.read(item.filename)
            new.writestr(
                item,
                text.replace(b"<v></v>", b"<v>9</v>")
                .replace(b"<v />", b"<v>9</v>")
                .replace(b"<v/>", b"<v>9</v>"),
            )
    assert find_marks(data.getvalue(), "Kết quả", 1).formulas == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", book_of()[:900]])
def test_what_is_no_workbook_has_no_marks(data):
    assert find_marks(data, "Kết quả", 1).notes() == []


def test_a_sheet_of_another_name_has_no_marks():
    assert find_marks(book_of(hidden=(3,)), "x", 1).notes() == []
