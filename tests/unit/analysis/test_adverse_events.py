"""Adverse events counted by hand: subjects and events, severity, relation, special interest, rates, differences."""

from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import adverse_events
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, records, spec

STUDY = Path(__file__).parents[2] / "studies" / "three_arm" / "config.yaml"
CONFIG = COMMON | {
    "method": "adverse_events",
    "primary": False,
    "endpoints": None,
    "population": "SAFFL",
    "treatment": "TRT01A",
    "severity": ["MILD", "MODERATE", "SEVERE"],
    "discontinuation": {"AEACN": ["DRUG WITHDRAWN"]},
    "fatal": {"AEOUT": ["FATAL"]},
    "special_interest": [],
    "level": 0.95,
}
GUT, SKIN = "Gut", "Skin, hair"
EVENT = {
    "AEBODSYS": GUT, "AEDECOD": "Nausea", "AESTDTC": "2020-01-11", "ASTDT": "2020-01-11", "TRTEMFL": "Y",
    "AESEV": "MILD", "AESER": "N", "AERELPROD": "N", "AERELPROC": "N", "AEOUT": "", "AEACN": "",
}  # fmt: skip


def event(subject, **changes):
    """Return one event; `day` sets both forms of its start."""
    day = changes.pop("day", None)
    dates = {} if day is None else {"ASTDT": day, "AESTDTC": day}
    return EVENT | {"USUBJID": subject} | dates | changes


def run(events, visits=(), infusions=(), adsl=None, **changes):
    """Return the values by (arm or comparison, statistic), and the outcome, of four subjects in two arms.

    ACT1 and ACT2 against REF1 and REF2; events count from 1 January 2020 on. REF3 is no member.
    """
    config = adverse_events.Config.model_validate(CONFIG | changes)
    subjects = ["ACT1", "ACT2", "REF1", "REF2", "REF3"]
    adsl = pd.DataFrame(
        {
            "USUBJID": subjects, "TRT01A": [name[:3] for name in subjects], "TRTEMDT": "2020-01-01",
            "SAFFL": ["Y", "Y", "Y", "Y", ""], "DISCDT": "", "TRTSDT": ["2020-01-10", "2020-01-10", "", "", ""],
        }
        | (adsl or {})
    )  # fmt: skip
    adae = pd.DataFrame([dict(one) for one in events], columns=list(EVENT | {"USUBJID": ""}))
    adsv = pd.DataFrame(list(visits), columns=["USUBJID", "SVDT", "DONE"])
    adex = pd.DataFrame(list(infusions), columns=["USUBJID", "EXSTDTC", "EXENDTC"], dtype="str")
    described = spec(name="AE").model_copy(update={"endpoint": None})
    data = AnalysisData.of(
        described, config, adsl, records().iloc[:0], {}, tables={"adae": adae, "adsv": adsv, "adex": adex}
    )
    outcome = adverse_events.run(data, config)
    rows = outcome.rows
    keys = zip(rows["group"] + rows["comparison"], rows["statistic"], strict=True)
    return dict(zip(keys, rows["value"], strict=True)), outcome


def counted(values, statistic):
    """Return the values of ACT, REF and the total."""
    return [values[arm, statistic] for arm in ("ACT", "REF", "")]


def test_a_subject_counts_once_an_event_each_time():
    values, _ = run(
        [event("ACT1"), event("ACT1"), event("ACT1", AEDECOD="Rash", AEBODSYS=SKIN), event("REF2")]
    )
    assert counted(values, "any.subjects") == [1, 1, 2]
    assert counted(values, "any.events") == [3, 1, 4]
    assert counted(values, "any.pct") == [50, 50, 50]
    assert counted(values, "soc:Gut.subjects") == [1, 1, 2]
    assert counted(values, "soc:Gut.events") == [2, 1, 3]
    assert counted(values, "pt:Skin,_hair:Rash.events") == [1, 0, 1]


def test_events_that_are_not_emergent_or_of_no_member_do_not_count():
    values, outcome = run([event("ACT1", TRTEMFL=""), event("REF3")])
    assert counted(values, "any.events") == [0, 0, 0]
    assert [level["kind"] for level in outcome.record["levels"]] == ["any"]


def test_a_term_counts_in_each_of_its_classes_apart():
    values, _ = run([event("ACT1"), event("ACT2", AEBODSYS=SKIN), event("REF1", AEBODSYS="", AEDECOD="")])
    assert (values["ACT", "pt:Gut:Nausea.subjects"], values["ACT", "pt:Skin,_hair:Nausea.subjects"]) == (1, 1)
    assert values["REF", "pt:Not_coded:Not_coded.subjects"] == 1


def test_the_greatest_severity_of_each_subject_and_what_is_unknown_of_it():
    events = [
        event("ACT1", AESEV="MILD"), event("ACT1", AESEV="MODERATE"),
        event("ACT2", AESEV=""), event("ACT2", AESEV="MODERATE"),
        event("REF1", AESEV=""), event("REF1", AESEV="SEVERE"),
    ]  # fmt: skip
    values, outcome = run(events)
    assert counted(values, "any.max.MILD.subjects") == [0, 0, 0]
    assert counted(values, "any.max.MODERATE.subjects") == [1, 0, 1]
    assert counted(values, "any.max.SEVERE.subjects") == [0, 1, 1]
    assert counted(values, "any.max.NOT_RECORDED.subjects") == [1, 0, 1]
    assert outcome.record["not_recorded"] == {"AESEV": 2}


def test_an_answer_that_was_not_recorded_counts_as_yes():
    values, outcome = run(
        [
            event("ACT1", AESER="", AERELPROD=""),
            event("ACT2", AERELPROC="Y"),
            event("REF1", AESER="Y", AERELPROD="N", AERELPROC="N"),
        ]
    )
    assert counted(values, "any.serious.subjects") == [1, 1, 2]
    assert counted(values, "any.product.subjects") == [1, 0, 1]
    assert counted(values, "any.procedure.subjects") == [1, 0, 1]
    assert counted(values, "any.serious_related.subjects") == [1, 0, 1]
    assert outcome.record["not_recorded"] == {"AESER": 1, "AERELPROD": 1}


def test_discontinuation_and_death_by_the_declared_texts():
    values, _ = run([event("ACT1", AEACN="Drug withdrawn"), event("REF1", AEOUT="FATAL"), event("REF2")])
    assert counted(values, "any.discontinuation.subjects") == [1, 0, 1]
    assert counted(values, "any.fatal.subjects") == [0, 1, 1]


def interest(*any_of, onset=None):
    return [{"code": "X", "label": "Of interest", "any_of": list(any_of), "onset": onset}]


def test_events_of_interest_hold_one_description_with_all_its_columns():
    events = [event("ACT1"), event("ACT2", AEDECOD="Vomiting"), event("REF1", AEBODSYS=SKIN, AESER="Y")]
    gut = {"AEBODSYS": ["gut"], "AEDECOD": ["NAUSEA"]}
    values, _ = run(events, special_interest=interest(gut))
    assert counted(values, "interest:X.subjects") == [1, 0, 1]
    values, _ = run(events, special_interest=interest(gut, {"AESER": ["Y"]}))
    assert counted(values, "interest:X.subjects") == [1, 1, 2]
    values, outcome = run(events, special_interest=interest({"AEDECOD": ["Embolism"]}))
    assert counted(values, "interest:X.subjects") == [0, 0, 0]
    assert outcome.record["levels"][1]["label"] == "Of interest"


@pytest.mark.parametrize(
    ("collected", "whole", "counts"),
    [
        ("2020-01-09", True, 0), ("2020-01-10", True, 1), ("2020-01-11", True, 1), ("2020-01-12", True, 0),
        ("2020-01", False, 1), ("2020-02", False, 0), ("2020", False, 1), ("", False, 1), ("unknown", False, 1),
    ],
)  # fmt: skip
def test_an_onset_window_has_both_ends_and_takes_dates_that_may_lie_in_it(collected, whole, counts):
    """The infusion was on 10 January: within 24 hours is that day and the next."""
    one = event("ACT1", AESTDTC=collected, ASTDT=collected if whole else "")
    onset = {"after": "TRTSDT", "days": [0, 1]}
    values, _ = run([one], special_interest=interest({"AEDECOD": ["Nausea"]}, onset=onset))
    assert values["ACT", "interest:X.subjects"] == counts
    # A subject who was not infused has no reaction to an infusion.
    values, _ = run(
        [one | {"USUBJID": "REF1"}], special_interest=interest({"AEDECOD": ["Nausea"]}, onset=onset)
    )
    assert values["REF", "interest:X.subjects"] == 0


VISITS = [("ACT1", "2020-12-31", "Y"), ("ACT2", "2020-12-31", "Y"), ("ACT2", "2021-12-31", "N"),
          ("REF1", "2020-12-30", "Y"), ("REF2", "2020-01-01", "Y")]  # fmt: skip


def test_time_at_risk_ends_with_the_first_event_or_the_last_day_seen():
    """2020 has 366 days: two subjects of ACT have 366 each, the first event comes on day 11."""
    values, _ = run([event("ACT1"), event("ACT1", day="2020-03-01")], VISITS)
    assert values["ACT", "any.all.years"] == pytest.approx(732 / 365.25)
    assert values["ACT", "any.first.years"] == pytest.approx((11 + 366) / 365.25)
    assert values["REF", "any.all.years"] == pytest.approx((365 + 1) / 365.25)
    assert values["ACT", "any.all.rate"] == pytest.approx(100 * 2 / (732 / 365.25))
    assert values["ACT", "any.first.rate"] == pytest.approx(100 / (377 / 365.25))
    assert (values["REF", "any.all.rate"], values["REF", "any.all.rate.lower"]) == (0, 0)


def test_an_event_shows_that_its_subject_was_still_observed():
    values, _ = run([event("REF2", day="2020-01-31")], VISITS)
    assert values["REF", "any.all.years"] == pytest.approx((365 + 31) / 365.25)


def test_an_event_without_a_whole_date_counts_from_the_first_day():
    values, _ = run([event("ACT1", ASTDT="", AESTDTC="2020-02")], VISITS)
    assert values["ACT", "any.first.years"] == pytest.approx((1 + 366) / 365.25)


def test_without_time_at_risk_there_is_no_rate_and_a_reason():
    values, outcome = run([])
    assert isnan(values["ACT", "any.all.rate"])
    rows = outcome.rows.set_index(["group", "statistic"])
    assert rows.loc[("ACT", "any.all.rate"), "error"] == "no time at risk"
    assert rows.loc[("ACT", "any.all.rate"), "warning"].startswith("2 subjects without a dated visit")


def test_the_difference_of_percentages_is_arm_minus_reference():
    values, _ = run([event("ACT1"), event("ACT2"), event("REF1")])
    assert values["ACT-REF", "any.rd"] == 50
    assert values["ACT-REF", "pt:Gut:Nausea.rd"] == 50
    for kind in ("nc", "mn"):
        assert values["ACT-REF", f"any.rd.{kind}.lower"] < 50 < values["ACT-REF", f"any.rd.{kind}.upper"]


def test_deaths_are_those_on_record_and_fatal_events_count_apart():
    values, outcome = run(
        [event("REF1", AEOUT="FATAL")], adsl={"DSDECOD": ["Death", "", "", "LOST", "DEATH"]},
        death={"DSDECOD": ["DEATH"]},
    )  # fmt: skip
    assert counted(values, "death.subjects") == [1, 0, 1]
    assert counted(values, "any.fatal.subjects") == [0, 1, 1]
    assert outcome.record["death"] == {"DSDECOD": ("DEATH",)}
    values, outcome = run([])
    assert ("ACT", "death.subjects") not in values and outcome.record["death"] is None


INFUSED = [("ACT1", "2020-01-10T09:00", "2020-01-10T11:30"), ("ACT2", "2020-01-10", "2020-01-10")]


@pytest.mark.parametrize(
    ("subject", "start", "counts"),
    [
        ("ACT1", "2020-01-10T08:59", 0), ("ACT1", "2020-01-10T09:00", 1), ("ACT1", "2020-01-11T11:30", 1),
        ("ACT1", "2020-01-11T11:31", 0), ("ACT1", "2020-01-11", 1), ("ACT1", "2020-01-12", 0),
        ("ACT2", "2020-01-11T23:59", 1), ("ACT2", "2020-01-12T00:01", 0),
    ],
)  # fmt: skip
def test_within_hours_is_exact_where_event_and_infusion_have_times(subject, start, counts):
    """The infusion of ACT1 ended at 11:30; of ACT2 the day alone is known, and the days decide."""
    onset = {"after": "TRTSDT", "days": [0, 1], "hours": 24}
    one = event(subject, AESTDTC=start, ASTDT=start[:10])
    values, _ = run([one], infusions=INFUSED, special_interest=interest({"AEDECOD": ["Nausea"]}, onset=onset))
    assert values["ACT", "interest:X.subjects"] == counts
    values, _ = run([one], infusions=[], special_interest=interest({"AEDECOD": ["Nausea"]}, onset=onset))
    assert values["ACT", "interest:X.subjects"] == (start[:10] in ("2020-01-10", "2020-01-11"))


def test_every_row_has_the_subjects_behind_it():
    _, outcome = run([event("ACT1"), event("ACT1"), event("REF2")], VISITS)
    behind = outcome.records.groupby("RECORDS")["USUBJID"].agg(list).to_dict()
    rows = outcome.rows
    sizes = [len(behind.get(name, [])) for name in rows["records"]]
    assert sizes == rows["n"].tolist()
    row = rows[(rows["statistic"] == "any.events") & (rows["group"] == "ACT")].iloc[0]
    assert (row["value"], behind[row["records"]]) == (2, ["ACT1"])
    assert (rows.loc[rows["records"] == "", "n"] == 0).all()


def test_identities_hold_no_blank():
    """Figures join several with blanks."""
    _, outcome = run([event("ACT1", AEBODSYS="Skin and  hair", AEDECOD="Rash, itching")])
    assert not outcome.rows["result_id"].str.contains(r"\s").any()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"severity": ["MILD", "GRAVE", "SEVERE"]}, "severity: 'GRAVE' is not one of MILD, MODERATE, SEVERE"),
        ({"severity": ["MILD", "SEVERE"]}, "severity: MODERATE of edc.spellings.AESEV has no place"),
        ({"death": {"DSDECODE": ["DEATH"]}}, "death: 'DSDECODE' is not one of"),
        ({"fatal": {"AEOUTCOM": ["FATAL"]}}, "where: 'AEOUTCOM' is not one of"),
        ({"special_interest": interest({"AESER": ["Y"]}, onset={"after": "TRTDT", "days": [0, 1]})},
         "special_interest.X.onset.after: 'TRTDT' is not one of"),
        ({"special_interest": interest({"AESER": ["Y"]}, onset={"after": "TRTSDT", "days": [1, 0]})},
         "the first day 1 lies after the last 0"),
        ({"special_interest": 2 * interest({"AESER": ["Y"]})}, "special_interest.code: 'X' stands 2 times"),
    ],
)  # fmt: skip
def test_what_the_configuration_contradicts_is_told(changes, told):
    content = read_yaml(STUDY)
    content["analyses"]["ADVERSE"] |= changes
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert told in error.value.text()


def test_a_study_of_analysed_data_cannot_have_it():
    folder = Path(__file__).parents[2] / "studies"
    content = read_yaml(folder / "analysed" / "config.yaml")
    content["analyses"]["ADVERSE"] = read_yaml(STUDY)["analyses"]["ADVERSE"] | {"population": "FASFL"}
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert "analyses.ADVERSE.method: adverse_events needs adae" in error.value.text()
