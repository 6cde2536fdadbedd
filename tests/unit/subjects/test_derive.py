"""Subject-level data from small EDC files on disk."""

import pandas as pd
import pytest

from trial.study.errors import DataError
from trial.subjects.edc import COLUMNS
from trial.subjects.schema import ADAE, ADSL, ADSV
from unit.subjects.conftest import EDC

DATES = ("CONSENT_DT", "ENROL_DT", "ALLOC_DT", "INFUSION_DT")


def dated(*texts):
    """Return changes that give subject S1 these four dates."""
    dates = {
        "CONSENT_DT": "2019-05-01",
        "ENROL_DT": "2019-06-01",
        "ALLOC_DT": "2019-06-10",
        "INFUSION_DT": "",
    }
    return {name: [text, dates[name], dates[name]] for name, text in zip(DATES, texts, strict=True)}


# --- ADSL ---


def test_columns_are_the_declared_ones(derive):
    assert set(derive().adsl.columns) == {*ADSL, "ENRLFL", "FASFL", "SAFFL", "FILE", "ROW"}


def test_clean_files_raise_no_question(derive):
    derived = derive()
    assert derived.queries.empty
    assert set(derived.fates["FATE"]) == {"used"}


def test_time_zero_follows_the_arms_rules(derive):
    adsl = derive().adsl
    assert adsl.loc["S1", ["INDEXDT", "INDEXRULE"]].tolist() == ["2019-06-25", "INFUSION_DT+0"]
    assert adsl.loc["S2", ["INDEXDT", "INDEXRULE"]].tolist() == ["2019-07-01", "ALLOC_DT+21"]


def test_allocated_but_not_infused_is_analysed_as_allocated_and_not_treated(derive):
    subject = derive().adsl.loc["S3"]
    assert (subject.TRT01P, subject.TRT01A, subject.FASFL, subject.SAFFL) == ("CELL", "", "Y", "")


def test_age_duration_and_bmi(derive):
    subject = derive().adsl.loc["S2"]
    assert (subject.AGE, subject.DIABDUR) == (49.0, 9.0)
    assert pytest.approx(80 / 1.7**2) == subject.BMI


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ARM": ["Cells", "Cels", "Cells"]}, "row 3: S2, ARM 'Cels'"),
        ({"USUBJID": ["S1", "S1", "S3"]}, "stands in several rows"),
        ({"USUBJID": ["S1", "", "S3"]}, "no USUBJID"),
    ],
)
def test_subjects_that_cannot_be_used(derive, changes, message):
    with pytest.raises(DataError, match=message):
        derive(changes)


# --- the study's own columns ---

OWN = {
    "SITE": {"label": "Site", "kind": "text", "codes": {"A": "North", "B": "South"}},
    "HBA1CSCR": {"label": "HbA1c at screening", "kind": "number"},
    "SCREENDT": {"label": "Date of screening", "kind": "date"},
}
GIVEN = {
    "SITE": ["A", "C", ""],
    "HBA1CSCR": ["8.1", "x", ""],
    "SCREENDT": ["2019-04-01", "2021-01-01", "1/4/2019"],
}


def test_declared_columns_reach_adsl_by_their_kind_and_what_does_not_parse_is_asked_about(derive):
    derived = derive(GIVEN, own=OWN)
    assert derived.adsl["SITE"].tolist() == ["A", "", ""]
    assert derived.adsl["HBA1CSCR"].isna().tolist() == [False, True, True]
    assert derived.adsl.loc["S1", "HBA1CSCR"] == 8.1
    assert derived.adsl["SCREENDT"].tolist() == ["2019-04-01", "", ""]
    assert derived.fates["RULE"].tolist()[:3] == ["", "END_AFTER_CUT", ""]
    assert sorted(derived.asked("SUBJECT", "RULE", "FOUND")) == [
        ("S2", "NOT_A_NUMBER", "HBA1CSCR = 'x'"),
        ("S2", "UNKNOWN_CODE", "SITE = 'C'"),
        ("S3", "IMPOSSIBLE_DATE", "SCREENDT = '1/4/2019'"),
    ]


def test_a_text_column_without_codes_takes_any_text(derive):
    derived = derive({"SITE": ["A", "C", ""]}, own={"SITE": {"label": "Site", "kind": "text"}})
    assert derived.adsl["SITE"].tolist() == ["A", "C", ""]
    assert derived.queries.empty


def test_a_declared_column_that_the_file_lacks_is_named(derive):
    with pytest.raises(DataError, match=r"1 of the 12 expected columns are missing\n  - SITE"):
        derive(own={"SITE": OWN["SITE"]})


def test_a_cell_that_two_columns_are_made_of_is_asked_about_once(derive):
    own = {"BRTHYR": {"label": "Year of birth", "kind": "number"}}
    derived = derive({"BRTHYR": ["1960", "x", "1970"]}, own=own)
    assert derived.asked("RULE", "FOUND") == [("NOT_A_NUMBER", "BRTHYR = 'x'")]


# --- populations ---


def test_each_exclusion_has_its_reasons(derive):
    members = derive({"ALLOC_DT": ["2019-06-10", "", "2019-06-10"]}).members
    rows = {(row.USUBJID, row.POPULATION): (row.MEMBER, row.REASON) for row in members.itertuples()}
    assert len(rows) == 9
    assert rows["S1", "SAFFL"] == ("Y", "")
    assert rows["S2", "ENRLFL"] == ("Y", "")
    assert rows["S2", "FASFL"] == ("N", "not allocated; no index date")
    assert rows["S2", "SAFFL"] == ("N", "not in the full analysis set")
    assert rows["S3", "SAFFL"] == ("N", "not treated")


# --- numbers ---


@pytest.mark.parametrize("text", ["x", "175,5", "1e2", "inf", "nan", "1_75", "１７５", "9" * 400])
def test_a_text_that_is_no_number_is_a_query_and_missing(derive, text):
    derived = derive({"HEIGHT_CM": ["160", "170", text]})
    assert pd.isna(derived.adsl.loc["S3", "BMI"])
    assert derived.asked("SUBJECT", "RULE", "FOUND", "ROW") == [
        ("S3", "NOT_A_NUMBER", f"HEIGHT_CM = '{text}'", "4")
    ]


@pytest.mark.parametrize(
    ("name", "text", "column", "limits"),
    [
        ("HEIGHT_CM", "0", "BMI", "50 to 220"),
        ("HEIGHT_CM", "1.65", "BMI", "50 to 220"),
        ("WEIGHT_KG", "-60", "BMI", "30 to 200"),
        ("BRTHYR", "74", "AGE", "1920 to 2001"),
        ("BRTHYR", "2030", "AGE", "1920 to 2001"),
        ("DIAG_YEAR", "2023", "DIABDUR", "1930 to 2020"),
    ],
)
def test_a_number_outside_its_limits_is_a_query_and_missing(derive, name, text, column, limits):
    given = {"HEIGHT_CM": "160", "WEIGHT_KG": "60", "BRTHYR": "1960", "DIAG_YEAR": "2009"}[name]
    derived = derive({name: [given, text, given]})
    assert derived.adsl[column].isna().tolist() == [False, True, False]
    assert derived.asked("SUBJECT", "RULE", "FOUND", "DONE", "ROW") == [
        ("S2", "OUT_OF_LIMITS", f"{name} = '{text}', outside {limits}", "value left missing", "3")
    ]


def test_weight_and_height_swapped_are_seen_by_what_they_give(derive):
    derived = derive({"WEIGHT_KG": ["60", "170", "70"], "HEIGHT_CM": ["160", "80", "175"]})
    assert derived.adsl["BMI"].isna().tolist() == [False, True, False]
    found = "BMI 265.6 from WEIGHT_KG = '170' and HEIGHT_CM = '80', outside 12 to 70"
    assert derived.asked("SUBJECT", "RULE", "FOUND") == [("S2", "OUT_OF_LIMITS", found)]


def test_a_diagnosis_after_enrolment_is_asked_about(derive):
    derived = derive({"DIAG_YEAR": ["2009", "2020", "2019"]})
    assert derived.adsl["DIABDUR"].isna().tolist() == [False, True, False]
    found = "DIABDUR -1 from ENROL_DT = '2019-06-01' and DIAG_YEAR = '2020', outside 0 to 60"
    assert derived.asked("SUBJECT", "RULE", "FOUND") == [("S2", "OUT_OF_LIMITS", found)]


def test_the_ends_of_the_limits_are_plausible(derive):
    hours = ["0", "72", "-8", "120", "-.5"]
    derived = derive(visits={"USUBJID": ["S1"] * 5, "VISIT": list("abcde"), "FASTING_H": hours})
    assert derived.adsv["FASTING_H"].tolist()[:2] == [0.0, 72.0]
    assert derived.adsv["FASTING_H"].isna().tolist() == [False, False, True, True, True]
    assert derived.asked("RULE", "FOUND") == [
        ("OUT_OF_LIMITS", f"FASTING_H = '{text}', outside 0 to 72") for text in hours[2:]
    ]


def test_limits_of_the_studys_own_numbers(derive):
    own = {"HBA1CSCR": {"label": "HbA1c at screening", "kind": "number", "limits": [3, 20]}}
    derived = derive({"HBA1CSCR": ["8.1", "81", ""]}, own=own)
    assert derived.adsl["HBA1CSCR"].isna().tolist() == [False, True, True]
    assert derived.asked("RULE", "FOUND") == [("OUT_OF_LIMITS", "HBA1CSCR = '81', outside 3 to 20")]


# --- coded texts ---


def test_declared_spellings_are_codes_and_case_does_not_count(derive):
    derived = derive(
        {"SEX": ["nữ", "MALE", "F"]},
        visits={"USUBJID": ["S1"], "VISIT": ["BL"], "VISIT_DT": ["2019-06-20"], "DONE": ["y"]},
        medications={"USUBJID": ["S1"], "CMREASON": ["Rescue  therapy"], "CMSTDTC": ["2019-09-01"]},
        adverse_events={
            "USUBJID": ["S2"],
            "AESEV": ["Nhẹ"],
            "AESER": ["Có"],
            "AEOUT": ["any text"],
            "AESTDTC": ["2019-07-01"],
        },
    )
    assert derived.adsl["SEX"].tolist() == ["F", "M", "F"]
    assert derived.adsv["DONE"].tolist() == ["Y"]
    assert derived.adsl["RESCDT"].tolist() == ["2019-09-01", "", ""]
    assert derived.adae[["AESEV", "AESER", "AEOUT"]].to_numpy().tolist() == [["MILD", "Y", "any text"]]
    assert derived.queries.empty


def test_an_undeclared_text_is_asked_about_once_and_left_missing(derive):
    derived = derive(
        {"SEX": ["F", "Female", "Female"]},
        medications={"USUBJID": ["S1", "S2"], "CMREASON": ["Rescue", "Rescue treatment"], "CMSTDTC": ["2019-09-01"] * 2},
    )  # fmt: skip
    assert derived.adsl["SEX"].tolist() == ["F", "", ""]
    assert derived.adsl["RESCDT"].tolist() == ["2019-09-01", "", ""]
    assert sorted(derived.asked("SUBJECT", "RULE", "FOUND", "ROW")) == [
        ("", "UNKNOWN_CODE", "SEX = 'Female' in 2 rows", "3"),
        ("S2", "UNKNOWN_CODE", "CMREASON = 'Rescue treatment'", "3"),
    ]


def test_spellings_of_an_own_column_stand_beside_its_codes(derive):
    edc = {"spellings": EDC["spellings"] | {"SITE": {"northern": "A"}}}
    derived = derive({"SITE": ["A", "Northern", "C"]}, own={"SITE": OWN["SITE"]}, edc=edc)
    assert derived.adsl["SITE"].tolist() == ["A", "A", ""]
    assert derived.asked("FOUND") == ["SITE = 'C'"]


def test_declared_texts_of_empty_cells_are_empty(derive):
    derived = derive(
        {"INFUSION_DT": ["2019-06-25", "NA", "n/a"], "SEX": ["F", "NA", "M"], "HEIGHT_CM": ["160", "N/A", "170"]},
        edc={"missing": ["NA", "N/A"]},
    )  # fmt: skip
    assert derived.adsl["TRTSDT"].tolist() == ["2019-06-25", "", ""]
    assert derived.adsl["SEX"].tolist() == ["F", "", "M"]
    assert derived.queries.empty


# --- screening failures ---


def test_screening_failures_are_counted_and_left_out(derive):
    derived = derive(
        {"ARM": ["Cells", "SCREEN FAILURE", ""], "SEX": ["F", "?", "?"], "ALLOC_DT": ["2019-06-10", "", ""]},
        edc={"screen_failures": ["Screen failure", ""]},
        visits={"USUBJID": ["S1", "S2", "S9"], "VISIT": ["BL"] * 3, "VISIT_DT": ["2019-06-20", "x", ""]},
    )
    assert derived.adsl["USUBJID"].tolist() == ["S1"]
    assert derived.adsv["USUBJID"].tolist() == ["S1"]
    assert derived.asked("RULE", "ROW") == [("UNKNOWN_SUBJECT", "4")]
    fates = derived.fates[["FILE", "ROW", "FATE", "RULE"]].to_numpy().tolist()
    assert fates == [
        ["subjects.csv", "2", "used", ""],
        ["subjects.csv", "3", "quarantined", "SCREEN_FAILURE"],
        ["subjects.csv", "4", "quarantined", "SCREEN_FAILURE"],
        ["subject_key.csv", "2", "used", ""],
        ["subject_key.csv", "3", "quarantined", "SCREEN_FAILURE"],
        ["subject_key.csv", "4", "quarantined", "SCREEN_FAILURE"],
        ["visits.csv", "2", "used", ""],
        ["visits.csv", "3", "quarantined", "SCREEN_FAILURE"],
        ["visits.csv", "4", "quarantined", "UNKNOWN_SUBJECT"],
    ]


def test_a_screening_failure_is_still_one_subject_once(derive):
    with pytest.raises(DataError, match="stands in several rows"):
        derive(
            {"USUBJID": ["S1", "S1", "S3"], "ARM": ["Cells", "Screen failure", "Cells"]},
            edc={"screen_failures": ["Screen failure"]},
        )


def test_a_study_of_screening_failures_alone_is_refused(derive):
    with pytest.raises(DataError, match="every subject is a screening failure"):
        derive({"ARM": ["x"] * 3}, edc={"screen_failures": ["X"]})


def test_a_study_without_hospital_numbers(derive):
    derived = derive(edc={"subject_key": None})
    assert derived.adsl["USUBJID"].tolist() == ["S1", "S2", "S3"]
    assert set(derived.fates["FILE"]) == {"subjects.csv"}
    assert derived.queries.empty


# --- dates ---


@pytest.mark.parametrize("text", ["2019-6-9", "２０１９-06-09"])
def test_a_date_without_padding_or_in_full_width_digits_is_one(derive, text):
    derived = derive({"ALLOC_DT": ["2019-06-10", text, "2019-06-10"]})
    assert derived.adsl.loc["S2", "ALLOCDT"] == "2019-06-09"


@pytest.mark.parametrize(
    "text", ["2019-02-30", "20190610", "2019-06", "9999-12-31", "1800-01-01", "2019-06-10T08:00"]
)
def test_an_impossible_date_is_a_query_and_empty(derive, text):
    derived = derive({"ALLOC_DT": ["2019-06-10", text, "2019-06-10"]})
    assert derived.adsl.loc["S2", ["ALLOCDT", "INDEXDT", "FASFL"]].tolist() == ["", "", ""]
    assert derived.asked("SUBJECT", "RULE", "ROW") == [
        ("S2", "IMPOSSIBLE_DATE", "3"),
        ("S2", "NO_INDEX_DATE", "3"),
    ]
    assert derived.queries.loc[0, "FOUND"] == f"ALLOC_DT = '{text}'"


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        (
            ("2019-06-02", "2019-06-01", "2019-06-10", "2019-06-25"),
            "CONSENT_DT 2019-06-02 after ENROL_DT 2019-06-01",
        ),
        (
            ("2019-05-01", "2019-06-11", "2019-06-10", "2019-06-25"),
            "ENROL_DT 2019-06-11 after ALLOC_DT 2019-06-10",
        ),
        (
            ("2019-05-01", "2019-06-01", "2019-06-26", "2019-06-25"),
            "ALLOC_DT 2019-06-26 after INFUSION_DT 2019-06-25",
        ),
        (("2019-06-20", "2019-06-01", "", ""), "CONSENT_DT 2019-06-20 after ENROL_DT 2019-06-01"),
        (("", "2019-06-26", "", "2019-06-25"), "ENROL_DT 2019-06-26 after INFUSION_DT 2019-06-25"),
        (
            ("2019-06-04", "2019-06-03", "2019-06-02", "2019-06-01"),
            "CONSENT_DT 2019-06-04 after ENROL_DT 2019-06-03; ENROL_DT 2019-06-03 after ALLOC_DT 2019-06-02;"
            " ALLOC_DT 2019-06-02 after INFUSION_DT 2019-06-01",
        ),
    ],
)
def test_dates_out_of_order_are_one_query_of_the_subject(derive, dates, found):
    derived = derive(dated(*dates))
    asked = derived.queries[derived.queries["RULE"] == "DATE_ORDER"]
    assert asked[["SUBJECT", "FOUND", "DONE", "ROW"]].to_numpy().tolist() == [
        ["S1", found, "dates used as given", "2"]
    ]
    assert derived.adsl.loc["S1", ["ENRLDT", "ALLOCDT", "TRTSDT"]].tolist() == list(dates[1:])


@pytest.mark.parametrize(
    "dates", [("2019-06-01",) * 4, ("", "2019-06-01", "", "2019-06-01"), ("2019-06-01", "", "2019-06-01", "")]
)
def test_equal_and_absent_dates_are_in_order(derive, dates):
    assert "DATE_ORDER" not in derive(dated(*dates)).asked("RULE")


def test_an_impossible_date_takes_no_part_in_the_order(derive):
    assert derive(dated("2019-05-01", "2029-13-01", "2019-06-10", "2019-06-25")).asked("RULE") == [
        "IMPOSSIBLE_DATE"
    ]


# --- medicines, discontinuation, events ---


def test_rescue_needs_a_whole_date_and_other_medicines_do_not(derive):
    derived = derive(medications={
        "USUBJID": ["S1", "S1", "S1", "S2", "S9"], "CMTRT": ["a"] * 5,
        "CMSTDTC": ["2005", "2019-09-02", "2019-09-01", "2019-08", "2019-08-01"],
        "CMREASON": ["", "rescue", "rescue", "Rescue", ""],
    })  # fmt: skip
    assert derived.adsl["RESCDT"].tolist() == ["2019-09-01", "", ""]
    assert derived.asked("RULE", "ROW") == [("UNKNOWN_SUBJECT", "6"), ("IMPOSSIBLE_DATE", "5")]
    mine = derived.fates[derived.fates["FILE"] == "medications.csv"]
    assert mine["FATE"].tolist() == ["used"] * 4 + ["quarantined"]


def test_the_first_discontinuation_counts(derive):
    derived = derive(
        discontinuation={
            "USUBJID": ["S2", "S2"],
            "DSDTC": ["2019-09-02", "2019-09-01"],
            "DSDECOD": ["B", "A"],
        }
    )
    assert derived.adsl.loc["S2", ["DISCDT", "DSDECOD"]].tolist() == ["2019-09-01", "A"]
    assert derived.adsl.loc["S1", ["DISCDT", "DSDECOD"]].tolist() == ["", ""]


@pytest.mark.parametrize("text", ["", "2021-13-01", "2019-09"])
def test_the_first_dated_discontinuation_wins_over_one_without_a_date(derive, text):
    derived = derive(
        discontinuation={"USUBJID": ["S2", "S2"], "DSDTC": [text, "2019-09-01"], "DSDECOD": ["B", "A"]}
    )
    assert derived.adsl.loc["S2", ["DISCDT", "DSDECOD"]].tolist() == ["2019-09-01", "A"]
    mine = derived.fates[derived.fates["FILE"] == "discontinuation.csv"]
    assert mine[["ROW", "FATE", "RULE", "BY_FILE", "BY_ROW"]].to_numpy().tolist() == [
        ["2", "superseded", "SECOND_DISCONTINUATION", "discontinuation.csv", "3"],
        ["3", "used", "", "", ""],
    ]
    asked = derived.queries[derived.queries["RULE"] == "SECOND_DISCONTINUATION"]
    assert asked[["SUBJECT", "FOUND", "ROW"]].to_numpy().tolist() == [
        ["S2", f"DSDTC = '{text}', used is row 3", "2"]
    ]


def events_of(derive, *dates, subject="S1"):
    """Return ADAE of one subject's events with these (start, end), by a term that counts them."""
    starts, ends = zip(*dates, strict=True)
    terms = [str(place) for place in range(len(dates))]
    subjects = [subject] * len(dates)
    found = derive(adverse_events={"USUBJID": subjects, "AETERM": terms, "AESTDTC": starts, "AEENDTC": ends})
    return found, found.adae.assign(AT=found.adae["AETERM"].astype(int)).sort_values("AT")


def test_events_from_the_first_procedure_of_the_arm_on_are_emergent(derive):
    """S1 was infused on 25 June, the marrow aspirated the day before; S2 counts from allocation."""
    found, adae = events_of(derive, ("2019-06-23", ""), ("2019-06-24", ""), ("2019-06-25", ""))
    assert list(found.adae.columns) == list(ADAE)
    assert found.adsl["TRTEMDT"].tolist() == ["2019-06-24", "2019-06-30", "2019-06-30"]
    assert adae["TRTEMFL"].tolist() == ["", "Y", "Y"]
    assert adae["ASTDY"].tolist() == [-2, -1, 0]
    _, adae = events_of(derive, ("2019-06-29", ""), ("2019-06-30", ""), subject="S2")
    assert adae["TRTEMFL"].tolist() == ["", "Y"]


def test_an_event_that_may_have_started_late_enough_is_emergent(derive):
    dates = [
        ("", ""), ("2019", ""), ("2018", ""), ("2019-06", ""), ("2019-05", ""), ("2019-07", ""),
        ("", "2019-06-23"), ("", "2019-06-24"), ("2019-06", "2019-06-23"), ("", "2019-05"), ("", "2019-06"),
        ("2019-06-24", "2019-06-01"),
    ]  # fmt: skip
    _, adae = events_of(derive, *dates)
    flags = ["Y", "Y", "", "Y", "", "Y", "", "Y", "", "", "Y", "Y"]
    assert dict(zip(dates, adae["TRTEMFL"], strict=True)) == dict(zip(dates, flags, strict=True))
    assert adae["AESTDTC"].tolist() == [start for start, _ in dates]
    assert adae.loc[adae["ASTDT"] == "", "ASTDY"].isna().all()


def test_without_any_date_of_the_subject_every_event_is_emergent(derive):
    found = derive(
        {"ALLOC_DT": ["", "2019-06-10", "2019-06-10"], "INFUSION_DT": ["", "", ""]},
        adverse_events={"USUBJID": ["S1"] * 2, "AESTDTC": ["2010-01-01", "2010"], "AEENDTC": ["", "2011"]},
    )
    assert found.adae["TRTEMFL"].tolist() == ["Y", "Y"]


def test_duration_has_both_days_and_an_event_that_ends_before_it_starts_is_asked_about(derive):
    found, adae = events_of(
        derive, ("2019-07-01", "2019-07-01"), ("2019-07-01", "2019-07-03"), ("2019-07-02", "2019-07-01"),
        ("2019-07", "2019-07-03"), ("2019-07-01", ""),
    )  # fmt: skip
    assert adae["ADURN"].fillna(-9).tolist() == [1, 3, -9, -9, -9]
    asked = found.queries[found.queries["RULE"] == "EVENT_ORDER"]
    assert asked[["SUBJECT", "ROW", "FOUND"]].to_numpy().tolist() == [
        ["S1", "4", "AEENDTC 2019-07-01 before AESTDTC 2019-07-02"]
    ]


def test_files_with_a_header_alone_give_empty_tables(derive):
    others = set(COLUMNS) - {"subjects", "subject_key"}
    derived = derive(**{kind: {name: [] for name in COLUMNS[kind]} for kind in others})
    assert (len(derived.adsl), len(derived.adsv), len(derived.adae)) == (3, 0, 0)
    assert (list(derived.adsv.columns), list(derived.adae.columns)) == (list(ADSV), list(ADAE))
    # S1 was infused, and the file of infusions does not say with what.
    assert derived.asked("RULE") == ["EXPOSURE_DIFFERS"]


# --- visits ---


def test_visits_hold_what_the_site_gave(derive):
    adsv = derive(visits={"USUBJID": ["S1", "S1", "S1"], "VISIT": ["BL", "SCREENING", "UNS1"],
                          "VISIT_DT": ["2019-06-20", "2019-06-02", "2019-07-01"], "DONE": ["Y", "N", ""],
                          "FASTING_H": ["7.5", "", "10"]})  # fmt: skip
    assert adsv.queries.empty
    assert list(adsv.adsv.columns) == list(ADSV)
    assert adsv.adsv["VISIT"].tolist() == ["SCREENING", "BL", "UNS1"]
    assert adsv.adsv["FASTING_H"].tolist()[1:] == [7.5, 10]


def test_an_unknown_answer_is_asked_about_and_left_missing(derive):
    derived = derive(visits={"USUBJID": ["S1", "S2", "S3"], "VISIT": ["BL"] * 3, "DONE": ["Y", "y", "yes"],
                              "VISIT_DT": ["2019-06-20"] * 3})  # fmt: skip
    assert derived.asked("SUBJECT", "RULE", "FOUND", "ROW") == [("S3", "UNKNOWN_CODE", "DONE = 'yes'", "4")]
    assert derived.adsv["DONE"].tolist() == ["Y", "Y", ""]


def test_a_repeated_visit_is_asked_about_and_both_are_kept(derive):
    derived = derive(visits={"USUBJID": ["S1", "S2", "S1", "S1"], "VISIT": ["M1", "M1", "M1", "M3"]})
    assert derived.asked("SUBJECT", "RULE", "FOUND", "ROW") == [
        ("S1", "REPEATED_VISIT", "VISIT = 'M1', as in row 2", "4")
    ]
    assert len(derived.adsv) == 4


# --- unknown subjects, the key ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s1", "the subject is not in the subjects file (which has S1)"),
        ("S 1", "the subject is not in the subjects file (which has S1)"),
        ("s\u00a01", "the subject is not in the subjects file (which has S1)"),
        ("S9", "the subject is not in the subjects file"),
        ("", "the subject is not in the subjects file"),
    ],
)
def test_an_unknown_subject_is_quarantined_and_the_near_one_named(derive, text, found):
    derived = derive(visits={"USUBJID": ["S2", text], "VISIT": ["BL", "BL"], "VISIT_DT": ["", "2019-02-30"]})
    assert derived.adsv["USUBJID"].tolist() == ["S2"]
    assert derived.asked("SUBJECT", "RULE", "FOUND", "ROW") == [("", "UNKNOWN_SUBJECT", found, "3")]
    fate = derived.fates[derived.fates["FILE"] == "visits.csv"][["ROW", "FATE", "RULE"]]
    assert fate.to_numpy().tolist() == [["2", "used", ""], ["3", "quarantined", "UNKNOWN_SUBJECT"]]


@pytest.mark.parametrize(
    "key",
    [
        {"USUBJID": ["S1", "S2"], "MA_BN": ["0012345678", "0012345678"]},
        {"USUBJID": ["S1", "S1"], "MA_BN": ["0012345678", "0012345679"]},
        {"USUBJID": ["S1", "S2"], "MA_BN": ["", "0012345678"]},
        {"USUBJID": ["12345678", "S2"], "MA_BN": ["0012345678", "0012345679"]},
    ],
    ids=["number twice", "subject twice", "no number", "number as subject"],
)
def test_key_errors_never_print_the_hospital_number(derive, key):
    with pytest.raises(DataError, match="row 2") as error:
        derive(subject_key=key)
    assert "1234567" not in str(error.value)


def test_hospital_numbers_of_any_form_are_taken(derive):
    derived = derive(subject_key={"USUBJID": ["S1", "S2", "S3"], "MA_BN": ["12", "A-7", "0012345678"]})
    assert derived.queries.empty
