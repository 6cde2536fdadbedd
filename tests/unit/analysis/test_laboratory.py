"""The safety laboratory counted by hand: shifts, grades, marked bounds, values, peaks and candidates."""

import math

import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import laboratory
from unit.analysis.build import COMMON, records, spec
from unit.endpoints.test_safety import HIGH, RULES, derive, section

NAN = float("nan")
SUBJECTS = {"A1": "ACT", "A2": "ACT", "A3": "ACT", "R1": "REF", "R2": "REF", "X1": "REF"}
CONFIG = COMMON | {
    "method": "laboratory", "primary": False, "endpoints": None, "population": "SAFFL", "treatment": "TRT01A"
}  # fmt: skip
BEFORE, LATER, LAST = "2020-02-01", "2020-04-01", "2020-05-15"
LOW = {"term": "low", "side": "low", "grades": [{"grade": 1, "any_of": [{"times": 1, "of": "LLN"}]}]}
BOTH = {"ANRLO": 10.0}
# A1 rises from normal to high and back, A2 has no value after baseline, A3 none before; R1 falls, R2 has nothing.
ROWS = [
    ("A1", "ALT", 30.0, BEFORE), ("A1", "ALT", 130.0, LATER), ("A1", "ALT", 35.0, LAST), ("A2", "ALT", 45.0, BEFORE),
    ("A3", "ALT", 41.0, LATER), ("R1", "ALT", 20.0, BEFORE), ("R1", "ALT", 5.0, LATER), ("X1", "ALT", 900.0, LATER),
    ("A1", "BILI", 50.0, LATER), ("R1", "BILI", 10.0, LATER),
]  # fmt: skip


def sections(**changes):
    """Return a section with ALT, graded to both sides, bilirubin, and AST, which nobody has."""
    alt = {
        "criteria": [HIGH, LOW],
        "marked": [{"side": "high", "times": 3.0, "of": "ULN"}, {"side": "high", "times": 2.0, "of": "BASE"}],
    }
    return section("ALT", "AST", "BILI", ALT=alt, hys_law=RULES, **changes)


def data_of(rows, described=None):
    """Return the records of some rows; X1 is no member of the population, S ids are those of derive."""
    described = described or sections()
    names = list(SUBJECTS)
    place = {name: f"S{number}" for number, name in enumerate(names, 1)}
    made = derive(
        [
            (
                code,
                value,
                day,
                BOTH | {"USUBJID": place[subject]} if code == "ALT" else {"USUBJID": place[subject]},
            )
            for subject, code, value, day in rows
        ],
        described,
        ("2020-03-01",) * len(names),
    )
    back = {code: name for name, code in place.items()}
    made["USUBJID"] = made["USUBJID"].map(back).astype(object)
    made["TRT01A"] = made["USUBJID"].map(SUBJECTS).astype(object)
    made["SAFFL"] = made["USUBJID"].map(lambda name: "" if name == "X1" else "Y").astype(object)
    return made


def run(rows=None, described=None, subjects=SUBJECTS):
    """Return the values by (arm, visit, statistic), and the outcome."""
    described = described or sections()
    made = data_of(ROWS if rows is None else rows, described)
    adsl = pd.DataFrame(
        {"USUBJID": list(subjects), "TRT01A": list(subjects.values()),
         "SAFFL": ["" if name == "X1" else "Y" for name in subjects]}
    )  # fmt: skip
    asked = spec(name="LAB").model_copy(update={"endpoint": None, "laboratory": described})
    config = laboratory.Config.model_validate(CONFIG)
    table = {"adlbsaf": made[list(config.tables()["adlbsaf"])]}
    outcome = laboratory.run(
        AnalysisData.of(asked, config, adsl, records().iloc[:0], {}, tables=table), config
    )
    found = outcome.rows
    keys = zip(found["group"], found["visit"], found["statistic"], strict=True)
    return dict(zip(keys, found["value"], strict=True)), outcome


def counts(values, key, arm):
    """Return the numbers of a shift or grade table below `key`, those that are not zero."""
    return {
        statistic.removeprefix(f"{key}.").removesuffix(".n"): value
        for (group, _, statistic), value in values.items()
        if group == arm and statistic.startswith(f"{key}.") and statistic.endswith(".n") and value
    }


def test_the_shift_to_the_highest_value():
    values, _ = run()
    assert counts(values, "ALT.shift.high", "ACT") == {
        "NORMAL": 1, "NORMAL.HIGH": 1, "HIGH": 1, "HIGH.MISSING": 1, "MISSING": 1, "MISSING.HIGH": 1,
    }  # fmt: skip
    assert counts(values, "ALT.shift.high", "REF") == {
        "NORMAL": 1, "NORMAL.LOW": 1, "MISSING": 1, "MISSING.MISSING": 1,
    }  # fmt: skip


def test_the_shift_to_the_lowest_value_is_another_one():
    values, _ = run()
    # 130 and then 35: the highest is high, the lowest normal.
    assert counts(values, "ALT.shift.low", "ACT")["NORMAL.NORMAL"] == 1
    # Bilirubin has no lower limit, so nothing is said of its lowest value.
    assert not counts(values, "BILI.shift.low", "ACT")


def test_the_denominator_is_the_stratum_of_baseline():
    values, outcome = run()
    assert values["ACT", "", "ALT.shift.high.NORMAL.HIGH.pct"] == 100.0
    empty = outcome.rows[
        (outcome.rows["group"] == "ACT") & (outcome.rows["statistic"] == "ALT.shift.high.LOW.LOW.pct")
    ]
    assert math.isnan(empty["value"].iloc[0])
    assert empty["error"].iloc[0] == "no subject to count them of"


def test_the_strata_of_an_arm_add_up_to_its_members():
    values, _ = run()
    for arm, members in (("ACT", 3), ("REF", 2)):
        for side in ("high", "low"):
            strata = [
                values[arm, "", f"ALT.shift.{side}.{code}.n"] for code in ("LOW", "NORMAL", "HIGH", "MISSING")
            ]
            assert sum(strata) == members


def test_grades_by_baseline_and_of_all():
    values, _ = run()
    assert counts(values, "ALT.grade.high", "ACT") == {
        "WITHIN": 1, "WITHIN.2": 1, "BEYOND": 1, "BEYOND.MISSING": 1, "MISSING": 1, "MISSING.1": 1,
        "ALL": 3, "ALL.1": 1, "ALL.2": 1, "ALL.MISSING": 1,
    }  # fmt: skip
    assert values["ACT", "", "ALT.grade.high.ALL.2.pct"] == pytest.approx(100 / 3)
    # A high baseline lies within the lower limit.
    assert counts(values, "ALT.grade.low", "ACT")["WITHIN"] == 2
    assert counts(values, "ALT.grade.low", "REF")["WITHIN.1"] == 1


def test_marked_bounds_count_those_who_can_be_compared():
    values, _ = run()
    # A1 and A3 have a value after baseline; A3 has no baseline.
    assert [values["ACT", "", f"ALT.marked.{k}.of.n"] for k in (1, 2)] == [2, 1]
    assert [values["ACT", "", f"ALT.marked.{k}.n"] for k in (1, 2)] == [1, 1]
    assert values["ACT", "", "ALT.marked.1.pct"] == 50.0
    assert values["REF", "", "ALT.marked.1.n"] == 0  # 900 of X1 is of no member


def test_values_and_changes_by_visit():
    values, _ = run()
    assert values["ACT", "BL", "ALT.AVAL.n"] == 2
    assert values["ACT", "BL", "ALT.AVAL.mean"] == 37.5
    assert values["ACT", "M1", "ALT.AVAL.mean"] == (130 + 41) / 2
    assert (values["ACT", "M1", "ALT.CHG.n"], values["ACT", "M1", "ALT.CHG.mean"]) == (1, 100)
    assert values["ACT", "M3", "ALT.CHG.mean"] == 5.0
    assert math.isnan(values["REF", "M1", "ALT.AVAL.sd"])
    assert ("ACT", "BL", "BILI.AVAL.n") not in values  # nobody has any at baseline
    assert ("ACT", "BL", "AST.AVAL.n") not in values


def test_peaks_by_quadrant_of_those_with_both():
    values, _ = run()
    assert values["ACT", "", "edish.ALT.BOTH.n"] == 1
    assert values["ACT", "", "edish.ALT.HYS_LAW.n"] == 1  # 3.25 x and 2.5 x
    assert values["REF", "", "edish.ALT.NEITHER.n"] == 1
    assert values["ACT", "", "edish.AST.BOTH.n"] == 0
    assert values["ACT", "", "hys_law.candidate.n"] == 1
    assert values["REF", "", "hys_law.candidate.n"] == 0


def test_every_number_has_the_records_or_subjects_behind_it():
    _, outcome = run()
    found = outcome.rows[outcome.rows["statistic"] == "ALT.CHG.mean"].set_index(["group", "visit"])["records"]
    behind = outcome.records[outcome.records["RECORDS"] == found["ACT", "M1"]]
    assert behind[["PARAMCD", "USUBJID", "ASEQ"]].to_numpy().tolist() == [["ALT", "A1", 1], ["ALT", "A1", 2]]
    counted = outcome.rows[(outcome.rows["unit"] == "1") & (outcome.rows["value"] > 0)]
    assert (counted["records"] != "").all()


def test_without_any_result_everybody_is_missing():
    values, outcome = run([("A1", "GLUC", 5.0, LATER)])  # of no parameter
    assert not counts(values, "ALT.shift.high", "ACT")  # no limit to any side
    assert counts(values, "ALT.grade.high", "ACT") == {
        "MISSING": 3,
        "MISSING.MISSING": 3,
        "ALL": 3,
        "ALL.MISSING": 3,
    }
    assert values["ACT", "", "ALT.marked.1.of.n"] == 0
    assert values["ACT", "", "hys_law.candidate.n"] == 0
    assert [one["records"] for one in outcome.record["parameters"]] == [0, 0, 0]


def test_an_arm_without_members_has_no_percentage():
    values, outcome = run(subjects={"A1": "ACT", "A2": "ACT", "A3": "ACT"})
    assert values["REF", "", "ALT.grade.high.ALL.n"] == 0
    row = outcome.rows[
        (outcome.rows["group"] == "REF") & (outcome.rows["statistic"] == "hys_law.candidate.pct")
    ]
    assert row["error"].iloc[0] == "no subject to count them of"


def test_bounds_in_words():
    _, outcome = run()
    alt = outcome.record["parameters"][0]
    assert alt["marked"] == ["> 3 × ULN", "> 2 × baseline"]
    assert alt["criteria"][0]["bounds"]["usual"] == ["1: > ULN", "2: > 3 × ULN"]
    assert alt["criteria"][1]["bounds"]["usual"] == ["1: < LLN"]
