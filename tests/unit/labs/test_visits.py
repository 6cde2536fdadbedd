"""What the export says of visit and use: the nominal visit and the flags of each result, and one draw's questions."""

import pytest

from unit.labs.one_row import clean_rows, outcome, sections

DAY = {"collected": "07:30 20/05/2019"}
VISITS = {"Đợt 1": "M1", "Đợt 3": "M3", "Phát sinh": "UNS"}
# Dates without a time: only the visit tells two draws of a day apart.
BY_DAY = {"visits": VISITS, "dates": sections()["sources"]["lis_2019"]["dates"] | {"formats": ["dd/mm/yyyy"]}}
UNTIMED = {"collected": "20/05/2019"}


def said(cleaned, *names):
    return [tuple(row) for row in cleaned.labs[list(names)].to_numpy()]


def asked(cleaned, rule):
    rows = cleaned.queries[cleaned.queries["RULE"] == rule]
    return list(zip(rows["ANALYTE"], rows["FOUND"], strict=True))


def test_the_visit_goes_with_the_result_as_code_and_as_printed(tmp_path):
    cleaned = clean_rows(tmp_path, {"visit": "đợt 1"}, {"visit": "Đợt 9"}, {})
    assert said(cleaned, "VISIT", "VISIT_RAW") == [("M1", "đợt 1"), ("", "Đợt 9"), ("", "")]
    assert asked(cleaned, "UNKNOWN_VISIT") == [("GLUC", "'Đợt 9' in 1 row")]


def test_a_name_in_the_visit_column_is_withheld(tmp_path):
    cleaned = clean_rows(tmp_path, {"visit": "Lê Thị Hoa"})
    assert "Hoa" not in " ".join(map(str, cleaned.labs.to_numpy().ravel()))


@pytest.mark.parametrize(
    ("text", "flag", "rules"),
    [("Y", "Y", set()), ("N", "", set()), ("", "", set()), ("x", "Y", set()), ("-", "", set()),
     ("maybe", "", {"UNKNOWN_RECORD_FLAG"})],
)  # fmt: skip
@pytest.mark.parametrize(("role", "column"), [("baseline_flag", "BASEFL"), ("analysis_flag", "ANLFL")])
def test_the_flags_of_the_export_go_with_the_result(tmp_path, role, column, text, flag, rules):
    words = sections()["sources"]["lis_2019"]["words"] | {"flagged": {"x": "Y", "-": "N"}}
    cleaned = clean_rows(tmp_path, {role: text}, words=words)
    assert said(cleaned, column) == [(flag,)]
    assert outcome(cleaned) == ("used", "", rules)


# Copies of a sample.


def test_the_copy_hands_its_visit_and_its_flag_to_the_record_that_stands(tmp_path):
    rows = (DAY, DAY | {"visit": "Đợt 1", "analysis_flag": "Y"})
    assert said(clean_rows(tmp_path, *rows), "VISIT", "ANLFL") == [("M1", "Y")]
    other = (DAY | {"status": "Hiệu chỉnh"}, DAY | {"result": "5,0", "analysis_flag": "Y", "visit": "Đợt 1"})
    # Another value of the sample: the flag was given to that value, the visit belongs to the sample.
    assert said(clean_rows(tmp_path, *other), "VALUE", "VISIT", "ANLFL") == [(9.5, "M1", "")]


def test_two_visits_of_one_sample_are_asked_about_once_per_draw(tmp_path):
    cells = [{"analyte": "Glucose"}, {"analyte": "Cholesterol", "result": "5,0"}]
    rows = [DAY | cell | {"visit": visit} for visit in ("Đợt 1", "Đợt 3") for cell in cells]
    cleaned = clean_rows(tmp_path, *rows, visits=VISITS)
    assert said(cleaned, "ANALYTE", "VISIT") == [("CHOL", "M1"), ("GLUC", "M1")]
    assert [analytes for analytes, _ in asked(cleaned, "VISITS_DIFFER")] == ["GLUC, CHOL"]
    assert "M1 against M3 (export.csv row 4)" in asked(cleaned, "VISITS_DIFFER")[0][1]


def test_without_times_two_visits_are_two_draws(tmp_path):
    rows = [UNTIMED | {"visit": "Đợt 1"}, UNTIMED | {"visit": "Phát sinh", "result": "5,0"}]
    cleaned = clean_rows(tmp_path, *rows, **BY_DAY)
    assert said(cleaned, "VISIT", "VALUE") == [("M1", 9.5), ("UNS", 5.0)]
    assert cleaned.queries.empty
    one = clean_rows(tmp_path, *[row | {"visit": ""} for row in rows], **BY_DAY)
    assert list(one.accounting["RULE"]) == ["", "CONFLICT"]


def test_the_flagged_one_of_two_equal_candidates_stands(tmp_path):
    rows = [DAY | {"result": "5,0"}, DAY | {"analysis_flag": "Y"}]
    cleaned = clean_rows(tmp_path, *rows)
    assert said(cleaned, "VALUE", "ANLFL") == [(9.5, "Y")]
    assert len(asked(cleaned, "CONFLICT")) == 1


def test_a_flag_does_not_pass_to_another_value_by_way_of_a_copy(tmp_path):
    """A repeated row hands its flag to its like, but not on to the correction that stands for both."""
    rows = [
        DAY | {"result": "5,0"},
        DAY | {"result": "5,0", "baseline_flag": "Y"},
        DAY | {"status": "Hiệu chỉnh"},
    ]
    cleaned = clean_rows(tmp_path, *rows)
    assert said(cleaned, "VALUE", "BASEFL") == [(9.5, "")]


# One question per draw.

TESTS = ({}, {"analyte": "HbA1c", "unit": "%"}, {"analyte": "Cholesterol", "result": "5,0"})


@pytest.mark.parametrize(
    ("cells", "rule", "found"),
    [
        ({"collected": "07:30 31/02/2019"}, "IMPOSSIBLE_DATE", "07:30 31/02/2019"),
        ({"collected": "07:30 20/05/2017"}, "DATE_OUT_OF_STUDY", "07:30 20/05/2017"),
        ({"collected": "20.5.2019"}, "DATE_FORMAT", "20.5.2019"),
        ({"collected": "", "accession": "B1"}, "NO_DATE", "9,5; 5,0"),
        (DAY | {"quality": "đông dây"}, "CLOTTED", "CLOTTED"),
        (DAY | {"fasting": "Y", "comment": "sau ăn"}, "FASTING_CONTRADICTED", "Glucose; Y; sau ăn; HbA1c; Y; sau ăn; Cholesterol; Y; sau ăn"),
    ],
)  # fmt: skip
def test_a_draw_is_asked_about_once_not_once_per_analyte(tmp_path, cells, rule, found):
    good = [{"collected": f"07:30 {day:02d}/06/2019"} for day in range(1, 13)]
    cleaned = clean_rows(tmp_path, *(cells | test for test in TESTS), *good)
    assert asked(cleaned, rule) == [("GLUC, HBA1C, CHOL", found)]


def test_two_draws_are_asked_about_twice(tmp_path):
    wrong = [{"collected": "07:30 31/02/2019"}, {"collected": "07:30 30/02/2019"}]
    other = {"collected": "07:30 31/02/2019", "subject": "0017000002"}
    visit = {"collected": "07:30 31/02/2019", "visit": "Đợt 1", "analyte": "HbA1c", "unit": "%"}
    good = [{"collected": f"07:30 {day:02d}/06/2019"} for day in range(1, 13)]
    cleaned = clean_rows(tmp_path, *wrong, other, visit, *good)
    assert len(asked(cleaned, "IMPOSSIBLE_DATE")) == 4
