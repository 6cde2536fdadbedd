"""Medicines and intercurrent events: which rows are one, on which day, and what the site is asked."""

import pytest

from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from trial.subjects.schema import ADCM, ADICE
from unit.subjects.test_books import ROOT

RESCUE = {"data": "adcm", "where": {"CMREASON": ["rescue"]}, "date": "ASTDT", "days": None}
STEROID = {"data": "adcm", "where": {"CMCLASS": ["Corticosteroid", "vaccine"]}, "date": "ASTDT", "days": 14}
NOT_INFUSED = {"data": "adsl", "where": {"ARMCD": ["CELL"], "TRT01A": [""]}, "date": "INDEXDT", "days": None}
INFECTION = {"data": "adae", "where": {"AEBODSYS": ["infections"]}, "date": "ASTDT", "days": 14}


def medicines(**columns):
    """Return medicines of S1, whose time zero is 2019-06-25."""
    size = len(next(iter(columns.values())))
    usual = {"USUBJID": ["S1"] * size, "CMREASON": ["rescue"] * size, "CMTRT": ["drug"] * size}
    return usual | columns


def found(derived):
    return list(derived.adice[["USUBJID", "EVENT", "ICEDT", "EARLYFL"]].itertuples(index=False, name=None))


def test_medicines_keep_what_was_collected_and_years_alone_ask_nothing(derive):
    table = medicines(
        CMREASON=["type 2 diabetes"] * 3, CMSTDTC=["2012", "2012-03", "2012-03-04"], CMDOSE=["5", "", "x"]
    )
    derived = derive(medications=table)
    assert list(derived.adcm.columns) == list(ADCM)
    assert derived.adcm["ASTDT"].tolist() == ["", "", "2012-03-04"]
    assert derived.adcm["CMSTDTC"].tolist() == ["2012", "2012-03", "2012-03-04"]
    assert derived.asked("RULE", "FOUND") == [("NOT_A_NUMBER", "CMDOSE = 'x'")]


def test_a_rescue_without_its_day_is_asked_about(derive):
    derived = derive(medications=medicines(CMSTDTC=["2019-08"]))
    assert derived.asked("RULE", "FOUND") == [("IMPOSSIBLE_DATE", "CMSTDTC = '2019-08'")]
    assert derived.adsl.loc["S1", "RESCDT"] == ""


def test_an_event_that_acts_for_good_counts_from_time_zero_on(derive):
    days = ["2019-06-24", "2019-06-25", "2019-08-01"]
    derived = derive(medications=medicines(CMSTDTC=days), events={"RESCUE": RESCUE})
    assert found(derived) == [("S1", "RESCUE", "2019-06-25", ""), ("S1", "RESCUE", "2019-08-01", "")]
    assert list(derived.adice.columns) == list(ADICE)
    assert derived.adice[["FILE", "ROW"]].to_numpy().tolist() == [
        ["medications.csv", "3"],
        ["medications.csv", "4"],
    ]


def test_an_event_that_passes_counts_wherever_time_zero_is(derive):
    table = medicines(CMREASON=["type 2 diabetes"] * 2, CMCLASS=["corticosteroid", "VACCINE"])
    derived = derive(
        medications=table | {"CMSTDTC": ["2019-06-20", "2019-07-01"]}, events={"STEROID": STEROID}
    )
    assert [day for _, _, day, _ in found(derived)] == ["2019-06-20", "2019-07-01"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", [("S1", "RESCUE", "2019-06-25", "Y")]),
        ("2019-06", [("S1", "RESCUE", "2019-06-25", "Y")]),
        ("2019-08", [("S1", "RESCUE", "2019-08-01", "Y")]),
        ("", [("S1", "RESCUE", "2019-06-25", "Y")]),
        ("spring", [("S1", "RESCUE", "2019-06-25", "Y")]),
        ("2019-05", []),
        ("2018", []),
    ],
)
def test_without_its_day_the_earliest_that_is_possible_is_taken_and_asked_about(derive, text, expected):
    derived = derive(medications=medicines(CMSTDTC=[text]), events={"RESCUE": RESCUE})
    assert found(derived) == expected
    asked = [rule for rule in derived.asked("RULE") if rule == "EVENT_WITHOUT_DATE"]
    assert len(asked) == len(expected)


def test_a_subject_of_the_arm_who_got_no_treatment_is_an_event_of_time_zero(derive):
    # S3 is allocated to cells and was never infused; S2 of the other arm has no infusion either.
    assert found(derive(events={"NOT_INFUSED": NOT_INFUSED})) == [("S3", "NOT_INFUSED", "2019-07-01", "")]


def test_adverse_events_are_matched_by_their_class_whatever_the_case(derive):
    table = {
        "USUBJID": ["S1", "S2"],
        "AESOC": ["Infections", "Cardiac disorders"],
        "AESTDTC": ["2019-07-02"] * 2,
    }
    derived = derive(adverse_events=table, events={"INFECTION": INFECTION})
    assert found(derived) == [("S1", "INFECTION", "2019-07-02", "")]
    assert derived.adice.loc[0, "FILE"] == "adverse_events.csv"


def test_without_events_or_files_there_is_an_empty_table(derive):
    assert derive().adice.empty
    assert derive(medications=medicines(CMSTDTC=["2019-08-01"])).adice.empty


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"where": {"CMREASN": ["RESCUE"]}}, "where: 'CMREASN' is not one of .*did you mean 'CMREASON'"),
        ({"where": {"CMDOSE": ["5"]}}, "where.CMDOSE: a number; only text is compared"),
        ({"date": "CMSTDTC"}, "date: 'CMSTDTC' is not one of ASTDT, AENDT"),
        ({"endpoints": ["HBA1"]}, "endpoints: 'HBA1' is not one of HBA1C"),
    ],
)
def test_what_an_event_names_wrongly_is_said_with_what_is_right(change, line):
    content = read_yaml(ROOT / "config.yaml")
    content["intercurrent_events"]["RESCUE"] |= change
    with pytest.raises(ConfigError, match=f"intercurrent_events.RESCUE.{line}"):
        load_study(content)


def test_an_event_of_a_file_that_the_study_has_not_is_refused():
    content = read_yaml(ROOT / "config.yaml")
    content["edc"] |= {"medications": None}
    with pytest.raises(ConfigError, match=r"adcm is made of edc\.medications, which is null"):
        load_study(content)
