"""The safety laboratory: baseline, visits, worst values and grades after it, pairs of Hy's law."""

import numpy as np
import pandas as pd
import pytest

from trial.endpoints.config import DeriveLaboratorySpec
from trial.endpoints.config_laboratory import Laboratory
from trial.endpoints.peaks import find_peaks
from trial.endpoints.safety import derive_laboratory
from trial.endpoints.schema import laboratory_data
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.endpoints.build import BELOW, SELECTION, VISITS, adsl, lab, labs
from unit.endpoints.demo import ROOT

NAN = float("nan")
ULN = {"ALT": 40.0, "AST": 40.0, "BILI": 20.0, "ALP": 100.0, "GLUC": 6.4}
HIGH = {"term": "raised", "side": "high", "grades": [{"grade": 1, "any_of": [{"times": 1, "of": "ULN"}]},
                                                     {"grade": 2, "any_of": [{"times": 3, "of": "ULN"}]}]}  # fmt: skip
RULES = {"transaminases": ["ALT", "AST"], "bilirubin": "BILI", "alkaline_phosphatase": None, "times": 3.0,
         "bilirubin_times": 2.0, "phosphatase_times": 2.0, "days": 30}  # fmt: skip


def parameter(code, **changes):
    return {"code": code, "analyte": code, "label": code, "unit_label": "U/L", "decimals": 1} | changes


def section(*codes, hys_law=None, **changes):
    parameters = [parameter(code, **changes.get(code, {})) for code in codes or ("ALT",)]
    content = {
        "baseline_window": [-90, 0],
        "parameters": parameters,
        "grading": "a source",
        "hys_law": hys_law,
    }
    return Laboratory.model_validate(content | {k: v for k, v in changes.items() if k == "baseline_window"})


def derive(rows, laboratory, dates=("2020-03-01",), selection=SELECTION):
    """Return the records; a row is (analyte, value, date) with more columns of labs as a mapping."""
    found = [
        lab(
            number,
            analyte,
            value,
            day,
            **({"ANRLO": NAN, "ANRHI": ULN[analyte], "ANRSRC": "STUDY"} | dict(more)),
        )
        for number, (analyte, value, day, more) in enumerate(
            [(*row, {}) if len(row) == 3 else row for row in rows], 1
        )
    ]
    baseline = laboratory.baseline_window
    windows = tuple(
        visit.model_copy(update={"window": baseline, "target_day": baseline[1]}) if visit.baseline else visit
        for visit in VISITS
    )
    spec = DeriveLaboratorySpec(
        laboratory=laboratory, units=dict.fromkeys(laboratory.by_code, "U/L"),
        specimens=dict.fromkeys(laboratory.by_code, ("SERUM", "BLOOD")), visits=windows, selection=selection,
        below_limit=BELOW, flags=("FASFL", "SAFFL"),
    )  # fmt: skip
    return derive_laboratory(labs(*found), adsl(*dates), spec)


def test_a_screening_result_is_the_baseline_and_the_last_one_counts():
    """By the baseline window of endpoints (-28 to 0) there would be none."""
    found = derive(
        [("ALT", 30.0, "2020-01-05"), ("ALT", 35.0, "2020-01-10"), ("ALT", 50.0, "2020-04-01")], section()
    )
    assert found["ABLFL"].tolist() == ["", "Y", ""]
    assert found["AVISIT"].tolist() == ["BL", "BL", "M1"]
    assert found["BASE"].tolist() == [35.0] * 3
    assert found["CHG"].tolist()[2] == 15.0
    assert found["POSTBLFL"].tolist() == ["", "", "Y"]
    assert found["BNRIND"].tolist() == ["NORMAL"] * 3
    assert found["REASON"].tolist() == ["EARLIER_BASELINE", "", ""]
    assert list(found) == list(laboratory_data({"FASFL": "Full", "SAFFL": "Safety"}))


def test_a_result_before_the_window_is_no_baseline_and_not_after_it():
    found = derive([("ALT", 30.0, "2019-11-01"), ("ALT", 50.0, "2020-04-01")], section())
    assert found["POSTBLFL"].tolist() == ["", "Y"]
    assert found["BNRIND"].tolist() == ["", ""]
    assert found["BASE"].isna().all()
    assert found["REASON"].tolist() == ["BEFORE_WINDOWS", ""]
    assert found["WORSTHFL"].tolist() == ["", "Y"]


def test_day_0_is_baseline_and_day_1_is_after_it():
    found = derive([("ALT", 30.0, "2020-03-01"), ("ALT", 50.0, "2020-03-02")], section())
    assert found["ABLFL"].tolist() == ["Y", ""]
    assert found["POSTBLFL"].tolist() == ["", "Y"]


def test_the_worst_is_found_between_windows_and_behind_another_result_of_its_visit():
    found = derive(
        [("ALT", 30.0, "2020-02-01"), ("ALT", 45.0, "2020-03-05"), ("ALT", 41.0, "2020-03-30"),
         ("ALT", 130.0, "2020-04-10"), ("ALT", 20.0, "2020-12-31")],
        section(ALT={"criteria": [HIGH]}),
    )  # fmt: skip
    # Day 4 is in no window, day 40 is not closest to its target, day 305 is after the last one.
    assert found["ANL01FL"].tolist() == ["Y", "", "Y", "", ""]
    assert found["WORSTHFL"].tolist() == ["", "", "", "Y", ""]
    assert found["WORSTLFL"].tolist() == ["", "", "", "", "Y"]
    assert found["ATOXGRH"].tolist() == [0, 1, 1, 2, 0]
    assert found["WGRDHFL"].tolist() == ["", "", "", "Y", ""]
    assert (found["WGRDLFL"] == "").all()  # nothing is graded to that side
    assert found["ATOXDSCH"].unique().tolist() == ["raised"]


def test_values_are_compared_by_their_own_limits():
    """90 of a laboratory with 100 is no worse than 50 of one with 40."""
    found = derive(
        [("ALT", 30.0, "2020-02-01"), ("ALT", 90.0, "2020-04-01", {"ANRHI": 100.0}), ("ALT", 50.0, "2020-05-01"),
         ("ALT", 900.0, "2020-06-01", {"ANRHI": NAN})],
        section(),
    )  # fmt: skip
    assert found["WORSTHFL"].tolist() == ["", "", "Y", ""]
    assert found["R2ANRHI"].round(2).tolist()[1:3] == [0.9, 1.25]


def test_a_value_above_the_scale_at_the_limit_is_worse_than_one_on_it():
    """`>40` is above the limit of 40, and both have the ratio 1."""
    found = derive(
        [("ALT", 40.0, "2020-04-01"), ("ALT", NAN, "2020-05-15", {"CENSOR": ">", "LIMIT": 40.0})], section()
    )
    assert found["ANRIND"].tolist() == ["NORMAL", "HIGH"]
    assert found["WORSTHFL"].tolist() == ["", "Y"]


def test_of_equal_values_the_first_is_the_worst():
    found = derive([("ALT", 50.0, "2020-04-01"), ("ALT", 50.0, "2020-05-15")], section())
    assert found["WORSTHFL"].tolist() == ["Y", ""]


def test_a_lower_limit_of_zero_gives_no_ratio():
    found = derive([("ALT", 50.0, "2020-04-01", {"ANRLO": 0.0})], section())
    assert found["R2ANRLO"].isna().all()
    assert found["ANRIND"].tolist() == ["HIGH"]


def test_without_limits_everything_stays_and_nothing_is_said_of_it():
    none = {"ANRHI": NAN, "ANRSRC": ""}
    found = derive(
        [
            ("ALT", 30.0, "2020-02-01", none),
            ("ALT", 500.0, "2020-04-01", none),
            ("ALT", 90.0, "2020-05-15", none),
        ],
        section(ALT={"criteria": [HIGH]}),
    )
    assert found["ANRIND"].tolist() == [""] * 3
    assert found["ATOXGRH"].isna().all()
    assert found["ATOXGR"].isna().all()
    assert found["WORSTHFL"].tolist() == ["", "Y", ""]  # by the value, where no limit is known
    assert (found["WGRDHFL"] == "").all()
    assert found["AVAL"].tolist() == [30.0, 500.0, 90.0]


def test_another_specimen_keeps_its_row_and_has_no_value():
    found = derive([("ALT", 50.0, "2020-04-01", {"SPECIMEN": "URINE"})], section())
    assert found["REASON"].tolist() == ["SPECIMEN_EXCLUDED"]
    assert found["ANRIND"].tolist() == [""]
    assert found["WORSTHFL"].tolist() == [""]


def test_visits_that_the_export_names_leave_screening_as_baseline():
    named = SELECTION.model_copy(update={"visit": "export"})
    found = derive(
        [("ALT", 30.0, "2020-01-10", {"VISIT": "SCR", "VISIT_RAW": "Screening"}),
         ("ALT", 50.0, "2020-04-01", {"VISIT": "M3", "VISIT_RAW": "Month 3"})],
        section(), selection=named,
    )  # fmt: skip
    assert found["ABLFL"].tolist() == ["Y", ""]
    assert found["AVISIT"].tolist() == ["BL", "M3"]


def test_the_signed_grade_has_both_sides():
    low = {"term": "low", "side": "low", "grades": [{"grade": 1, "any_of": [{"times": 1, "of": "LLN"}]}]}
    limits = {"ANRLO": 3.9}
    found = derive(
        [("GLUC", 3.0, "2020-04-01", limits), ("GLUC", 7.0, "2020-04-02", limits), ("GLUC", 5.0, "2020-04-03", limits),
         ("GLUC", 5.0, "2020-04-04")],
        section("GLUC", GLUC={"criteria": [HIGH, low]}),
    )  # fmt: skip
    # Without a lower limit nobody can say that there is no grade.
    np.testing.assert_array_equal(found["ATOXGR"], [-1, 1, 0, NAN])


def hys(*rows, phosphatase=False, **changes):
    """Return the codes of Hy's law of the records, in the order of the rows, all of one subject."""
    codes = ["ALT", "AST", "BILI", *(["ALP"] if phosphatase else [])]
    rules = RULES | {"alkaline_phosphatase": "ALP" if phosphatase else None} | changes
    found = derive(list(rows), section(*codes, hys_law=rules)).set_index("ROW")["HYSFL"]
    return [found[str(number)] for number in range(1, len(rows) + 1)]


@pytest.mark.parametrize(
    ("alt", "bilirubin", "expected"),
    [(120.0, 40.0, "Y"), (121.0, 41.0, "Y"), (119.9, 40.0, ""), (120.0, 39.9, ""), (119.9, 39.9, "")],
)
def test_a_candidate_on_beyond_and_below_the_limits(alt, bilirubin, expected):
    assert hys(("ALT", alt, "2020-04-01"), ("BILI", bilirubin, "2020-04-01")) == [expected] * 2


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2020-05-01", "Y"), ("2020-05-02", ""), ("2020-03-02", "Y"), ("2020-03-01", ""), ("2020-02-28", "")],
)
def test_a_candidate_within_and_without_the_window(day, expected):
    """30 days after or before 1 April; 1 March is day 0, which is not after baseline."""
    assert hys(("AST", 200.0, "2020-04-01"), ("BILI", 60.0, day)) == [expected] * 2


def test_the_window_itself_counts_from_time_zero_on():
    assert hys(("ALT", 200.0, "2020-03-15"), ("BILI", 60.0, "2020-03-01"), days=60) == ["", ""]


def test_a_pair_may_be_neither_of_the_peaks():
    """The highest bilirubin is half a year later; a lower one was near the transaminase."""
    rows = (("ALT", 200.0, "2020-04-01"), ("BILI", 41.0, "2020-04-10"), ("BILI", 90.0, "2020-10-01"))
    assert hys(*rows) == ["Y", "Y", ""]


@pytest.mark.parametrize(
    ("alp", "day", "expected"),
    [
        (200.0, "2020-04-01", "C"),
        (199.9, "2020-04-01", "Y"),
        (200.0, "2020-05-01", "C"),
        (200.0, "2020-05-02", "Y"),
    ],
)
def test_alkaline_phosphatase_sets_a_pair_aside(alp, day, expected):
    rows = (("ALT", 200.0, "2020-04-01"), ("BILI", 60.0, "2020-04-01"), ("ALP", alp, day))
    assert hys(*rows, phosphatase=True) == [expected, expected, ""]


def test_a_second_pair_without_cholestasis_makes_a_candidate():
    rows = (
        ("ALT", 200.0, "2020-04-01"), ("BILI", 60.0, "2020-04-01"), ("ALP", 300.0, "2020-04-01"),
        ("AST", 200.0, "2020-06-01"), ("BILI", 60.0, "2020-06-01"),
    )  # fmt: skip
    assert hys(*rows, phosphatase=True) == ["C", "C", "", "Y", "Y"]


def test_values_of_two_subjects_make_no_pair():
    rows = [("ALT", 200.0, "2020-04-01"), ("BILI", 60.0, "2020-04-01", {"USUBJID": "S2"})]
    found = derive(rows, section("ALT", "AST", "BILI", hys_law=RULES), ("2020-03-01", "2020-03-01"))
    assert (found["HYSFL"] == "").all()


def test_no_rule_finds_no_candidate():
    found = derive([("ALT", 200.0, "2020-04-01"), ("BILI", 60.0, "2020-04-01")], section("ALT", "BILI"))
    assert (found["HYSFL"] == "").all()


def test_peaks_need_both_tests_and_name_their_quadrant():
    rows = [
        ("ALT", 120.0, "2020-04-01"), ("BILI", 40.0, "2020-08-01"),
        ("ALT", 119.0, "2020-04-01", {"USUBJID": "S2"}), ("BILI", 39.0, "2020-04-01", {"USUBJID": "S2"}),
        ("ALT", 500.0, "2020-04-01", {"USUBJID": "S3"}),
    ]  # fmt: skip
    found = derive(rows, section("ALT", "AST", "BILI"), ("2020-03-01",) * 3)
    peaks = find_peaks(found, "ALT", "BILI", 3.0, 2.0)
    assert peaks["QUADRANT"].to_dict() == {"S1": "HYS_LAW", "S2": "NEITHER"}
    assert peaks.loc["S1", ["PEAK", "BILIRUBIN"]].tolist() == [3.0, 2.0]
    assert find_peaks(found.iloc[:0], "ALT", "BILI", 3.0, 2.0).empty


def test_a_subject_without_time_zero_keeps_its_results():
    found = derive([("ALT", 200.0, "2020-04-01")], section(), ("",))
    assert found["REASON"].tolist() == ["NO_INDEX_DATE"]
    assert found["POSTBLFL"].tolist() == [""]


def test_without_any_result_there_is_an_empty_data_set():
    found = derive([("ALT", 1.0, "2020-04-01")], section("AST"))
    assert found.empty
    assert isinstance(found, pd.DataFrame)


def problems(**changes):
    content = read_yaml(ROOT / "config.yaml")
    for path, value in changes.items():
        *keys, last = path.split("__")
        part = content["laboratory"]
        for key in keys:
            part = part[int(key) if key.isdigit() else key]
        part[last] = value
    with pytest.raises(ConfigError) as caught:
        load_study(content)
    return caught.value.text()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters__0__code": "FPG"}, "FPG is an endpoint"),
        ({"parameters__0__analyte": "ALTT"}, "laboratory.parameters.ALT.analyte"),
        ({"parameters__0__analyte": "GAD"}, "GAD is qualitative"),
        ({"parameters__0__specimens": ["URINE"]}, "laboratory.parameters.ALT.specimens"),
        ({"parameters__1__code": "ALT"}, "laboratory.parameters.code"),
        ({"baseline_window": [-10, 5]}, "not after day 0"),
        ({"grading": None}, "the source of the criteria is missing"),
        ({"hys_law__bilirubin": "BILX"}, "laboratory.hys_law"),
        ({"hys_law__bilirubin": "ALT"}, "laboratory.hys_law"),
        ({"parameters__0__marked": [{"side": "high", "times": 3.0}]}, "either times and of"),
        ({"parameters__0__marked": [{"side": "high", "times": 3.0, "of": "ULN", "value": 1.0}]}, "either times and of"),
    ],
)  # fmt: skip
def test_a_contradiction_is_refused_and_named(changes, words):
    assert words in problems(**changes)


def test_grades_must_rise():
    content = read_yaml(ROOT / "config.yaml")
    criterion = content["laboratory"]["parameters"][0]["criteria"][0]
    criterion["grades"] = list(reversed(criterion["grades"]))
    with pytest.raises(ConfigError, match="the lowest first"):
        load_study(content)


def test_an_analysis_needs_the_section():
    content = read_yaml(ROOT / "config.yaml")
    content["laboratory"] = None
    with pytest.raises(ConfigError, match="laboratory needs the section laboratory"):
        load_study(content)
