"""Participant flow, populations, visits and subjects analysed, counted by hand."""

from pathlib import Path

import pandas as pd
import pytest

from studies.graft import graft
from trial.analysis.data import AnalysisData
from trial.analysis.methods import disposition, visit_completion
from trial.plan.load import load_study
from trial.study.books import ROW_BOOK
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, records, spec

STUDIES = Path(__file__).parents[2] / "studies"
STEPS = [
    {"population": "ENRLFL", "label": "Enrolled", "by_arm": False},
    {"population": "FASFL", "label": "Allocated", "by_arm": True},
    {"population": "SAFFL", "label": "Treated", "by_arm": True},
]
CONFIG = COMMON | {
    "method": "disposition", "primary": False, "endpoints": None, "population": "ENRLFL", "steps": STEPS,
    "as_received": ["SAFFL"], "discontinuation": "DSDECOD", "visit_forms": True, "evaluable": "FASFL",
    "analysed": "all",
}  # fmt: skip
FACTS = {
    "populations": [
        ["ENRLFL", ["not enrolled"]],
        ["FASFL", ["not allocated", "no time zero"]],
        ["SAFFL", ["not in the full analysis set", "not treated"]],
    ],
    "endpoints": ["FPG"],
    "subjects_file": "edc/subjects.csv",
    "screened": True,
    "discontinued": True,
}
# Subject: planned arm, treatment received, end, reason of the end, reasons why not in FASFL and in SAFFL.
SUBJECTS = {
    "A1": ("ACT", "ACT", "", "", "", ""),
    "A2": ("ACT", "REF", "2020-02-29", "DEATH", "", ""),
    "A3": ("ACT", "", "2020-03-01", "", "", "not treated"),
    "A4": ("ACT", "", "", "", "not allocated; no time zero", "not in the full analysis set; not treated"),
    "R1": ("REF", "REF", "", "LOST TO FOLLOW-UP", "", ""),
    "R2": ("REF", "REF", "", "", "", ""),
}
# Time zero is 1 January 2020: M1 closes on day 59, 29 February.
FORMS = [
    ("A1", "BL", "2020-01-01", "Y", ""), ("A1", "Month 1", "2020-01-31", "Y", ""),
    ("A2", "BL", "2020-01-01", "Y", ""), ("A2", "M1", "", "N", "died"),
    ("A3", "BL", "2020-01-01", "Y", ""), ("A3", "M1", "", "N", "did not come"),
    ("R1", "BL", "2020-01-01", "", ""), ("R1", "M1", "", "N", ""),
    ("R2", "BL", "2020-01-01", "Y", ""),
]  # fmt: skip
# Endpoint records: subject, visit, whether analysed, and the baseline that it is compared with.
VALUES = [
    ("A1", "BL", "Y", 8.0), ("A1", "M1", "Y", 8.0), ("A2", "BL", "Y", 8.0), ("A2", "M1", "", 8.0),
    ("A3", "M1", "Y", None), ("R1", "M1", "", None), ("R2", "BL", "Y", 7.0), ("R2", "M3", "Y", 7.0),
]  # fmt: skip


def members(others):
    """Return the membership of every population with its reasons; `others`: further ones of FASFL."""
    rows = []
    for name, (*_, not_fas, not_saf) in SUBJECTS.items():
        for flag, why in (("ENRLFL", ""), ("FASFL", others.get(name, not_fas)), ("SAFFL", not_saf)):
            rows.append({"USUBJID": name, "POPULATION": flag, "MEMBER": "N" if why else "Y", "REASON": why})
    return pd.DataFrame(rows)


def given(config, others=None, **facts):
    """Return the input of an analysis of six subjects, two of whom did not reach every step."""
    adsl = pd.DataFrame(
        [(name, "Y", arm, got, end, why, "2020-01-01") for name, (arm, got, end, why, *_) in SUBJECTS.items()],
        columns=["USUBJID", "ENRLFL", "TRT01P", "TRT01A", "DISCDT", "DSDECOD", "INDEXDT"],
    ).assign(FASFL=lambda table: ["" if SUBJECTS[name][4] else "Y" for name in table["USUBJID"]])  # fmt: skip
    adlb = pd.DataFrame(VALUES, columns=["USUBJID", "AVISIT", "ANL01FL", "BASE"]).assign(PARAMCD="FPG")
    adlb["ABLFL"] = ["Y" if visit == "BL" else "" for visit in adlb["AVISIT"]]
    fates = [dict.fromkeys(ROW_BOOK, "") | {"FILE": file, "ROW": str(row), "RULE": rule}
             for row, (file, rule) in enumerate([("edc/subjects.csv", "SCREEN_FAILURE"), ("edc/subjects.csv", ""),
                                                 ("edc/subjects.csv", "SCREEN_FAILURE"),
                                                 ("edc/visits.csv", "SCREEN_FAILURE")])]  # fmt: skip
    forms = pd.DataFrame(FORMS, columns=["USUBJID", "VISIT", "SVDT", "DONE", "REASON"])
    tables = {
        "populations": members(others or {}),
        "adlb": adlb,
        "accounting": pd.DataFrame(fates),
        "adsv": forms,
    }
    described = spec(name="DISP").model_copy(update={"endpoint": None, "facts": FACTS | facts})
    return AnalysisData.of(described, config, adsl, records().iloc[:0], {}, tables=tables)


def counted(facts=None, others=None, **changes):
    """Return the numbers by (arm, statistic), those of all arms under an empty arm, and the outcome."""
    config = disposition.Config.model_validate(CONFIG | changes)
    outcome = disposition.run(given(config, others, **(facts or {})), config)
    rows = outcome.rows
    return dict(zip(zip(rows["group"], rows["statistic"], strict=True), rows["value"], strict=True)), outcome


def test_steps_with_the_reasons_of_those_who_did_not_take_them():
    found, _ = counted()
    assert (found["", "screened.n"], found["", "screened.not.n"]) == (8, 2)
    assert found["", "step.ENRLFL.n"] == 6 and ("ACT", "step.ENRLFL.n") not in found
    assert [found[arm, "step.FASFL.n"] for arm in ("ACT", "REF", "")] == [3, 2, 5]
    # One subject with two reasons stands under both, and nobody twice under "not".
    assert found["ACT", "step.FASFL.not.n"] == 1
    assert (
        found["ACT", "step.FASFL.not.not_allocated.n"],
        found["ACT", "step.FASFL.not.no_time_zero.n"],
    ) == (1, 1)
    assert found["REF", "step.FASFL.not.not_allocated.n"] == 0  # a reason that nobody has stands too
    # Of the allocated: A4 is no member of the safety set either, but did not reach this step.
    assert [found["ACT", f"step.SAFFL.{name}.n"] for name in ("not", "not.not_treated")] == [1, 1]
    assert found["ACT", "step.SAFFL.pct"] == 50.0


def test_a_reason_that_shows_a_value_is_one_reason():
    """Whatever the value: each of two criteria would otherwise be a line of its own, and the declared one empty."""
    facts = {
        "populations": [
            ["ENRLFL", []],
            ["FASFL", ["criteria not met: {value}", "no time zero"]],
            ["SAFFL", []],
        ]
    }
    given_reasons = {"A4": "criteria not met: I5, E7; no time zero", "R2": "criteria not met: E1"}

    found, _ = counted(facts, given_reasons)
    assert [found[arm, "population.FASFL.not.criteria_not_met.n"] for arm in ("ACT", "REF")] == [1, 1]
    assert found["ACT", "population.FASFL.not.no_time_zero.n"] == 1
    assert not [name for _, name in found if "I5" in name or "{" in name]


def test_the_three_groups_of_a_visit_add_up_to_those_allocated():
    found, _ = counted()
    for visit, arm, expected in (
        ("BL", "ACT", (3, 0, 0)), ("M1", "ACT", (1, 1, 1)), ("BL", "REF", (2, 0, 0)), ("M1", "REF", (0, 0, 2)),
        ("M3", "ACT", (0, 2, 1)),
    ):  # fmt: skip
        names = (f"visit.{visit}.n", f"visit.{visit}.left.n", f"visit.{visit}.missed.n")
        assert tuple(found[arm, name] for name in names) == expected, (visit, arm)
    # A2 ended on the last day of the window of M1, A3 the day after it.
    assert found["ACT", "visit.M1.left.Death.n"] == 1
    assert found["ACT", "visit.M1.missed.did_not_come.n"] == 1
    assert found["ACT", "visit.M3.left.Reason_not_recorded.n"] == 1
    assert found["REF", "visit.M1.missed.no_reason_recorded.n"] == 1
    assert found["REF", "visit.M1.missed.no_record_of_the_visit.n"] == 1


def test_a_discontinuation_without_its_date_is_one():
    found, _ = counted()
    assert [found[arm, "completed.n"] for arm in ("ACT", "REF", "")] == [1, 1, 2]
    assert [found[arm, "discontinued.n"] for arm in ("ACT", "REF", "")] == [2, 1, 3]
    assert found["REF", "discontinued.Lost_to_follow-up.n"] == 1
    assert found["ACT", "discontinued.Lost_to_follow-up.n"] == 0


def test_populations_by_planned_and_by_received_treatment():
    found, outcome = counted()
    assert [found[arm, "population.SAFFL.n"] for arm in ("ACT", "REF", "")] == [2, 2, 4]
    assert [found["", f"population.SAFFL.received.{arm}.n"] for arm in ("ACT", "REF")] == [1, 3]
    assert found["ACT", "population.SAFFL.received.REF.n"] == 1
    assert found["ACT", "population.FASFL.not.n"] == 1
    order = [line["code"] for line in outcome.record["lines"] if line["kind"] == "population"]
    assert order == ["ENRLFL", "FASFL", "SAFFL"]


def test_analysed_are_those_with_a_baseline_and_a_later_analysed_value():
    found, _ = counted()
    assert [found[arm, "analysed.FPG.n"] for arm in ("ACT", "REF")] == [1, 1]
    why = {name: found["", f"analysed.FPG.{name}.n"] for name in (
        "No_analysed_value", "No_baseline_value", "No_value_after_baseline")}  # fmt: skip
    # A2's later record is not analysed, A3 has no baseline, R1 nothing that is analysed.
    assert why == {"No_analysed_value": 1, "No_baseline_value": 1, "No_value_after_baseline": 1}


def test_nothing_is_counted_that_the_data_do_not_hold():
    found, outcome = counted({"screened": False, "discontinued": False}, visit_forms=False)
    names = {name for _, name in found}
    assert not [name for name in names if name.startswith(("screened", "visit", "completed", "discontinued"))]
    assert not outcome.record["screened"]


def test_every_number_names_its_subjects():
    _, outcome = counted()
    behind = outcome.records.groupby("RECORDS")["USUBJID"].agg(set)
    rows = outcome.rows.set_index(["group", "statistic"])
    assert behind[rows.loc[("ACT", "visit.M1.missed.n"), "records"]] == {"A3"}
    assert behind[rows.loc[("", "analysed.FPG.n"), "records"]] == {"A1", "R2"}


def test_subjects_outside_the_population_are_counted_for_a_note():
    _, outcome = counted(population="FASFL")
    assert outcome.record["outside"] == 1


def test_visits_and_values_by_endpoint():
    changes = {"method": "visit_completion", "population": "FASFL", "visit_forms": True}
    kept = {name: value for name, value in CONFIG.items() if name in (*COMMON, "analysed")}
    config = visit_completion.Config.model_validate(kept | changes)
    rows = visit_completion.run(given(config), config).rows
    found = rows.set_index(["visit", "group", "statistic"])["value"]
    assert found["M1", "ACT", "value.FPG.n"] == 2  # A1 and A3: a baseline is not asked for
    assert found["M1", "ACT", "value.FPG.pct"] == pytest.approx(100 * 2 / 3)
    assert [found["M1", "ACT", f"visit.{name}.n"] for name in ("done", "left", "missed")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"evaluable": "PPFL"}, "analyses.DISPOSITION.evaluable: 'PPFL' is not one of"),
        ({"discontinuation": "AGE"}, "analyses.DISPOSITION.discontinuation: AGE is no text in ADSL"),
        ({"analysed": ["XYZ"]}, "analyses.DISPOSITION.analysed: 'XYZ' is not one of"),
        ({"steps": STEPS[:1]}, "analyses.DISPOSITION.steps: by_arm is false before the allocation"),
        ({"steps": STEPS[::-1]}, "analyses.DISPOSITION.steps: by_arm is false before the allocation"),
    ],
)
def test_a_wrong_section_is_refused_by_its_key(changes, message):
    content = read_yaml(STUDIES / "three_arm" / "config.yaml")
    content["analyses"]["DISPOSITION"] |= changes
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert message in str(error.value)


@pytest.mark.parametrize("study", ["three_arm", "analysed"])
def test_visits_that_the_study_has_not_are_refused(study):
    content = read_yaml(STUDIES / study / "config.yaml")
    content = content if study == "three_arm" else graft(content, raw=False)
    for name in ("DISPOSITION", "COMPLETION"):
        content["analyses"][name]["visit_forms"] = True
    if study == "three_arm":
        content["edc"]["visits"] = None
        content["edc"]["spellings"].pop("DONE")
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert str(error.value).count("visit_forms: the study has no file of visits (edc.visits)") == 2
