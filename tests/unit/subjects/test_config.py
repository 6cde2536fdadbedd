"""The sections of the subject level: strict, and checked against each other."""

import re
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from pydantic import ValidationError

from trial.study.files import json_text
from trial.study.load import read_yaml
from trial.subjects.config import SubjectSections, SubjectsSpec, check, slices

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def content():
    found = read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml")
    return deepcopy({key: found[key] for key in SubjectSections.model_fields})


def found(content):
    return "\n".join(check(SubjectSections.model_validate(content)))


def test_the_committed_sections_do_not_contradict_each_other(content):
    assert found(content) == ""


def spell(**columns):
    """Return a change that gives columns these spellings."""
    return lambda c: c["edc"]["spellings"].update(columns)


CONTRADICTIONS = [
    (lambda c: c["edc"].update(screen_failures=["ACTIVE"]), "edc.screen_failures: 'ACTIVE' is also one of arms.site_texts"),
    (lambda c: c["edc"]["spellings"].pop("SEX"), "edc.spellings.SEX: required, since the study has its file"),
    (spell(AETERM={"fever": "F"}), "edc.spellings.AETERM: not one of the coded columns SEX, DONE"),
    (spell(SEX={"Nữ": "W"}), "edc.spellings.SEX.Nữ: 'W' is not one of F, M"),
    (spell(CMREASON={"rescue": "rescue"}), "edc.spellings.CMREASON.rescue: 'rescue' is not one of RESCUE, OTHER"),
    (spell(DONE={"Yes": "Y", "yes ": "N"}), "edc.spellings.DONE.yes : stands for Y and N"),
    (lambda c: c.update(reference_arm="REFF"), "reference_arm: 'REFF' is not one of ACT, REF; did you mean 'REF'?"),
    (lambda c: c["arms"].pop(), "arms: a comparison needs at least two arms, found 1"),
    (lambda c: c["arms"][1].update(code="ACT"), "arms.code: 'ACT' stands 2 times"),
    (lambda c: c["arms"][1].update(site_texts=["Active"]), "arms.site_texts: 'active' stands 2 times"),
    (lambda c: c["edc"].update(subject_columns={"SEX": {"label": "Sex", "kind": "text"}}),
     "edc.subject_columns.SEX: every ADSL has this column already"),
    (lambda c: c["edc"].update(subject_columns={"ROW": {"label": "Row", "kind": "text"}}),
     "edc.subject_columns.ROW: the name stands for the row of a raw file"),
    (lambda c: c["edc"].update(subject_columns={"FASFL": {"label": "FAS", "kind": "text"}}),
     "edc.subject_columns.FASFL: populations.FASFL gives a column of this name"),
    (lambda c: c["populations"].update(AGE=c["populations"].pop("SAFFL")),
     "populations.AGE: every ADSL has a column of this name"),
    (lambda c: c["populations"]["FASFL"]["conditions"][0].update(variable="ALOCDT"),
     "populations.FASFL.conditions.0.variable: 'ALOCDT' is not one of USUBJID, ARMCD"),
    (lambda c: c["populations"]["FASFL"]["conditions"][0].update(otherwise="no date; not allocated"),
     "populations.FASFL.conditions.0.otherwise: several reasons are joined by ';'"),
    (lambda c: c["populations"]["FASFL"]["conditions"][0].update(variable="SAFFL"),
     "populations.FASFL: stands on itself\npopulations.SAFFL: stands on itself"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line"), CONTRADICTIONS, ids=[line for _, line in CONTRADICTIONS])
def test_sections_that_contradict_each_other(content, change, line):
    change(content)
    assert line in found(content)


MALFORMED = [
    (lambda e: e["limits"].update(AGE=[90, 18]), "the lower limit 90 lies above the upper limit 18"),
    (lambda e: e["limits"].update(HEIGHT_CM=[0, 200]), "greater than 0"),
    (lambda e: e["limits"].pop("BMI"), "Field required"),
    (lambda e: e.update(dates=["dd/MM/yyyy"]), "no month (MM are minutes); expected ISO, or one each of yyyy"),
    (lambda e: e.update(dates=[]), "at least 1 item"),
    (lambda e: e["spellings"].update(SEX={}), "at least 1 item"),
    (lambda e: e["subject_columns"].update(SITE={"label": "Site", "kind": "text", "limits": [1, 2]}),
     "limits belong to kind number, found kind text"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line"), MALFORMED, ids=[line for _, line in MALFORMED])
def test_a_malformed_section_says_what_is_wrong(content, change, line):
    change(content["edc"])
    with pytest.raises(ValidationError, match=re.escape(line)):
        SubjectSections.model_validate(content)


def test_the_files_that_a_study_has_not_need_no_spellings(content):
    for kind in ("visits", "medications", "adverse_events", "discontinuation"):
        content["edc"][kind] = None
    content["edc"]["spellings"] = {"SEX": {"F": "F", "M": "M"}}
    assert found(content) == ""


def test_hospital_numbers_need_a_key_file(content):
    content["edc"]["subject_key"] = None
    plan = SubjectSections.model_validate(content)
    ids = {"a": "hospital number", "b": "study id"}
    sources = {name: SimpleNamespace(subject=SimpleNamespace(id=one)) for name, one in ids.items()}
    whole = SimpleNamespace(**dict(plan), sources=sources, subject_kinds=plan.subject_kinds)
    assert check(whole) == ["sources.a.subject.id: hospital number needs edc.subject_key, which is null"]


def test_a_population_may_ask_for_a_flag_of_the_edc(content):
    content["edc"]["subject_columns"] = {
        "PPROT": {"label": "Per protocol", "kind": "text", "codes": {"Y": "Yes", "N": "No"}}
    }
    asked = {"variable": "PPROT", "equals": "Y", "if_missing": "fails", "otherwise": "violation"}
    content["populations"]["PPROTFL"] = {"label": "Per protocol set", "conditions": [asked]}
    assert found(content) == ""


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"label": "x" * 41, "kind": "text"}, "at most 40"),
        ({"label": "Site", "kind": "code"}, "'text', 'number' or 'date'"),
        ({"label": "Age", "kind": "number", "codes": {"1": "one"}}, "codes belong to kind text"),
    ],
)
def test_columns_that_cannot_be_declared(content, column, message):
    content["edc"]["subject_columns"] = {"SITE": column}
    with pytest.raises(ValidationError, match=message):
        SubjectSections.model_validate(content)


def slice_of(content):
    ((name, spec),) = slices(SubjectSections.model_validate(content))
    assert name == "derive_subjects"
    return json_text(spec.model_dump(mode="json"))


def test_the_slice_reads_back_and_labels_are_no_part_of_it(content):
    content["edc"]["subject_columns"] = {"SITE": {"label": "Site", "kind": "text"}}
    before = slice_of(content)
    assert SubjectsSpec.model_validate_json(before).edc.subject_columns["SITE"].kind == "text"
    content["edc"]["subject_columns"]["SITE"]["label"] = "Centre"
    assert slice_of(content) == before
    # Who is a member is decided by another job.
    content["populations"]["FASFL"]["conditions"][0]["otherwise"] = "no allocation"
    assert slice_of(content) == before
    content["edc"]["subject_columns"]["SITE"]["column"] = "CENTRE"
    assert slice_of(content) != before


def test_the_order_of_populations_and_columns_says_nothing(content):
    before = slice_of(content)
    content["populations"] = dict(reversed(content["populations"].items()))
    assert slice_of(content) == before


def test_the_examples_of_the_docs_are_valid(content):
    page = (ROOT / "workflow" / "docs" / "analysis-data.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block.partition("```")[0]) for block in page.split("```yaml\n")[1:]]
    written, own = (block["edc"] for block in blocks if "edc" in block)
    # The examples show some of the tables' rows; the others are the study's.
    for name in ("spellings", "limits"):
        written[name] = content["edc"][name] | written[name]
    edc = written | own
    (populations,) = [block["populations"] for block in blocks if "populations" in block]
    content["edc"] |= edc
    content["populations"] |= populations
    assert found(content) == ""
