"""What the sections contradict in the rest of the study is said with its key, before anything runs."""

from copy import deepcopy
from pathlib import Path

import pytest

from trial.eligibility.config import PopulationsSpec, slices
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml

STUDY = Path(__file__).resolve().parents[2] / "studies" / "three_arm" / "config.yaml"


@pytest.fixture
def content():
    return deepcopy(read_yaml(STUDY))


def problems(content):
    with pytest.raises(ConfigError) as error:
        load_study(content)
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e, d: e.update(reference="AGE"), "eligibility.reference"),
        (lambda e, d: e.update(days=[14, 0]), "the first day 14 lies after the last 0"),
        (lambda e, d: e["criteria"]["I1"].update(form="part"), "the investigator's form is edc.eligibility, which is null"),
        (lambda e, d: e["criteria"]["I1"]["tests"][0].update(since="SEX"), "eligibility.criteria.I1.tests.0.since"),
        (lambda e, d: e["criteria"]["I2"]["tests"][0].update(analyte="HBA2"), "eligibility.criteria.I2.tests.0.analyte"),
        (lambda e, d: e["criteria"]["I2"]["tests"][0].update(unit="mmol/mol"), "results of HBA1C are in %, found mmol/mol"),
        (
            lambda e, d: e["criteria"]["I2"].update(tests=[{"test": "serology", "any_of": ["HIV"], "result": "POSITIVE"}]),
            "serology needs edc.serology, which is null",
        ),
        (
            lambda e, d: e["criteria"]["I2"].update(tests=[{"test": "history", "category": ["HEART"], "within_months": 6}]),
            "HEART is no code of edc.spellings.MHCAT (which has none)",
        ),
        (lambda e, d: e["criteria"]["E2"]["applies_to"].update(variable="GENDER"), "E2.applies_to.variable"),
        (lambda e, d: d["derived"][0].update(category="OTHER"), "deviations.derived.0.category"),
        (lambda e, d: d["derived"][0].update(criteria=["I9"]), "deviations.derived.0.criteria"),
        (lambda e, d: d["derived"][1].update(visits=["W5"]), "deviations.derived.1.visits"),
    ],
)  # fmt: skip
def test_contradictions_have_their_key(content, change, message):
    change(content["eligibility"], content["deviations"])
    assert message in problems(content)


def test_without_the_section_its_columns_and_its_analysis_are_unknown(content):
    del content["eligibility"]
    found = problems(content)
    assert "populations.PPROTFL.conditions.1.variable" in found
    assert "analyses.ELIGIBILITY.method: eligibility needs the section eligibility" in found
    assert "deviations.derived.0.rule: eligibility needs the section eligibility" in found


def test_the_slice_reads_back_and_words_are_no_part_of_it(content):
    def slice_of():
        ((name, spec),) = slices(load_study(content))
        assert name == "derive_populations"
        return spec.model_dump_json()

    before = slice_of()
    assert PopulationsSpec.model_validate_json(before).order == ("I1", "I2", "E1", "E2")
    content["eligibility"]["criteria"]["I1"]["wording"] = "Grown up"
    content["populations"]["PPROTFL"]["label"] = "PP"
    assert slice_of() == before
    content["eligibility"]["criteria"]["I1"]["tests"][0]["at_least"] = 21
    assert slice_of() != before


def test_an_output_has_one_population_unless_it_says_which(content):
    content["outputs"][0]["analyses"] = {"model": ["PRIMARY"]}
    content["analyses"]["PP"] = content["analyses"]["PRIMARY"] | {"primary": False, "population": "PPROTFL"}
    panel = {"id": "t14-2-9-2-{number}", "template": "sensitivity_table", "analyses": {"effect": ["PRIMARY", "PP"]},
             "endpoints": "all", "e3": "14.2", "title": None, "footnotes": []}  # fmt: skip
    content["outputs"].append(panel)
    load_study(content)
    panel |= {"id": "t14-2-9-4-{number}", "template": "model_table",
              "analyses": {"model": ["PP"], "observed": ["OBSERVED"], "counts": ["POPULATION"]}}  # fmt: skip
    content["outputs"].append(panel)
    assert "one output shows one population" in problems(content)
