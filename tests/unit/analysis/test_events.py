"""Estimands as data: which values an event acts on, what a strategy does with them, and what is counted."""

from pathlib import Path

import pandas as pd
import pytest

from trial.analysis.config import ActingEvent
from trial.analysis.data import AnalysisData, acted_on
from trial.analysis.methods import intercurrent
from trial.analysis.methods.mmrm import run as run_mmrm
from trial.plan.jobs import analysis_jobs
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, mmrm_config, records, spec, subjects
from unit.analysis.test_model import diff

ROOT = Path(__file__).resolve().parents[3]


def days_of(days, event_days):
    """Return which of some days one event of 2020-03-10 acts on."""
    table = pd.DataFrame({"USUBJID": "A", "ADT": days}, index=range(10, 10 + len(days)))
    events = pd.DataFrame({"USUBJID": ["A"], "EVENT": ["X"], "ICEDT": ["2020-03-10"]})
    return acted_on(table, events, {"X": event_days})["ADT"].tolist()


def test_an_event_for_good_acts_from_the_next_day_on():
    days = ["2020-03-09", "2020-03-10", "2020-03-11", "2021-01-01"]
    assert days_of(days, None) == ["2020-03-11", "2021-01-01"]


def test_a_passing_event_acts_on_its_own_day_and_to_its_last():
    days = ["2020-03-09", "2020-03-10", "2020-03-24", "2020-03-25"]
    assert days_of(days, 14) == ["2020-03-10", "2020-03-24"]
    assert days_of(days, 0) == ["2020-03-10"]


def test_other_subjects_other_events_and_records_without_a_date_are_left_alone():
    table = pd.DataFrame({"USUBJID": ["A", "B", "A"], "ADT": ["2020-04-01", "2020-04-01", ""]})
    events = pd.DataFrame({"USUBJID": ["A", "B"], "EVENT": ["X", "Y"], "ICEDT": ["2020-03-10"] * 2})
    found = acted_on(table, events, {"X": None})
    assert (found.index.tolist(), found["EVENT"].tolist()) == ([0], ["X"])


def test_the_first_of_two_events_is_named():
    table = pd.DataFrame({"USUBJID": ["A"], "ADT": ["2020-04-01"]})
    events = pd.DataFrame({"USUBJID": ["A"] * 2, "EVENT": ["X", "Y"], "ICEDT": ["2020-03-10", "2020-03-05"]})
    assert acted_on(table, events, {"X": None, "Y": None})["EVENT"].tolist() == ["Y"]


def analysis_data(strategy, events, days=None, **changes):
    data = records()
    acting = ActingEvent(code="X", days=days, strategy=strategy)
    described = spec().model_copy(update={"events": (acting,)})
    table = pd.DataFrame(events, columns=["USUBJID", "EVENT", "ICEDT"])
    config = mmrm_config(**changes)
    return AnalysisData.of(described, config, subjects(data), data, {}, "", {"events": table}), config


def test_hypothetical_sets_values_after_the_event_aside_and_they_are_named():
    # Visits stand on 2020-01-01 (BL), 01-31 (M1) and 03-31 (M3).
    data, _ = analysis_data("hypothetical", [("ACT00", "X", "2020-02-15")])
    assert data.set_aside[["USUBJID", "AVISIT", "EVENT"]].to_numpy().tolist() == [["ACT00", "M3", "X"]]
    assert len(data.analysed) == len(data.observed) - 1
    assert data.failures.empty


def test_a_baseline_that_is_set_aside_leaves_no_change():
    data, _ = analysis_data("hypothetical", [("ACT00", "X", "2019-12-30")], days=3)
    mine = data.analysed[data.analysed["USUBJID"] == "ACT00"]
    assert mine["AVISIT"].tolist() == ["M1", "M3"]
    assert mine[["BASE", "CHG", "PCHG"]].isna().all(axis=None)
    assert (
        data.records.loc[data.records["USUBJID"] == "ACT00", "BASE"].notna().all()
    )  # the input is as it was


def test_an_arm_whose_values_are_all_set_aside_is_named_with_the_event():
    events = [(f"ACT{at:02d}", "X", "2020-01-02") for at in range(12)]
    data, config = analysis_data("hypothetical", events)
    said = run_mmrm(data, config).record["footnote"]
    assert said.startswith(
        "Not fitted: an arm has no record to analyse: Act (set aside by the estimand after X: 24 records; "
    )


def test_composite_leaves_the_values_and_names_the_failures():
    data, _ = analysis_data("composite", [("ACT00", "X", "2020-02-15")])
    assert len(data.analysed) == len(data.observed)
    assert data.failures["AVISIT"].tolist() == ["M3"]


def test_the_model_under_the_hypothetical_estimand_is_that_of_the_data_without_those_values():
    from trial.analysis.methods import mmrm

    data, config = analysis_data("hypothetical", [("ACT00", "X", "2020-01-15"), ("REF03", "X", "2020-02-15")])
    without = records()
    gone = (without["USUBJID"] == "ACT00") & (without["AVISIT"] != "BL")
    gone |= (without["USUBJID"] == "REF03") & (without["AVISIT"] == "M3")
    plain = AnalysisData.of(spec(), config, subjects(without), without[~gone], {})
    policy = AnalysisData.of(spec(), config, subjects(without), without, {})
    found, expected, other = (mmrm.run(one, config) for one in (data, plain, policy))
    for name in ("diff", "diff.se", "diff.df", "diff.pvalue"):
        assert diff(found, "M3", name) == diff(expected, "M3", name)
        assert diff(found, "M3", name) != diff(other, "M3", name)
    kept = found.records[found.records["RECORDS"] == "PRIMARY.FPG.fit"]
    assert "ACT00" not in set(kept["USUBJID"])  # the trace shows the records that were used, and no others


def test_events_are_counted_by_arm_and_visit_with_the_records_behind():
    data = records()
    events = pd.DataFrame(
        [("ACT00", "X", "2020-02-15"), ("ACT01", "X", "2020-01-15"), ("ZZZ", "X", "2020-01-01")],
        columns=["USUBJID", "EVENT", "ICEDT"],
    )
    acting = ActingEvent(code="X", days=None, strategy="treatment policy")
    described = spec().model_copy(update={"events": (acting,)})
    config = intercurrent.Config.model_validate(COMMON | {"method": "intercurrent"})
    outcome = intercurrent.run(
        AnalysisData.of(described, config, subjects(data), data, {}, "", {"events": events}), config
    )
    rows = outcome.rows.set_index(["group", "visit", "statistic"])["value"]
    assert rows["ACT", "", "X.subjects"] == 2
    assert rows["REF", "", "X.subjects"] == 0
    assert [rows["ACT", visit, "X.values"] for visit in ("BL", "M1", "M3")] == [0, 1, 2]
    assert rows["ACT", "M3", "X.observed"] == 12
    assert outcome.record == {"acted_on": {"X": {"M1": ["ACT01"], "M3": ["ACT00", "ACT01"]}}}
    behind = outcome.rows.set_index("statistic").loc["X.values"]
    name = behind[(behind["group"] == "ACT") & (behind["visit"] == "M3")]["records"].item()
    assert set(outcome.records.loc[outcome.records["RECORDS"] == name, "USUBJID"]) == {"ACT00", "ACT01"}


@pytest.fixture
def content():
    return read_yaml(ROOT / "config.yaml")


def test_an_estimand_decides_about_every_event_and_about_no_other(content):
    del content["estimands"]["HYPOTHETICAL"]["intercurrent_events"]["RESCUE"]
    content["estimands"]["HYPOTHETICAL"]["intercurrent_events"]["RESCU"] = "hypothetical"
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert "estimands.HYPOTHETICAL.intercurrent_events: required is the strategy for RESCUE" in str(
        error.value
    )
    assert "'RESCU' is not one of RESCUE" in str(error.value)


def test_a_method_that_cannot_count_failures_refuses_a_composite_estimand(content):
    content["estimands"]["HYPOTHETICAL"]["intercurrent_events"]["RESCUE"] = "composite"
    with pytest.raises(
        ConfigError, match=r"analyses.NO_RESCUE.estimand: HYPOTHETICAL counts RESCUE as a failure"
    ):
        load_study(content)


def test_a_slice_holds_only_events_that_its_estimand_acts_on(content):
    study = load_study(content)
    slices, jobs = slice_study(study), analysis_jobs(study)
    acting = {event.code: event.days for event in slices["analysis.NO_RESCUE.TNFA"].events}
    assert acting == {"RESCUE": None, "DEATH": None, "STEROID": 14, "INFECTION": 14}
    assert {event.code for event in slices["analysis.NO_RESCUE.HBA1C"].events} == {"RESCUE", "DEATH"}
    assert jobs["NO_RESCUE", "HBA1C"].tables == (("events", "results/data/adice.csv"),)
    assert jobs["UNADJUSTED", "HBA1C"].tables == jobs["PRIMARY", "HBA1C"].tables


def test_an_analysis_under_treatment_policy_alone_stands_on_no_event(content):
    for event in content["intercurrent_events"]:
        content["estimands"]["TREATMENT_POLICY"]["intercurrent_events"][event] = "treatment policy"
    study = load_study(content)
    assert slice_study(study)["analysis.PRIMARY.HBA1C"].events == ()
    assert analysis_jobs(study)["PRIMARY", "HBA1C"].tables == ()
