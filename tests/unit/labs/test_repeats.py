"""Repeats, corrections, re-runs and copies by other routes: who stands for the sample."""

from datetime import datetime

import numpy as np
import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from unit.labs.one_row import KEY, clean_rows, declare, export_text, sections

DRAW = {"accession": "B1", "collected": "07:30 20/05/2019", "received": "08:00 20/05/2019"}
FIRST, SECOND = {"resulted": "09:00 20/05/2019"}, {"resulted": "11:00 20/05/2019"}


def fates(cleaned):
    return list(zip(cleaned.accounting["FATE"], cleaned.accounting["RULE"], strict=True))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # The later run of the laboratory stands, whichever row comes first.
        ({**FIRST, "result": "9,5"}, {**SECOND, "result": "9,1", "comment": "chạy lại"},
         [("superseded", "BY_RERUN"), ("used", "")]),
        ({**SECOND, "result": "9,1", "comment": "kiểm tra lại"}, {**FIRST, "result": "9,5"},
         [("used", ""), ("superseded", "BY_RERUN")]),
        # Status first, then time: a preliminary result that came later does not count.
        ({**FIRST, "result": "9,5"}, {**SECOND, "result": "9,1", "status": "Sơ bộ"},
         [("used", ""), ("superseded", "BY_STATUS")]),
        ({**SECOND, "result": "9,5"}, {**FIRST, "result": "9,1", "status": "Hiệu chỉnh"},
         [("superseded", "BY_CORRECTION"), ("used", "")]),
        # A corrected result that cannot be used does not bring the preliminary one back.
        ({**FIRST, "result": "9,5", "status": "Sơ bộ"}, {**SECOND, "result": "hỏng", "status": "Hiệu chỉnh"},
         [("superseded", "BY_STATUS"), ("quarantined", "NOT_A_NUMBER")]),
        # A cancelled run concerns itself only.
        ({**FIRST, "result": "9,5", "status": "Hủy"}, {**SECOND, "result": "9,1"},
         [("quarantined", "CANCELLED"), ("used", "")]),
        # The same line twice; the same value in other digits.
        ({**FIRST, "result": "9,5"}, {**FIRST, "result": "9,5"}, [("used", ""), ("superseded", "REPEATED_ROW")]),
        ({**FIRST, "result": "9,5"}, {**FIRST, "result": "9,52"}, [("used", ""), ("superseded", "REPEATED_ROW")]),
        # Two results of one barcode that nothing tells apart.
        ({**FIRST, "result": "9,5"}, {**FIRST, "result": "8,1"}, [("used", ""), ("superseded", "CONFLICT")]),
        # An empty version beside a result.
        ({**FIRST, "result": ""}, {**FIRST, "result": "8,1"}, [("superseded", "BY_STATUS"), ("used", "")]),
    ],
)  # fmt: skip
def test_versions_of_one_sample(tmp_path, first, second, expected):
    assert fates(clean_rows(tmp_path, DRAW | first, DRAW | second)) == expected


def test_two_draws_of_one_day_are_both_kept(tmp_path):
    cleaned = clean_rows(
        tmp_path, DRAW, DRAW | {"accession": "B2", "collected": "09:30 20/05/2019", "result": "14"}
    )
    assert fates(cleaned) == [("used", ""), ("used", "")]


def test_two_final_results_of_one_barcode_at_other_times_are_two_draws(tmp_path):
    """A tolerance test may carry one barcode: its later sample must not stand for the fasting one."""
    cleaned = clean_rows(
        tmp_path, DRAW, DRAW | {"collected": "09:30 20/05/2019", "received": "", "result": "14"}
    )
    assert fates(cleaned) == [("used", ""), ("used", "")]


def test_a_correction_may_correct_the_time(tmp_path):
    corrected = {"collected": "07:30 21/05/2019", "received": "", "status": "Hiệu chỉnh"}
    cleaned = clean_rows(tmp_path, DRAW, DRAW | corrected)
    assert list(cleaned.labs["COLLECTED"]) == ["2019-05-21T07:30"]
    assert fates(cleaned)[0][0] == "superseded"


def test_without_barcodes_the_time_makes_the_sample(tmp_path):
    bare = {"accession": ""}
    cleaned = clean_rows(
        tmp_path,
        DRAW | bare,
        DRAW | bare | {"collected": "07:34 20/05/2019"},
        DRAW | bare | {"collected": "08:30 20/05/2019"},
    )
    assert [fate for fate, _ in fates(cleaned)] == ["used", "superseded", "used"]


def test_the_order_of_statuses_is_the_declared_one(tmp_path):
    rows = (DRAW | {"result": "9,5"}, DRAW | {"result": "9,1", "status": "Hiệu chỉnh"})
    cleaned = clean_rows(tmp_path, *rows, status_order=["final", "corrected"])
    assert fates(cleaned) == [("used", ""), ("superseded", "BY_CORRECTION")]
    assert list(cleaned.queries["RULE"]) == ["BY_CORRECTION"]


def two_routes(folder, first, second, **entries):
    """Clean two exports of the same columns; the second has the lower precedence."""
    (folder / "export.csv").write_text(export_text(first), encoding="utf-8")
    (folder / "copy.csv").write_text(export_text(second), encoding="utf-8")
    sources = {"lis": declare(), "copy": declare(precedence=2, files=["copy.csv"], **entries)}
    return clean(LabsSpec.model_validate(sections() | {"sources": sources}), raw_of(folder), KEY)


def test_a_copy_by_another_route_is_superseded_and_names_its_original(tmp_path):
    cleaned = two_routes(tmp_path, [DRAW], [DRAW | {"accession": "79B1", "collected": "07:35 20/05/2019"}])
    copy = cleaned.accounting[cleaned.accounting["FILE"] == "copy.csv"].iloc[0]
    assert (copy["FATE"], copy["RULE"]) == ("superseded", "OTHER_ROUTE")
    assert copy[["BY_FILE", "BY_SHEET", "BY_ROW", "BY_COLUMN"]].tolist() == ["export.csv", "", "2", ""]
    assert cleaned.queries.empty


def test_equal_after_conversion_is_a_copy(tmp_path):
    """9.5 mmol/L printed as 171 mg/dL: the same value within half a digit of what was printed."""
    cleaned = two_routes(tmp_path, [DRAW], [DRAW | {"accession": "", "result": "171", "unit": "mg/dL"}])
    assert fates(cleaned)[1] == ("superseded", "OTHER_ROUTE")


def test_routes_that_disagree_raise_a_query_and_follow_the_precedence(tmp_path):
    cleaned = two_routes(tmp_path, [DRAW], [DRAW | {"result": "8,8"}])
    assert fates(cleaned)[1] == ("superseded", "CONFLICT")
    assert list(cleaned.queries["FOUND"]) == ["8,8 mmol/L against 9,5 mmol/L (export.csv row 2)"]
    np.testing.assert_array_equal(cleaned.labs["VALUE"], [9.5])


def test_a_copy_without_time_of_day_belongs_to_the_equal_draw_of_its_day(tmp_path):
    draws = [DRAW, DRAW | {"accession": "B2", "collected": "09:30 20/05/2019", "result": "14,2"}]
    given = declare()["dates"] | {"formats": ["HH:MM dd/mm/yyyy", "dd/mm/yyyy"]}
    copy = DRAW | {"accession": "", "collected": "20/05/2019", "received": "", "result": "14,2"}
    cleaned = two_routes(tmp_path, draws, [copy], dates=given)
    book = cleaned.accounting.set_index("FILE")
    assert book.loc["copy.csv", ["BY_FILE", "BY_ROW"]].tolist() == ["export.csv", "3"]


def test_the_copy_of_a_haemolysed_sample_does_not_come_back(tmp_path):
    """The laboratory knows the quality; the insurance copy does not."""
    insulin = DRAW | {"analyte": "Insulin", "unit": "µU/mL"}
    cleaned = two_routes(tmp_path, [insulin | {"quality": "tán huyết"}], [insulin])
    assert fates(cleaned) == [("superseded", "OTHER_ROUTE"), ("quarantined", "HEMOLYZED")] or fates(cleaned) == [
        ("quarantined", "HEMOLYZED"), ("superseded", "OTHER_ROUTE")]  # fmt: skip
    assert cleaned.labs.empty


def test_the_copy_of_a_cancelled_result_is_held(tmp_path):
    cleaned = two_routes(tmp_path, [DRAW | {"status": "Hủy"}], [DRAW])
    assert set(fates(cleaned)) == {("quarantined", "CANCELLED"), ("quarantined", "COPY_OF_CANCELLED")}
    assert list(cleaned.queries["RULE"]) == ["COPY_OF_CANCELLED"]


def test_where_the_first_route_has_no_usable_number_the_second_one_counts(tmp_path):
    cleaned = two_routes(tmp_path, [DRAW | {"result": "chưa có"}], [DRAW])
    assert sorted(fates(cleaned)) == [("quarantined", "NOT_A_NUMBER"), ("used", "")]


def test_a_thousand_repeats_keep_one_fate_each(tmp_path):
    rows = [DRAW | {"resulted": f"{9 + at // 60:02d}:{at % 60:02d} 20/05/2019"} for at in range(300)]
    cleaned = clean_rows(tmp_path, *rows)
    assert (cleaned.accounting["FATE"] == "used").sum() == 1
    assert datetime.fromisoformat(cleaned.labs["COLLECTED"].iloc[0]) == datetime(2019, 5, 20, 7, 30)
