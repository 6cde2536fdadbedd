"""The data sets that leave are those that the rooms declare, under names that a transport file can carry."""

import pandas as pd
import pytest

from trial.export.dataset_json import DATA_TYPES
from trial.export.datasets import exported_datasets
from trial.export.tables import read_records
from trial.plan.load import load_study
from trial.study.errors import DataError
from trial.study.files import write_table
from trial.study.load import read_yaml
from unit.export.small import ROOT, STUDY

DEMONSTRATION = load_study(read_yaml(ROOT / "config.yaml"))
ANALYSED = load_study(read_yaml(ROOT / "tests" / "studies" / "analysed" / "config.yaml"))
EVERYTHING = (
    "ADSL", "ADAE", "ADCM", "ADDV", "ADEX", "ADICE", "ADIE", "ADLB", "ADLBS", "ADLBSAF", "ADMH", "ADSV",
)  # fmt: skip
BOOKS = ("ASSIGNED", "DV", "IE", "LABS", "LINEAGE", "POPULATIONS", "QUERIES", "ACCOUNTING")


def of(study, names=(*EVERYTHING, *BOOKS)):
    return {dataset.name: dataset for dataset in exported_datasets(study, names)}


@pytest.mark.parametrize("study", [DEMONSTRATION, STUDY, ANALYSED])
def test_names_labels_and_keys_fit(study):
    datasets = of(study)
    assert next(iter(datasets)) == "ADSL"
    for dataset in datasets.values():
        names = [column.name for column in dataset.columns]
        assert len(set(names)) == len(names) and names[:2] == ["STUDYID", "USUBJID"]
        assert all(len(name) <= 8 and name == name.upper() for name in (dataset.name, *names))
        assert set(dataset.keys) <= set(names) and dataset.structure and dataset.adam_class
        assert all(column.codelist is None or column.codelist.terms for column in dataset.columns)
        assert {column.type for column in dataset.columns} <= set(
            DATA_TYPES
        )  # no format has a word for another
        assert all(column.derivation for column in dataset.columns if column.origin == "Derived")


def test_analysis_data_leave_and_books_stay():
    assert set(of(DEMONSTRATION)) == set(EVERYTHING)
    assert set(of(ANALYSED)) == {"ADSL", "ADLB"}
    assert set(of(DEMONSTRATION, ["ADSL", "ADLB"])) == {"ADSL", "ADLB"}


def test_a_study_gives_its_own_terms():
    adlb = of(DEMONSTRATION)["ADLB"]
    assert adlb.column("AVISIT").codelist.terms == {
        "BL": "Baseline",
        "M1": "Month 1",
        "M3": "Month 3",
        "M6": "Month 6",
    }
    assert adlb.column("PARAMCD").codelist.terms["HBA1C"] == "HbA1c (%)"
    assert adlb.column("PARAM").codelist is None  # its values are the labels of the codes
    assert of(DEMONSTRATION)["ADLBSAF"].column("PARAMCD").codelist.terms["ALT"] == "ALT (U/L)"
    assert adlb.column("TRT01P").codelist.terms["CELL"] == "BM-MNC + UC-MSC"


def test_columns_say_where_they_come_from():
    adlb = of(DEMONSTRATION)["ADLB"]
    assert adlb.column("TRT01A").origin == "Predecessor" and adlb.column("TRT01A").derivation == "ADSL.TRT01A"
    assert of(DEMONSTRATION)["ADAE"].column("AERELPRD").source == "AERELPROD"
    assert of(DEMONSTRATION)["ADLBSAF"].column("HYSLAW").source == "HYSFL"  # no flag: it has a third value
    assert adlb.column("ADT").display_format == "DATE9." and adlb.column("AVAL").display_format == ""


def test_a_study_that_declares_what_would_be_added_keeps_its_own():
    content = read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml")
    content["edc"]["subject_columns"] = {"SITEID": {"label": "Study Site Identifier", "kind": "text"},
                                         "SUBJID": {"label": "Number on the Site", "kind": "text"}}  # fmt: skip
    adsl = of(load_study(content))["ADSL"]
    assert adsl.column("SUBJID").source == "SUBJID" and adsl.has("SITEID")


def test_two_variables_of_one_name_are_refused():
    content = read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml")
    content["edc"]["subject_columns"] = {"INDEXRUL": {"label": "The study's own", "kind": "text"}}
    with pytest.raises(DataError, match="'INDEXRUL' stands 2 times"):
        of(load_study(content))


def test_records_are_converted_as_stated_and_in_order_of_their_keys(tmp_path):
    adae, adsl = of(STUDY)["ADAE"], of(STUDY)["ADSL"]
    days = [
        ("S-2", "2021-01-10", 0.0),
        ("S-1", "2021-01-12", 2.0),
        ("S-1", "2021-01-09", -1.0),
        ("S-1", "", float("nan")),
    ]
    table = pd.DataFrame([{"USUBJID": subject, "ASTDT": start, "ASTDY": day} for subject, start, day in days])
    full = table.reindex(columns=list(adae.dataset), fill_value="").assign(ADURN=float("nan"))
    write_table(tmp_path / adae.file, full, list(adae.dataset))
    found = read_records(tmp_path, adae)
    # The index date is day 1, the day before it day -1; the number is that of the pipeline's order.
    shown = found.assign(ASTDY=found["ASTDY"].fillna(99.0))
    assert shown[["USUBJID", "ASTDT", "ASTDY", "ASEQ"]].values.tolist() == [
        ["S-1", "", 99.0, 3.0],
        ["S-1", "2021-01-09", -1.0, 2.0],
        ["S-1", "2021-01-12", 3.0, 1.0],
        ["S-2", "2021-01-10", 1.0, 1.0],
    ]
    assert set(found["STUDYID"]) == {"MINI-01"}
    people = pd.DataFrame(
        [{"USUBJID": "S-1", "FASFL": "Y", "AGE": 50.0}, {"USUBJID": "S-2", "FASFL": "", "AGE": 51.0}]
    )
    numbers = [name for name, kind in adsl.dataset.items() if kind == "number" and name != "AGE"]
    people = people.reindex(columns=list(adsl.dataset), fill_value="").assign(
        **dict.fromkeys(numbers, float("nan"))
    )
    write_table(tmp_path / adsl.file, people, list(adsl.dataset))
    found = read_records(tmp_path, adsl)
    assert found[["SUBJID", "FASFL", "AGEU"]].values.tolist() == [
        ["S-1", "Y", "YEARS"],
        ["S-2", "N", "YEARS"],
    ]
