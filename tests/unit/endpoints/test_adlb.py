"""Visits, baseline, change and what the model sees."""

from pathlib import Path

import numpy as np
import pytest

from trial.endpoints import records, visits
from trial.endpoints.adlb import analysis_data, derive_adlb
from trial.endpoints.questions import ABSENT, QUESTIONS, list_absences, list_queries
from trial.endpoints.schema import ADLB, ANALYSIS
from trial.study.errors import DataError
from unit.endpoints.build import ADSV, RULES, SELECTION, VISITS, adsl, endpoint, homa, lab, labs, measured

INDEX = "2020-01-31"


ENDPOINTS = {"FPG": endpoint(measured())}


def derive(*rows, subjects=(INDEX,), scale="identity"):
    endpoints = {"FPG": endpoint(measured(), scale)}
    return derive_adlb(labs(*rows), adsl(*subjects), ADSV, endpoints, VISITS, SELECTION, RULES)


def glucose(row, value, collected, **others):
    return lab(row, "GLUC", value, collected, **others)


def flags(adlb):
    return {
        row.SRCKEY.split("#")[2]: (row.AVISIT, row.ANL01FL, row.ABLFL, row.REASON)
        for row in adlb.itertuples()
    }


def test_columns_are_the_declared_ones():
    assert list(derive(glucose(2, 8.0, "2020-01-30")).columns) == list(ADLB)


@pytest.mark.parametrize(
    ("day", "visit"),
    [
        ("2020-01-02", ""), ("2020-01-03", "BL"), ("2020-01-31", "BL"), ("2020-02-01", ""),
        ("2020-02-14", ""), ("2020-02-15", "M1"), ("2020-03-30", "M1"), ("2020-03-31", "M3"),
        ("2020-06-13", "M3"), ("2020-06-14", ""),
    ],
)  # fmt: skip
def test_window_ends_belong_to_the_window(day, visit):
    row = derive(glucose(2, 8.0, day)).iloc[0]
    assert visit == row.AVISIT
    outside = "BEFORE_WINDOWS" if day < "2020-01-03" else "OUT_OF_WINDOW"
    assert row.REASON == ("" if visit else outside)


def test_baseline_is_the_last_before_the_index_date():
    adlb = derive(
        glucose(2, 8.0, "2020-01-20T08:00"),
        glucose(3, 9.0, "2020-01-30T08:00"),
        glucose(4, 9.5, "2020-01-30T09:00"),
    )
    assert flags(adlb) == {
        "2": ("BL", "", "", "EARLIER_BASELINE"),
        "3": ("BL", "", "", "EARLIER_BASELINE"),
        "4": ("BL", "Y", "Y", ""),
    }
    assert set(adlb["BASE"]) == {9.5}


def test_closest_to_target_wins_and_the_later_on_a_tie():
    # Target of M1 is 2020-03-01; 28 February and 3 March are both two days away.
    adlb = derive(
        glucose(2, 8.0, "2020-01-30"), glucose(3, 7.0, "2020-02-28"), glucose(4, 7.5, "2020-03-03"),
        glucose(5, 6.0, "2020-03-04"),
    )  # fmt: skip
    assert flags(adlb)["3"] == ("M1", "", "", "NOT_CLOSEST")
    assert flags(adlb)["4"] == ("M1", "Y", "", "")
    assert flags(adlb)["5"] == ("M1", "", "", "NOT_CLOSEST")


def test_a_result_without_value_never_stands_for_a_visit():
    adlb = derive(glucose(2, 8.0, "2020-01-29"), glucose(3, 7.0, "2020-01-30", FASTING="N"))
    assert flags(adlb)["2"] == ("BL", "Y", "Y", "")
    assert flags(adlb)["3"] == ("BL", "", "", "NOT_FASTING")


def test_change_after_baseline_only():
    adlb = derive(glucose(2, 8.0, "2020-01-30"), glucose(3, 6.0, "2020-03-01")).set_index("AVISIT")
    assert np.isnan(adlb.loc["BL", "CHG"])
    assert adlb.loc["M1", "CHG"] == -2.0
    assert adlb.loc["M1", "PCHG"] == -25.0


def test_no_index_date_no_visit():
    row = derive(glucose(2, 8.0, "2020-01-30"), subjects=("",)).iloc[0]
    assert (row.AVISIT, row.REASON) == ("", "NO_INDEX_DATE")


def test_queries_point_to_the_raw_row():
    adlb = derive(glucose(7, 8.0, "2021-01-30"))
    query = list_queries(adlb, ENDPOINTS).iloc[0]
    assert (query.FILE, query.ROW, query.RULE) == ("f.csv", "7", "OUT_OF_WINDOW")
    assert query.FOUND == "8.0 mmol/L, day 365"


def test_one_draw_of_several_endpoints_raises_one_query():
    endpoints = {"FPG": endpoint(measured()), "HOMAIR": endpoint(homa(), "log", number=2)}
    rows = (glucose(7, 9.5, "2021-01-30T08:00", accession="A"), lab(8, "INS", 10.0, "2021-01-30T08:00", "A"))
    adlb = derive_adlb(labs(*rows), adsl(INDEX), ADSV, endpoints, VISITS, SELECTION, RULES)
    query = list_queries(adlb, endpoints)
    assert query["ANALYTE"].tolist() == ["FPG, HOMAIR"]
    assert query["FOUND"].tolist() == ["9.5 mmol/L, day 365"]


def test_a_replaceable_record_is_asked_about_only_where_nothing_replaces_it():
    alone = derive(glucose(2, 7.0, "2020-01-30", FASTING="N"))
    query = list_queries(alone, ENDPOINTS)
    assert query[["RULE", "FOUND"]].to_numpy().tolist() == [["NOT_FASTING", "7.0 mmol/L, day -1"]]
    replaced = derive(glucose(2, 7.0, "2020-01-30", FASTING="N"), glucose(3, 8.0, "2020-01-30"))
    assert list_queries(replaced, ENDPOINTS).empty


def test_missing_values_are_asked_for_once_per_subject():
    subjects = adsl(INDEX, INDEX, INDEX).assign(DISCDT=["", "", "2020-02-01"])
    adlb = derive(
        *two_visits(2, "S1", (8.0, 6.0)), glucose(5, 7.0, "2020-03-01", USUBJID="S2"), subjects=(INDEX,) * 3
    )
    asked = list_absences(adlb, subjects, ENDPOINTS, "FASFL")
    assert asked[["SUBJECT", "RULE"]].to_numpy().tolist() == [["S2", "NO_BASELINE"], ["S3", "NO_BASELINE"]]
    silent = list_absences(adlb, subjects.assign(DISCDT=""), ENDPOINTS, "FASFL")
    assert ["S3", "NO_POST_BASELINE"] in silent[["SUBJECT", "RULE"]].to_numpy().tolist()


def test_screening_samples_raise_no_query():
    adlb = derive(glucose(7, 8.0, "2019-12-01"))
    assert adlb["REASON"].tolist() == ["BEFORE_WINDOWS"]
    assert list_queries(adlb, ENDPOINTS).empty


def two_visits(row, subject, values):
    days = ("2020-01-30", "2020-03-01")
    return [
        glucose(row + i, v, day, USUBJID=subject) for i, (v, day) in enumerate(zip(values, days, strict=True))
    ]


def test_the_model_sees_log_ratios_on_the_log_scale():
    adlb = derive(*two_visits(2, "S1", (8.0, 4.0)), scale="log")
    data = analysis_data(adlb, adsl(INDEX), "FPG", endpoint(measured(), "log"), "FASFL", "TRT01P")
    assert list(data.columns) == list(ANALYSIS)
    assert data["Y"].tolist() == [pytest.approx(np.log(0.5))]
    assert data["X_BASE"].tolist() == [pytest.approx(np.log(8.0))]


def test_log_of_a_value_that_is_not_positive_is_an_error_with_the_subject():
    adlb = derive(*two_visits(2, "S1", (8.0, 0.0)), scale="log")
    with pytest.raises(DataError, match=r"S1 M1: value 0\.0"):
        analysis_data(adlb, adsl(INDEX), "FPG", endpoint(measured(), "log"), "FASFL", "TRT01P")


def test_without_baseline_a_subject_is_not_analysed():
    adlb = derive(glucose(2, 6.0, "2020-03-01"))
    with pytest.raises(DataError, match="none of 1 records after baseline"):
        analysis_data(adlb, adsl(INDEX), "FPG", endpoint(measured()), "FASFL", "TRT01P")


def test_row_order_does_not_matter():
    rows = [*two_visits(2, "S1", (8.0, 6.0)), *two_visits(5, "S2", (9.0, 7.0))]
    forward = derive(*rows, subjects=(INDEX, INDEX))
    backward = derive(*rows[::-1], subjects=(INDEX, INDEX))
    assert forward.reset_index(drop=True).equals(backward.reset_index(drop=True))


def test_every_reason_is_explained_in_the_docs():
    page = (Path(__file__).resolve().parents[3] / "workflow" / "docs" / "analysis-data.md").read_text(
        encoding="utf-8"
    )
    codes = [value for module in (records, visits) for name, value in vars(module).items()
             if name.isupper() and isinstance(value, str)]  # fmt: skip
    assert len(codes) > 10
    assert [code for code in codes if f"`{code}" not in page] == []
    assert set(QUESTIONS) <= set(codes)
    assert [code for code in ABSENT if f"`{code}`" not in page] == []
