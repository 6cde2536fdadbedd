"""Variables: one place says name, label, type, length, origin and codelist of every column."""

import pytest

from trial.adam.config import GivenPopulation
from trial.adam.schema import adsl as given_adsl
from trial.eligibility.schema import ADDV, ADIE
from trial.endpoints.schema import LINEAGE, adlb, endpoint_adlb
from trial.labs.schema import LABS
from trial.study.variables import Dataset, Variable
from trial.subjects.config import Population
from trial.subjects.config_edc import SubjectColumn
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.schema import ADAE, ADSL, ADSV, POPULATIONS
from trial.subjects.schema import adsl as adsl_of

FLAGS = {"SAFFL": "Safety set", "FASFL": "Full analysis set"}
DATASETS = [
    LABS,
    ADSL,
    ADSV,
    ADAE,
    POPULATIONS,
    ADIE,
    ADDV,
    *(file.dataset for file in RECORD_FILES),
    LINEAGE,
    endpoint_adlb(FLAGS),
    adlb(FLAGS),
]


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: f"{dataset.name} {len(dataset)}")
def test_every_column_is_described(dataset):
    for variable in dataset.variables:
        assert 1 <= len(variable.label) <= 40
        assert 1 <= variable.length <= 200
        assert dataset[variable.name] in ("text", "number", "date")
    labels = [variable.label for variable in dataset.variables]
    assert len(set(labels)) == len(labels)


# Names of the pipeline's own that an export to a transport file must shorten.
LONG = {"INDEXRULE", "AERELPROD", "AERELPROC"}


@pytest.mark.parametrize("dataset", [ADSL, ADAE, adlb(FLAGS)], ids=lambda dataset: dataset.name)
def test_names_of_adam_data_sets_fit_a_transport_file(dataset):
    assert {name for name in dataset if len(name) > 8} <= LONG


def test_a_column_has_one_label_wherever_it_stands():
    labels = {}
    for dataset in DATASETS:
        for variable in dataset.variables:
            if variable.name not in ("REASON", "VISIT", "VALUE", "UNIT"):
                assert labels.setdefault(variable.name, variable.label) == variable.label


def test_kinds_follow_from_types():
    assert (ADSL["AGE"], ADSL["ENRLDT"], ADSL["SEX"], LABS["COLLECTED"]) == ("number", "date", "text", "text")
    assert ADSL.only("AGE", "SEX") == {"AGE": "number", "SEX": "text"}


def test_the_flags_and_columns_of_a_study_join_adsl():
    populations = {
        name: Population.model_validate(
            {"label": label, "conditions": [{"variable": "ENRLDT", "is": "present", "otherwise": "no"}]}
        )
        for name, label in FLAGS.items()
    }
    column = SubjectColumn.model_validate({"label": "Site", "kind": "text", "codes": {"A": "North"}})
    dataset = adsl_of(populations, {"SITE": column})
    names = list(dataset)
    assert names[names.index("INDEXRULE") + 1 :] == [
        "FASFL", "SAFFL", "TRTEMDT", "RESCDT", "DISCDT", "DSDECOD", "SITE",
    ]  # fmt: skip
    assert dataset.variable("FASFL").label == "Full analysis set"
    assert dataset.variable("SITE").codelist.terms == {"A": "North"}


def test_a_study_that_is_analysed_already_adds_them_to_its_own_core():
    population = GivenPopulation.model_validate(
        {
            "label": "Safety set",
            "conditions": [{"variable": "SAFFL", "equals": "Y", "if_missing": "fails", "otherwise": "no"}],
        }
    )
    column = SubjectColumn.model_validate({"label": "Site", "kind": "text", "codes": {"A": "North"}})
    dataset = given_adsl({"SAFFL": population}, {"SITE": column, "SAFFL": column})
    names = list(dataset)
    assert names[names.index("TRT01A") + 1 :] == ["SAFFL", "INDEXDT", "DISCDT", "SITE"]
    assert dataset.variable("SAFFL").label == "Safety set"
    assert dataset.variable("SITE").origin == "Predecessor"


def test_declarations_that_contradict_themselves():
    with pytest.raises(ValueError, match="1 to 40 characters"):
        Variable("A", "x" * 41, "text", "Derived")
    one = Variable("A", "a", "text", "Derived")
    with pytest.raises(ValueError, match="columns twice"):
        Dataset("D", "d", ("A",), (one, one))
    with pytest.raises(ValueError, match="a key that is no column"):
        Dataset("D", "d", ("B",), (one,))
