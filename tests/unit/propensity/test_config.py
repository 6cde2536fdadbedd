"""The section `design` and the analyses that use its weights: what is wrong is said before anything runs."""

from copy import deepcopy
from pathlib import Path

import pytest

from trial.plan.jobs import analysis_jobs, design_files
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[3]
DEMO = read_yaml(ROOT / "config.yaml")


@pytest.fixture
def content():
    return deepcopy(DEMO)


def problems(content):
    with pytest.raises(ConfigError) as error:
        load_study(content)
    return str(error.value)


def add(content, variable, kind="numeric"):
    content["design"]["covariates"].append({"variable": variable, "kind": kind})


@pytest.mark.parametrize("name", ["DSDECOD", "TRT01A", "RESCDT", "FASFL"])
def test_what_is_not_known_at_baseline_is_no_covariate(content, name):
    add(content, name, "factor")
    assert f"design.covariates: {name} is no covariate that is known at baseline" in problems(content)


def test_wrong_names_and_kinds_are_named(content):
    add(content, "AGGE")
    add(content, "BASE_HBA1")
    add(content, "BMI")
    content["design"]["covariates"][1]["kind"] = "numeric"
    content["design"]["treated"] = "STD"
    text = problems(content)
    assert "'AGGE' is not one of" in text and "'HBA1' is not one of" in text
    assert "'BMI' stands 2 times" in text
    assert "SEX is text in ADSL, not numeric" in text
    assert "design.treated: 'STD' is not one of CELL" in text


def test_analyses_with_weights_need_the_stage_its_kind_and_its_patients(content):
    content["design"]["kinds"] = ["ATO", "ATE"]
    content["analyses"]["OVERLAP_MMRM"]["population"] = "SAFFL"
    text = problems(content)
    assert "analyses.ATT_MMRM.weights: ATT is not among design.kinds (ATO, ATE)" in text
    assert "analyses.OVERLAP_MMRM.population: SAFFL is not that of the weights" in text
    content["design"] = None
    text = problems(content)
    assert "analyses.AIPW.weights: ATE are made by the section design, which is null" in text
    assert "analyses.BALANCE.method: balance shows the section design, which is null" in text


def test_outcome_models_of_augmented_weighting_are_by_visit(content):
    content["analyses"]["AIPW"]["covariates"][1]["by_visit"] = False
    assert "analyses.AIPW.covariates: BMI: outcome models are by visit; by_visit: true" in problems(content)


def test_every_covariate_has_a_name_in_the_balance(content):
    names = content["analyses"]["BALANCE"]["names"]
    names["WEIGHT"] = names.pop("BMI")
    text = problems(content)
    assert "analyses.BALANCE.names: required is the name of BMI" in text
    assert "names: WEIGHT is no covariate of the design stage" in text


def test_e_values_are_of_an_analysis_that_compares_arms_for_the_same_patients_and_outcome(content):
    content["analyses"]["EVALUE"]["of"] = "OBSERVED"
    assert "analyses.EVALUE.of: OBSERVED is of the method descriptive, which compares no arms" in problems(
        content
    )
    content["analyses"]["EVALUE"] |= {"of": "NO_RESCUE", "response": "value"}
    text = problems(content)
    assert "analyses.EVALUE.estimand: TREATMENT_POLICY is not that of NO_RESCUE (HYPOTHETICAL)" in text
    assert "analyses.EVALUE.response: value is not that of NO_RESCUE (change)" in text
    content["analyses"]["EVALUE"]["of"] = "NOBODY"
    assert "'NOBODY' is not one of" in problems(content)


def test_weighted_jobs_read_the_files_of_the_stage_and_the_stage_reads_no_result(content):
    study = load_study(content)
    jobs = analysis_jobs(study)
    tables = dict(jobs["OVERLAP_MMRM", "HBA1C"].tables)
    assert {"weights", "matrix", "balance"} <= set(tables)
    assert all(path.startswith("results/design/") for name, path in tables.items() if name != "events")
    assert jobs["BALANCE", "study"].records == ()
    assert set(dict(jobs["BALANCE", "study"].tables)) == {"balance", "weights"}
    assert jobs["EVALUE", "HBA1C"].sources == ("results/analyses/PRIMARY/HBA1C/rows.csv",)
    assert "results/design/covariates.csv" in design_files(study)


def test_a_study_without_the_stage_has_no_job_and_no_file_of_it():
    study = load_study(read_yaml(ROOT / "tests/studies/mini/config.yaml"))
    assert not {"collect_covariates", "weigh_subjects"} & set(slice_study(study))
    assert design_files(study) == []


def test_names_and_estimands_of_analyses_change_no_slice_of_the_stage(content):
    before = slice_study(load_study(content))
    content["analyses"]["BALANCE"]["names"]["BMI"] = "Body mass index"
    content["analyses"]["AIPW"]["label"] = "Another label"
    after = slice_study(load_study(content))
    changed = {name for name in before if before[name] != after[name]}
    assert {"weigh_subjects", "collect_covariates", "analysis.AIPW.HBA1C"} & changed == set()
    assert "analysis.BALANCE.study" in changed
