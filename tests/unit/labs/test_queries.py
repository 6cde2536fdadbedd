"""Questions that a site can answer and count: one per cause, with the cell's own text and the right rule."""

import pytest

from unit.labs.one_row import clean_rows, outcome


def asked(cleaned, rule):
    return sorted(cleaned.queries.loc[cleaned.queries["RULE"] == rule, "FOUND"])


@pytest.mark.parametrize(
    ("unit", "rule", "found"),
    [("U/L", "WRONG_KIND_OF_UNIT", "'U/L'"), ("đv", "UNKNOWN_UNIT", "'đv'"), ("", "NO_UNIT", "no unit")],
)
def test_a_unit_is_asked_about_once_per_analyte_whatever_the_values(tmp_path, unit, rule, found):
    rows = [{"unit": unit, "result": f"{value},5"} for value in range(5, 11)]
    rows += [{"analyte": "Cholesterol", "unit": unit, "result": f"{value},1"} for value in range(4, 7)]
    cleaned = clean_rows(tmp_path, *rows)
    assert asked(cleaned, rule) == [f"{found} in 3 rows", f"{found} in 6 rows"]
    assert set(cleaned.accounting["RULE"]) == {rule}


# Codes beside the name.


@pytest.mark.parametrize(
    ("cells", "rule", "found"),
    [
        ({"loinc": "2350-7"}, "UNKNOWN_CODE", "'Glucose, LOINC 2350-7' in 1 row"),  # urine
        ({"loinc": "1518-0"}, "UNKNOWN_CODE", "'Glucose, LOINC 1518-0' in 1 row"),  # two hours after 75 g
        ({"loinc": "1521-4"}, "UNKNOWN_CODE", "'Glucose, LOINC 1521-4' in 1 row"),
        ({"analyte_code": "GLU2H"}, "UNKNOWN_CODE", "'Glucose, code GLU2H' in 1 row"),
        ({"analyte": "Ferritin", "loinc": "2276-4"}, "UNKNOWN_ANALYTE", "'Ferritin, LOINC 2276-4' in 1 row"),
        ({"loinc": "4548-4"}, "ANALYTE_CONTRADICTED", "'Glucose (GLUC), LOINC 4548-4 (HBA1C)' in 1 row"),
        ({"analyte_code": "INS"}, "ANALYTE_CONTRADICTED", "'Glucose (GLUC), code INS (INS)' in 1 row"),
    ],
)  # fmt: skip
def test_a_code_says_more_than_the_name(tmp_path, cells, rule, found):
    cleaned = clean_rows(tmp_path, cells)
    assert outcome(cleaned) == ("quarantined", rule, {rule})
    assert list(cleaned.queries["FOUND"]) == [found]


def test_an_undeclared_code_is_asked_about_once(tmp_path):
    cleaned = clean_rows(tmp_path, *[{"loinc": "2350-7"}] * 4)
    assert asked(cleaned, "UNKNOWN_CODE") == ["'Glucose, LOINC 2350-7' in 4 rows"]


@pytest.mark.parametrize(
    "text", ["2345-7", "LOINC:2345-7", "loinc 2345-7", "http://loinc.org|2345-7", "LN: 2345-7"]
)
def test_a_declared_code_is_read_with_the_name_of_its_system(tmp_path, text):
    assert outcome(clean_rows(tmp_path, {"loinc": text})) == ("used", "", set())


# Rows that are no results.

HEADER = {"subject": "Mã BN", "analyte": "Tên xét nghiệm", "result": "Kết quả", "unit": "Đơn vị",
          "collected": "Ngày lấy mẫu", "status": "Trạng thái"}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (HEADER, "REPEATED_HEADER"),
        ({"subject": "Tổng cộng", "analyte": "", "collected": "", "status": "", "unit": "", "result": "45"}, "TOTAL_LINE"),
        ({"subject": "Total:", "analyte": "Glucose", "result": "95,5"}, "TOTAL_LINE"),
        ({"subject": "", "analyte": "Total", "result": "12"}, "TOTAL_LINE"),
        ({"analyte": "", "result": "", "unit": ""}, "NOT_A_RESULT"),
    ],
)  # fmt: skip
def test_headers_sums_and_rows_of_other_forms_are_known_as_such(tmp_path, cells, rule):
    cleaned = clean_rows(tmp_path, {}, cells)
    assert outcome(cleaned, 1) == ("quarantined", rule, set())


# Two rows of one sample.

DAY = {"collected": "07:30 20/05/2019"}


@pytest.mark.parametrize("broken", [{"result": "haemolysed"}, {"result": "-99"}, {"quality": "không đủ mẫu"}])
def test_a_row_without_a_value_does_not_stand_for_one_with_a_value(tmp_path, broken):
    cleaned = clean_rows(tmp_path, DAY | broken, DAY | {"result": "5,5"})
    assert list(cleaned.labs["VALUE"]) == [5.5]
    assert list(cleaned.accounting["RULE"]) == ["CONFLICT", ""]
    assert asked(cleaned, "CONFLICT") == [
        f"{broken.get('result', '9,5')} mmol/L against 5,5 mmol/L (export.csv row 3)"
    ]


def test_the_quality_of_a_barcode_holds_for_all_its_rows(tmp_path):
    rows = (DAY | {"quality": "không đủ mẫu"}, DAY | {"result": "5,5"})
    cleaned = clean_rows(tmp_path, *({"accession": "B1"} | row for row in rows))
    assert cleaned.labs.empty


def test_times_out_of_order_are_asked_about_once_per_draw(tmp_path):
    late = DAY | {"accession": "B1", "received": "07:10 20/05/2019"}
    rows = [late, late | {"analyte": "HbA1c", "unit": "%"}, late | {"analyte": "Cholesterol", "result": "5"}]
    assert asked(clean_rows(tmp_path, *rows), "TIME_ORDER") == ["2019-05-20T07:30"]


def test_a_flag_that_names_no_side_is_not_held_against_the_range(tmp_path):
    cells = {"result": "5,0", "reference": "3,9 – 6,4"}
    assert clean_rows(tmp_path, cells | {"flag": "A"}).queries.empty
    assert asked(clean_rows(tmp_path, cells | {"flag": "H"}), "FLAG_CONTRADICTED") == ["5,0 mmol/L"]
