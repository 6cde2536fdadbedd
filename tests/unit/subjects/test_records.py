"""EDC files that become a data set row by row: what each cell becomes, and what is asked."""

import pytest

from trial.subjects.config_edc import CODED, KINDS, MAY_BE_CODED
from trial.subjects.edc import COLUMNS
from trial.subjects.record_files import RECORD_FILES

HISTORY = {
    "USUBJID": ["S1", "S1", "S2", "S9"],
    "MHTERM": ["Diabetes", "Cancer", "Gastritis", "Gout"],
    "MHDECOD": ["DM", "CA", "GA", "GO"],
    "MHBODSYS": ["M", "N", "G", "X"],
    "MHCAT": ["DIABETES", "MALIGNANCY", "", ""],
    "MHSTDTC": ["2009", "2012-05-03", "2013-02-31", "2010"],
    "MHENDTC": ["", "2011", "", ""],
    "MHONGO": ["Y", "N", "maybe", "N"],
}
EXPOSURE = {
    "USUBJID": ["S1", "S1", "S1"],
    "EXTRT": ["A", "B", "A"],
    "EXDOSE": ["12.5", "0", "12.5"],
    "EXVIAB": ["92", "101", "92"],
    "EXLOT": ["L1", "L2", "L1"],
    "EXSTDTC": ["2019-06-25", "2019-06", "2019-06-25"],
    "EXENDTC": ["2019-06-24", "2021-01-01", "2019-06-25"],
    "EXINT": ["N", "Y", "N"],
}


def test_a_declared_kind_is_known_everywhere():
    for file in RECORD_FILES:
        assert file.kind in KINDS and COLUMNS[file.kind] == file.columns
        assert set(CODED[file.kind]) == set(file.of_kind("code"))
        assert set(MAY_BE_CODED[file.kind]) == set(file.of_kind("coded"))
        assert set(file.row) <= set(file.columns)
        assert next(iter(file.dataset)) == "USUBJID" and list(file.dataset)[-2:] == ["FILE", "ROW"]


def test_a_file_that_the_study_has_not_is_an_empty_data_set(derive):
    done = derive()
    for file in RECORD_FILES:
        assert list(done.records[file.table].columns) == list(file.dataset)
        assert done.records[file.table].empty


def test_dates_known_in_part_stay_as_collected(derive):
    done = derive(history=HISTORY)
    table = done.records["admh"]
    assert table["MHSTDTC"].tolist() == ["2009", "2012-05-03", "2013-02-31"]
    assert table["ASTDT"].tolist() == ["", "2012-05-03", ""]
    assert table["MHONGO"].tolist() == ["Y", "N", ""]
    assert table[["FILE", "ROW"]].values.tolist() == [["history.csv", row] for row in (2, 3, 4)]


def test_what_is_not_understood_is_asked_about(derive):
    asked = derive(history=HISTORY).asked("RULE", "SUBJECT", "ROW")
    assert sorted(asked) == [
        ("IMPOSSIBLE_DATE", "S2", "4"),
        ("PERIOD_ORDER", "S1", "3"),
        ("UNKNOWN_CODE", "S2", "4"),
        ("UNKNOWN_SUBJECT", "", "5"),
    ]


def test_a_row_of_an_unknown_subject_is_counted_and_left_out(derive):
    done = derive(history=HISTORY)
    mine = done.fates[done.fates["FILE"] == "history.csv"]
    assert mine[["ROW", "FATE", "RULE"]].values.tolist() == [
        ["2", "used", ""],
        ["3", "used", ""],
        ["4", "used", ""],
        ["5", "quarantined", "UNKNOWN_SUBJECT"],
    ]


def test_an_infusion_needs_whole_dates_and_plausible_numbers(derive):
    done = derive(exposure=EXPOSURE)
    table = done.records["adex"]
    assert table["EXDOSE"].fillna(-1).tolist() == [12.5, -1, 12.5]
    assert table["EXVIAB"].fillna(-1).tolist() == [92, -1, 92]
    assert table["ASTDT"].tolist() == ["2019-06-25", "", "2019-06-25"]
    assert sorted(done.asked("RULE", "ROW")) == [
        ("IMPOSSIBLE_DATE", "3"),
        ("OUT_OF_LIMITS", "3"),
        ("OUT_OF_LIMITS", "3"),
        ("PERIOD_ORDER", "2"),
        ("REPEATED_RECORD", "4"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "turned"),
    [
        ("2012", "2012-01", False),
        ("2012-02", "2012", False),
        ("2012-02", "2012-01-31", True),
        ("2012", "2011", True),
    ],
)
def test_only_what_both_dates_say_can_be_out_of_order(derive, start, end, turned):
    one = {name: texts[:1] for name, texts in HISTORY.items()} | {"MHSTDTC": [start], "MHENDTC": [end]}
    assert ("PERIOD_ORDER" in derive(history=one).asked("RULE")) == turned


def test_results_in_words_become_codes(derive):
    done = derive(
        serology={
            "USUBJID": ["S1", "S1", "S2"],
            "LBTEST": ["HIV", "HBsAg", "HIV"],
            "LBORRES": ["âm  tính", "Dương tính", "later"],
            "LBDTC": ["2019-05-01"] * 3,
        }
    )
    assert done.records["adlbs"]["LBSTRESC"].tolist() == ["NEGATIVE", "POSITIVE", ""]
    assert done.asked("RULE", "ROW") == [("UNKNOWN_CODE", "4")]
