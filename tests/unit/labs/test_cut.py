"""The data cut on laboratory results: what was collected later is left out, and nobody is asked about it."""

from datetime import date

import pytest

from unit.labs.one_row import clean_rows, outcome

CUT = date(2019, 5, 20)


@pytest.mark.parametrize(
    ("collected", "out"),
    [
        ("23:59 20/05/2019", False),
        ("00:00 21/05/2019", True),
        ("07:30 19/05/2019", False),
    ],
)
def test_the_day_of_collection_decides(tmp_path, collected, out):
    cleaned = clean_rows(tmp_path, {"collected": collected}, cut=CUT)
    assert outcome(cleaned) == (("quarantined", "AFTER_CUT", set()) if out else ("used", "", set()))
    assert len(cleaned.labs) == (not out)


@pytest.mark.parametrize(
    ("text", "fate"),
    [("2019-06", "AFTER_CUT"), ("2019-05", "PARTIAL_DATE"), ("2019", "PARTIAL_DATE"), ("2020", "AFTER_CUT")],
)
def test_of_a_date_known_in_part_the_earliest_day_decides(tmp_path, text, fate):
    dates = {"formats": ["ISO"], "zone": "+07:00", "earliest": date(2018, 1, 1), "latest": date(2020, 12, 31)}
    cleaned = clean_rows(tmp_path, {"collected": text}, {"collected": "2019-05-02"}, dates=dates, cut=CUT)
    assert outcome(cleaned) == ("quarantined", fate, set() if fate == "AFTER_CUT" else {fate})


@pytest.mark.parametrize(
    "cells",
    [
        {"subject": "0099999999"},
        {"analyte": "Ferritin"},
        {"result": "8,x"},
        {"unit": "đv/dL"},
        {"quality": "Vỡ hồng cầu"},
        {"status": "Hủy"},
    ],
)
def test_nothing_is_asked_about_a_result_after_the_cut(tmp_path, cells):
    cleaned = clean_rows(tmp_path, cells | {"collected": "07:30 21/05/2019"}, {}, cut=CUT)
    assert outcome(cleaned) == ("quarantined", "AFTER_CUT", set())


def test_a_later_copy_supersedes_nothing(tmp_path):
    """A correction of the sample of another day must not take the place of the result before the cut."""
    first = {"accession": "7", "collected": "07:30 20/05/2019"}
    later = first | {"collected": "07:30 21/05/2019", "result": "12,0", "status": "Hiệu chỉnh"}
    cleaned = clean_rows(tmp_path, first, later, cut=CUT)
    assert [outcome(cleaned, at)[:2] for at in (0, 1)] == [("used", ""), ("quarantined", "AFTER_CUT")]
    assert cleaned.labs["VALUE"].tolist() == [9.5]


def test_a_date_outside_the_study_is_asked_about_whatever_the_cut(tmp_path):
    cleaned = clean_rows(tmp_path, {"collected": "07:30 20/05/2029"}, cut=CUT)
    assert outcome(cleaned) == ("quarantined", "DATE_OUT_OF_STUDY", {"DATE_OUT_OF_STUDY"})


def test_an_undated_result_is_asked_about(tmp_path):
    cleaned = clean_rows(tmp_path, {"collected": ""}, cut=CUT)
    assert outcome(cleaned) == ("quarantined", "NO_DATE", {"NO_DATE"})
