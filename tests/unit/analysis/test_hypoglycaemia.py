"""Hypoglycaemia by level counted by hand, on both sides of each threshold."""

import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import hypoglycaemia
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, records, spec
from unit.subjects.test_books import ROOT

CONFIG = COMMON | {
    "method": "hypoglycaemia", "primary": False, "endpoints": None, "population": "SAFFL", "treatment": "TRT01A",
    "analyte": "GLUC",
    "levels": [{"code": "L1", "label": "Level 1", "below": 3.9}, {"code": "L2", "label": "Level 2", "below": 3.0}],
    "assisted": {"code": "L3", "label": "Level 3", "any_of": [{"AESEV": ["SEVERE"]}]},
    "events": [{"AEDECOD": ["Hypoglycaemia"]}],
}  # fmt: skip
FIRST = "2020-01-10"


def event(subject, **changes):
    """Return one hypoglycaemia."""
    usual = {
        "AEDECOD": "Hypoglycaemia",
        "AEBODSYS": "",
        "ASTDT": "2020-02-01",
        "TRTEMFL": "Y",
        "AESEV": "MILD",
    }
    return usual | {"USUBJID": subject} | changes


def value(subject, number, day="2020-02-01T07:00", **changes):
    """Return one usable glucose result."""
    usual = {"ANALYTE": "GLUC", "VALUE": number, "CENSOR": "", "LIMIT": float("nan"), "COLLECTED": day}
    return usual | {"USUBJID": subject} | changes


def run(events=(), values=(), codes=("ACT", "REF")):
    """Return the values by (arm, statistic), and the outcome, of two subjects per arm; REF3 is no member."""
    config = hypoglycaemia.Config.model_validate(CONFIG)
    subjects = [f"{code}{number}" for code in codes for number in (1, 2)] + ["REF3"]
    adsl = pd.DataFrame(
        {"USUBJID": subjects, "TRT01A": [name[:3] for name in subjects], "SAFFL": ["Y"] * (len(subjects) - 1) + [""],
         "TRTEMDT": FIRST}
    )  # fmt: skip
    tables = {
        "adae": pd.DataFrame(list(events), columns=list(event(""))),
        "labs": pd.DataFrame(list(values), columns=list(value("", 1.0))),
    }
    described = spec(codes=codes, name="HYPO").model_copy(update={"endpoint": None})
    data = AnalysisData.of(described, config, adsl, records().iloc[:0], {}, tables=tables)
    outcome = hypoglycaemia.run(data, config)
    rows = outcome.rows
    return dict(zip(zip(rows["group"], rows["statistic"], strict=True), rows["value"], strict=True)), outcome


@pytest.mark.parametrize(
    ("number", "levels"), [(3.9, (0, 0)), (3.89, (1, 0)), (3.0, (1, 0)), (2.99, (0, 1)), (1.0, (0, 1))]
)
def test_a_value_is_of_the_level_whose_threshold_it_is_below(number, levels):
    found, _ = run(values=[value("ACT1", number)])
    assert (found["ACT", "value.L1.events"], found["ACT", "value.L2.events"]) == levels
    assert (found["ACT", "value.any.subjects"], found["REF", "value.any.subjects"]) == (1, 0)
    assert found["ACT", "value.any.pct"] == 50


@pytest.mark.parametrize(
    ("sign", "limit", "levels"),
    [("<", 3.9, (1, 0)), ("<", 3.0, (0, 1)), ("<", 4.0, (0, 0)), (">", 2.0, (0, 0))],
)
def test_a_value_beyond_a_limit_counts_by_the_limit(sign, limit, levels):
    found, _ = run(values=[value("ACT1", float("nan"), CENSOR=sign, LIMIT=limit)])
    assert (found["ACT", "value.L1.subjects"], found["ACT", "value.L2.subjects"]) == levels
    assert found["ACT", "value.any.events"] == 1


def test_values_before_the_first_day_and_of_other_analytes_or_no_members_do_not_count():
    values = [
        value("ACT1", 2.0, "2020-01-09T23:59"), value("ACT1", 2.0, FIRST), value("ACT2", 2.0, ""),
        value("ACT2", 2.0, ANALYTE="CREA"), value("REF3", 2.0), value("ACT2", float("nan")),
    ]  # fmt: skip
    found, outcome = run(values=values)
    assert (found["ACT", "value.L2.events"], found["", "value.any.events"]) == (2, 2)
    assert outcome.record["without_day"] == 1


def test_events_are_of_the_gravest_level_or_of_an_unknown_one():
    events = [
        event("ACT1"), event("ACT1", AESEV="SEVERE"), event("ACT2", AEDECOD="HYPOGLYCAEMIA"),
        event("REF1", TRTEMFL=""), event("REF2", AEDECOD="Cough", AESEV="SEVERE"), event("REF3"),
    ]  # fmt: skip
    found, _ = run(events)
    assert [found["ACT", f"event.{name}.events"] for name in ("any", "L3", "UNKNOWN")] == [3, 1, 2]
    assert [found["ACT", f"event.{name}.subjects"] for name in ("any", "L3", "UNKNOWN")] == [2, 1, 2]
    assert found["REF", "event.any.events"] == 0


def test_each_subject_counts_once_by_the_gravest_of_events_and_values():
    """ACT1: an event of unknown level and a level 1 value; ACT2: level 2 and assistance; REF1: the event alone."""
    events = [event("ACT1"), event("ACT2", AESEV="SEVERE"), event("REF1")]
    values = [value("ACT1", 3.5), value("ACT1", 3.6), value("ACT2", 2.5), value("REF2", 5.0)]
    found, outcome = run(events, values)
    worst = {code: [found[arm, f"worst.{code}.subjects"] for arm in ("ACT", "REF", "")] for code in
             ("L3", "L2", "L1", "UNKNOWN")}  # fmt: skip
    assert worst == {"L3": [1, 0, 1], "L2": [0, 0, 0], "L1": [1, 0, 1], "UNKNOWN": [0, 1, 1]}
    behind = outcome.records.groupby("RECORDS")["USUBJID"].agg(list).to_dict()
    row = outcome.rows[(outcome.rows["statistic"] == "worst.L3.subjects") & (outcome.rows["group"] == "ACT")]
    assert behind[row.iloc[0]["records"]] == ["ACT2"]


def test_a_study_of_one_arm_is_counted():
    found, _ = run([event("REF1")], [value("REF2", 2.0)], codes=("REF",))
    assert found["REF", "event.any.subjects"] == found["REF", "value.L2.subjects"] == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"levels": [CONFIG["levels"][1], CONFIG["levels"][0]]}, "levels.L1.below: 3.9 is not under 3 of L2"),
        ({"analyte": "GLUCOSE"}, "analyte: 'GLUCOSE' is not one of"),
        ({"analyte": "GAD"}, "analyte: GAD has no values, it is qualitative"),
        ({"events": [{"AETERMS": ["x"]}]}, "where: 'AETERMS' is not one of"),
        ({"assisted": CONFIG["assisted"] | {"code": "L1"}}, "levels.code: 'L1' stands 2 times"),
    ],
)
def test_what_the_configuration_contradicts_is_told(changes, told):
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["HYPOGLYCAEMIA"] |= {
        "levels": CONFIG["levels"],
        "assisted": CONFIG["assisted"],
    } | changes
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert told in error.value.text()
