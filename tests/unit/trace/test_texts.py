"""Raw text without what names a patient: hospital numbers, identifier columns, names that slipped into a text."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.labs import texts as labs
from trial.labs.columns import column_of
from trial.labs.raw import make_records
from trial.plan.load import load_study
from trial.study.load import read_yaml
from trial.study.privacy import WITHHELD, Identifiers
from trial.study.texts import RawText, texts_json
from trial.subjects import texts as subjects
from trial.subjects.books import Books
from trial.subjects.edc import EdcFile

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sources():
    return load_study(read_yaml(ROOT / "config.yaml")).sources


def of_records(source, column="", **roles):
    """Return the cells of one raw record by role."""
    known = Identifiers({"Trần Thị Hoa"}, {"19024417"})
    records = make_records(
        {role: column_of([text]) for role, text in roles.items()}, np.array([9]), file="f", column=column
    )
    (found,) = labs._of_source(source, records, known)
    assert (found.file, found.row, found.column) == ("f", "9", column)
    return {role: (name, text) for role, name, text in found.cells}


def test_whose_result_it_is_and_names_in_texts_stay_out(sources):
    found = of_records(
        sources["lis_2019"],
        subject="0019024417",
        result="8,65",
        comment="gọi 0019024417",
        unit="Trần Thị Hoa",
    )
    assert found == {
        "result": ("Kết quả", "8,65"), "comment": ("Ghi chú", WITHHELD), "unit": ("Đơn vị", WITHHELD),
    }  # fmt: skip


def test_a_cell_that_no_column_of_the_file_holds_is_no_raw_text(sources):
    """The analyte of a wide table is declared, its visit is that of the sheet: neither stands in the row."""
    found = of_records(
        sources["workbook"],
        "HbA1c / Kết quả",
        analyte="HbA1c",
        visit="BL",
        result="8,65",
        unit="%",
        collected="x",
    )
    assert {role: name for role, (name, _) in found.items()} == {
        "result": "HbA1c / Kết quả", "unit": "HbA1c / Đơn vị", "collected": "HbA1c / Ngày lấy mẫu",
    }  # fmt: skip


def test_what_stands_in_place_of_a_subject_is_shown_for_subjects_alone():
    rows = pd.DataFrame(
        {"ROW": [2, 3], "USUBJID": ["S-1", "Lê Văn Nam"], "MA_BN": ["19024417", "19024418"],
         "AETERM": ["sốt", "gọi 19024417"], "COPY": ["", ""]}
    )  # fmt: skip
    books = Books(frozenset({"S-1"}), frozenset(), Identifiers((), {"19024417"}), date(2020, 1, 1))
    found = [{name: text for _, name, text in one.cells}
             for one in subjects._of_file(EdcFile("edc/x.csv", rows), books, {"COPY"})]  # fmt: skip
    assert found == [
        {"USUBJID": "S-1", "MA_BN": WITHHELD, "AETERM": "sốt"},
        {"USUBJID": WITHHELD, "MA_BN": WITHHELD, "AETERM": WITHHELD},
    ]


def test_texts_stand_in_order_of_place_and_as_they_are():
    found = [RawText("f", "", "10", "", (("r", "n", '=1+"<b>'),)), RawText("f", "", "9", "", ())]
    assert json.loads(texts_json(found)) == [
        ["f", "", "9", "", []],
        ["f", "", "10", "", [["r", "n", '=1+"<b>']]],
    ]
