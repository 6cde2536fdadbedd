"""Visits, baseline, change, lineage and questions of one endpoint and of all."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.endpoints import records, visits
from trial.endpoints.absence import explain_absence
from trial.endpoints.adlb import derive_endpoint
from trial.endpoints.collect import collect_adlb
from trial.endpoints.config_plan import CollectAdlbSpec, CollectedEndpoint
from trial.endpoints.questions import ABSENT, QUESTIONS, merge_queries
from trial.endpoints.schema import ENDPOINT_QUERIES, LINEAGE, adlb, endpoint_adlb
from trial.study.books import QUERIES
from unit.endpoints.build import ADSV, NOTHING_ASKED, adsl, homa, lab, labs, measured, spec

INDEX = "2020-01-31"
FLAGS = {"ENRLFL": "Enrolled", "FASFL": "Full analysis set", "SAFFL": "Safety set"}


def derive_all(*rows, subjects=(INDEX,), **others):
    return derive_endpoint(labs(*rows), adsl(*subjects), ADSV, NOTHING_ASKED, spec(measured(), **others))


def derive(*rows, **others):
    return derive_all(*rows, **others).adlb


def collect(parts, subjects, **params):
    """Put endpoints together; `params` gives the label of each in their order."""
    endpoints = [
        CollectedEndpoint(paramcd=code, number=number, param=label, unit_label="mmol/l")
        for number, (code, label) in enumerate(params.items(), 1)
    ]
    plan = CollectAdlbSpec(endpoints=tuple(endpoints), flags=tuple(sorted(FLAGS)), population="FASFL")
    return collect_adlb(parts, subjects, plan)


def glucose(row, value, collected, **others):
    return lab(row, "GLUC", value, collected, **others)


def flags(data):
    """Return what became of each raw row."""
    joined = data.adlb.merge(data.lineage, on=["PARAMCD", "USUBJID", "ASEQ"])
    assert len(joined) == len(data.adlb)
    return {row.ROW: (row.AVISIT, row.ANL01FL, row.ABLFL, row.REASON) for row in joined.itertuples()}


def test_columns_are_the_declared_ones():
    data = derive_all(glucose(2, 8.0, "2020-01-30"))
    assert list(data.adlb.columns) == list(endpoint_adlb(FLAGS))
    assert list(data.lineage.columns) == list(LINEAGE)
    assert list(data.queries.columns) == list(ENDPOINT_QUERIES)
    together = collect([data], adsl(INDEX).assign(DISCDT=""), FPG="Glucose (mmol/L)")
    assert list(together.adlb.columns) == list(adlb(FLAGS))
    assert list(together.adlb.columns[:9]) == [
        "USUBJID", "ARMCD", "TRT01P", "TRT01A", "ENRLFL", "FASFL", "SAFFL", "PARAMCD", "PARAM",
    ]  # fmt: skip


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
    outside = "AFTER_WINDOWS" if day > "2020-06-13" else outside
    assert row.REASON == ("" if visit else outside)


def test_baseline_is_the_last_before_the_index_date():
    data = derive_all(
        glucose(2, 8.0, "2020-01-20T08:00"),
        glucose(3, 9.0, "2020-01-30T08:00"),
        glucose(4, 9.5, "2020-01-30T09:00"),
    )
    assert flags(data) == {
        "2": ("BL", "", "", "EARLIER_BASELINE"),
        "3": ("BL", "", "", "EARLIER_BASELINE"),
        "4": ("BL", "Y", "Y", ""),
    }
    assert set(data.adlb["BASE"]) == {9.5}


def test_closest_to_target_wins_and_the_later_on_a_tie():
    # Target of M1 is 2020-03-01; 28 February and 3 March are both two days away.
    data = derive_all(
        glucose(2, 8.0, "2020-01-30"), glucose(3, 7.0, "2020-02-28"), glucose(4, 7.5, "2020-03-03"),
        glucose(5, 6.0, "2020-03-04"),
    )  # fmt: skip
    assert flags(data)["3"] == ("M1", "", "", "NOT_CLOSEST")
    assert flags(data)["4"] == ("M1", "Y", "", "")
    assert flags(data)["5"] == ("M1", "", "", "NOT_CLOSEST")


def test_a_result_without_value_never_stands_for_a_visit():
    data = derive_all(glucose(2, 8.0, "2020-01-29"), glucose(3, 7.0, "2020-01-30", FASTING="N"))
    assert flags(data)["2"] == ("BL", "Y", "Y", "")
    assert flags(data)["3"] == ("BL", "", "", "NOT_FASTING")


def test_change_after_baseline_only():
    records = derive(glucose(2, 8.0, "2020-01-30"), glucose(3, 6.0, "2020-03-01")).set_index("AVISIT")
    assert np.isnan(records.loc["BL", "CHG"])
    assert records.loc["M1", "CHG"] == -2.0
    assert records.loc["M1", "PCHG"] == -25.0


def test_a_baseline_of_zero_has_a_change_but_no_percent_change():
    records = derive(glucose(2, 0.0, "2020-01-30"), glucose(3, 6.0, "2020-03-01")).set_index("AVISIT")
    assert records.loc["M1", "CHG"] == 6.0
    assert np.isnan(records.loc["M1", "PCHG"])


def test_no_index_date_no_visit():
    row = derive(glucose(2, 8.0, "2020-01-30"), subjects=("",)).iloc[0]
    assert (row.AVISIT, row.REASON) == ("", "NO_INDEX_DATE")


def test_queries_point_to_the_raw_row():
    query = derive_all(glucose(7, 8.0, "2020-02-05")).queries.iloc[0]
    assert (query.FILE, query.ROW, query.RULE) == ("f.csv", "7", "OUT_OF_WINDOW")
    assert query.FOUND == "day 5"


def test_a_value_without_unit_is_asked_about_without_one():
    rows = (glucose(7, 3.6, "2020-01-30T08:00"), lab(8, "INS", 0.5, "2020-01-30T08:00"))
    query = derive_endpoint(
        labs(*rows), adsl(INDEX), ADSV, NOTHING_ASKED, spec(homa("HOMA1_B"), "HOMAB", "1")
    ).queries
    assert query[["FOUND", "VALUE", "DAY"]].to_numpy().tolist() == [["", "100", "day -1"]]
    assert merge_queries([query], [""])["FOUND"].tolist() == ["100, day -1"]


def test_a_question_shows_the_unit_as_the_endpoint_prints_it():
    rows = (glucose(7, 3.6, "2020-01-30T08:00"), lab(8, "INS", 0.5, "2020-01-30T08:00"))
    query = derive_endpoint(
        labs(*rows), adsl(INDEX), ADSV, NOTHING_ASKED, spec(homa("HOMA1_B"), "HOMAB", "%")
    ).queries
    assert merge_queries([query], ["percent"])["FOUND"].tolist() == ["100 percent, day -1"]
    assert merge_queries([query.assign(VALUE="")], ["percent"])["FOUND"].tolist() == ["no value, day -1"]
    assert merge_queries([query.assign(VALUE="", DAY="")], ["%"])["FOUND"].tolist() == ["no value"]


MARKED = {"FILE": "a#b + c.xlsx", "SHEET": "Tháng 1 #2 + 3", "COLUMN": "Kết quả # + x"}


def test_marks_in_file_and_sheet_names_are_text_like_any_other():
    row = glucose(7, 8.0, "2020-02-05", **MARKED)
    data = derive_all(row)
    place = {"ROW": "7"} | MARKED
    assert data.lineage[list(place)].to_dict("records") == [place]
    assert data.queries[list(place)].to_dict("records") == [place]


def test_the_lineage_names_every_raw_result_behind_a_record_with_its_analyte():
    rows = (
        glucose(9, 8.0, "2020-01-30T08:00", accession="A"),
        glucose(10, 11.0, "2020-01-30T08:00", accession="A"),
        lab(11, "INS", 10.0, "2020-01-30T08:20", "A"),
        glucose(4, 9.0, "2020-01-20T08:00"),
    )
    data = derive_endpoint(labs(*rows), adsl(INDEX), ADSV, NOTHING_ASKED, spec(homa(), "HOMAIR", "1"))
    assert data.adlb[["ASEQ", "ADT", "DTYPE", "REASON"]].to_numpy().tolist() == [
        [1.0, "2020-01-20", "", "NO_PAIRED_INS"], [2.0, "2020-01-30", "AVERAGE", ""],
    ]  # fmt: skip
    assert data.lineage[["ASEQ", "ROLE", "ROW"]].to_numpy().tolist() == [
        [1.0, "GLUC", "4"], [2.0, "GLUC", "10"], [2.0, "GLUC", "9"], [2.0, "INS", "11"],
    ]  # fmt: skip


def test_records_are_numbered_within_each_subject():
    data = derive_all(
        *two_visits(2, "S1", (8.0, 6.0)), *two_visits(5, "S2", (9.0, 7.0)), subjects=(INDEX, INDEX)
    )
    assert data.adlb[["USUBJID", "ASEQ"]].to_numpy().tolist() == [
        ["S1", 1.0], ["S1", 2.0], ["S2", 1.0], ["S2", 2.0],
    ]  # fmt: skip


def glucose_and_index(*rows, subjects=(INDEX,)):
    """Return the same results as two endpoints, put together."""
    plans = (spec(measured()), spec(homa(), "HOMAIR", "1"))
    parts = [derive_endpoint(labs(*rows), adsl(*subjects), ADSV, NOTHING_ASKED, plan) for plan in plans]
    return collect(parts, adsl(*subjects).assign(DISCDT=""), FPG="Glucose (mmol/L)", HOMAIR="HOMA1-IR")


def test_one_draw_of_several_endpoints_raises_one_query():
    rows = (glucose(7, 9.5, "2020-02-05T08:00", accession="A"), lab(8, "INS", 10.0, "2020-02-05T08:00", "A"))
    query = glucose_and_index(*rows).queries.query("FILE != ''")
    assert query["ANALYTE"].tolist() == ["FPG, HOMAIR"]
    assert query["FOUND"].tolist() == ["day 5"]


def test_the_collected_records_have_label_and_number():
    rows = (glucose(7, 9.5, "2020-01-30T08:00", accession="A"), lab(8, "INS", 10.0, "2020-01-30T08:00", "A"))
    data = glucose_and_index(*rows)
    assert data.adlb[["PARAMCD", "PARAM", "PARAMN", "ASEQ"]].to_numpy().tolist() == [
        ["FPG", "Glucose (mmol/L)", 1.0, 1.0], ["HOMAIR", "HOMA1-IR", 2.0, 1.0],
    ]  # fmt: skip
    assert data.lineage["PARAMCD"].tolist() == ["FPG", "HOMAIR", "HOMAIR"]


def test_a_replaceable_record_is_asked_about_only_where_nothing_replaces_it():
    alone = derive_all(glucose(2, 7.0, "2020-01-30", FASTING="N"))
    assert alone.queries[["RULE", "FOUND"]].to_numpy().tolist() == [["NOT_FASTING", "day -1"]]
    replaced = derive_all(glucose(2, 7.0, "2020-01-30", FASTING="N"), glucose(3, 8.0, "2020-01-30"))
    assert replaced.queries.empty


def test_missing_values_are_asked_for_once_per_subject():
    subjects = adsl(INDEX, INDEX, INDEX).assign(DISCDT=["", "", "2020-02-01"])
    data = derive_all(
        *two_visits(2, "S1", (8.0, 6.0)), glucose(5, 7.0, "2020-03-01", USUBJID="S2"), subjects=(INDEX,) * 3
    )
    asked = collect([data], subjects, FPG="Glucose").queries
    assert asked[["SUBJECT", "RULE"]].to_numpy().tolist() == [["S2", "NO_BASELINE"], ["S3", "NO_BASELINE"]]
    silent = collect([data], subjects.assign(DISCDT=""), FPG="Glucose").queries
    assert ["S3", "NO_POST_BASELINE"] in silent[["SUBJECT", "RULE"]].to_numpy().tolist()
    nobody = collect([data], subjects.assign(FASFL=""), FPG="Glucose").queries
    assert nobody.empty


def test_one_question_names_all_endpoints_that_lack_a_value():
    data = glucose_and_index(glucose(2, 8.0, "2020-01-30"), subjects=(INDEX, INDEX))
    absent = data.queries[data.queries["FILE"] == ""]
    assert absent[["SUBJECT", "ANALYTE", "RULE"]].to_numpy().tolist() == [
        ["S1", "HOMAIR", "NO_BASELINE"],
        ["S1", "FPG, HOMAIR", "NO_POST_BASELINE"],
        ["S2", "FPG, HOMAIR", "NO_BASELINE"],
        ["S2", "FPG, HOMAIR", "NO_POST_BASELINE"],
    ]


def test_screening_samples_raise_no_query():
    data = derive_all(glucose(7, 8.0, "2019-12-01"))
    assert data.adlb["REASON"].tolist() == ["BEFORE_WINDOWS"]
    assert data.queries.empty


def test_an_endpoint_without_any_result_has_empty_tables():
    data = derive_all(lab(7, "HGB", 8.0, "2020-01-30"))
    assert (len(data.adlb), len(data.lineage), len(data.queries)) == (0, 0, 1)
    assert list(data.adlb.columns) == list(endpoint_adlb(FLAGS))
    asked = collect([data], adsl(INDEX).assign(DISCDT=""), FPG="Glucose").queries
    assert asked["RULE"].tolist() == ["NO_RECORDS"]


def two_visits(row, subject, values):
    days = ("2020-01-30", "2020-03-01")
    return [
        glucose(row + i, v, day, USUBJID=subject) for i, (v, day) in enumerate(zip(values, days, strict=True))
    ]


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


def test_results_of_a_subject_whom_adsl_does_not_have_stay_with_their_reason():
    data = derive_all(glucose(2, 8.0, "2020-01-30", USUBJID="S9"))
    assert data.adlb[["USUBJID", "TRT01P", "FASFL", "REASON"]].to_numpy().tolist() == [
        ["S9", "", "", "NO_INDEX_DATE"]
    ]


# --- an endpoint without records ---


def asked(*rows):
    return pd.DataFrame([dict.fromkeys(QUERIES, "") | dict(zip(("ANALYTE", "RULE", "FOUND"), row, strict=True))
                         for row in rows])  # fmt: skip


LOST = asked(
    ("", "UNKNOWN_ANALYTE", "'Glucose (fasting)' in 279 rows"), ("GLUC", "NOT_A_NUMBER", "5.6.1"),
    ("GLUC", "NOT_A_NUMBER", "see in 3 rows"), ("INS", "NO_UNIT", "no unit in 12 rows"),
    ("GLUC", "UNUSUAL_VALUE", "40 mmol/L"), ("HBA1C", "UNKNOWN_PATIENT", "one identifier in 1 row"),
)  # fmt: skip


def test_an_endpoint_without_records_names_the_rules_that_took_its_rows():
    """Rows of other analytes and values that were kept are no candidates."""
    data = derive_endpoint(labs(lab(1, "INS", 5.0, "2020-01-30")), adsl(INDEX), ADSV, LOST, spec(measured()))
    assert data.queries[["ANALYTE", "RULE", "FOUND", "DONE"]].to_numpy().tolist() == [[
        "FPG", "NO_RECORDS",
        "279 rows: UNKNOWN_ANALYTE 'Glucose (fasting)'; 2 rows: NOT_A_NUMBER; 1 row: UNKNOWN_PATIENT one identifier",
        "endpoint not analysed",
    ]]  # fmt: skip


def test_an_endpoint_with_a_record_asks_nothing_of_the_kind():
    data = derive_endpoint(labs(lab(1, "GLUC", 5.0, "2020-01-30")), adsl(INDEX), ADSV, LOST, spec(measured()))
    assert data.queries.empty


def test_many_causes_are_counted_and_none_is_said():
    many = asked(*(("", "UNKNOWN_ANALYTE", f"'T{at}' in {at + 2} rows") for at in range(8)))
    text = explain_absence(many, "FPG", ["GLUC"], 0)["FOUND"].item()
    assert text.startswith("9 rows: UNKNOWN_ANALYTE 'T7'; 8 rows: ")
    assert text.endswith("; and 3 more kinds, see the queries")
    assert explain_absence(NOTHING_ASKED, "HOMAIR", ["INS", "GLUC"], 0)["FOUND"].item() == (
        "no result of GLUC or INS, and no question about one"
    )


def test_an_endpoint_without_records_is_asked_about_once():
    """Not once per subject; another endpoint without records keeps its own words."""
    nothing = labs(lab(1, "INS", 5.0, "2020-01-30"))
    plans = [spec(measured()), spec(measured(analyte="HBA1C"), "HBA1C", "%")]
    parts = [derive_endpoint(nothing, adsl(INDEX, INDEX), ADSV, LOST, plan) for plan in plans]
    found = collect(parts, adsl(INDEX, INDEX).assign(DISCDT=""), FPG="FPG", HBA1C="HbA1c").queries
    assert found["RULE"].tolist() == ["NO_RECORDS", "NO_RECORDS"]
    assert found["ANALYTE"].tolist() == ["FPG", "HBA1C"]
