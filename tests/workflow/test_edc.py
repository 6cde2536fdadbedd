"""Whole runs of a study with study ids alone, without indices, and with a screening failure."""

import pandas as pd
import pytest
import yaml

from workflow.conftest import copy_study, relock, snakemake


def strip(folder):
    """Make the mini study one with study ids, without indices, whose last subject failed at screening."""
    raw = folder / "data" / "raw"
    key = pd.read_csv(raw / "edc/subject_key.csv", dtype=str).set_index("MA_BN")["USUBJID"]
    labs = pd.read_csv(raw / "labs/labs.csv", dtype=str, keep_default_na=False)
    labs["PatientID"] = labs["PatientID"].map(key)
    labs.to_csv(raw / "labs/labs.csv", index=False)
    subjects = pd.read_csv(raw / "edc/subjects.csv", dtype=str, keep_default_na=False)
    subjects.loc[subjects.index[-1], ["ARM", "ALLOC_DT", "INFUSION_DT"]] = ["Screen failure", "", ""]
    subjects.to_csv(raw / "edc/subjects.csv", index=False)
    (raw / "edc/subject_key.csv").unlink()
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    config["edc"].update(subject_key=None, screen_failures=["SCREEN FAILURE"])
    config["sources"]["lab"]["subject"] = {"id": "study id", "place": "column"}
    config["indices"] = None
    del config["endpoints"]["HOMAIR"]
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    relock(folder)
    return subjects["USUBJID"].iloc[-1]


@pytest.fixture(scope="module")
def stripped(tmp_path_factory):
    folder = copy_study("mini", tmp_path_factory.mktemp("study ids") / "the study")
    failure = strip(folder)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    return folder / "results", failure


def table(results, name):
    return pd.read_csv(results / "data" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_the_results_are_those_of_the_same_study_with_hospital_numbers(stripped, mini):
    results, failure = stripped
    assert (results / "report" / "index.html").exists()
    with_key = pd.read_csv(mini[0] / "results" / "data" / "adlb.csv", dtype=str, keep_default_na=False)
    wanted = with_key[(with_key["PARAMCD"] == "HBA1C") & (with_key["USUBJID"] != failure)]
    found = table(results, "adlb").query("PARAMCD == 'HBA1C' and USUBJID != @failure")
    columns = ["USUBJID", "COLLECTED", "AVAL", "BASE", "CHG", "AVISIT", "FASFL"]
    columns = [name for name in columns if name in wanted]
    assert len(columns) >= 5
    assert found[columns].to_numpy().tolist() == wanted[columns].to_numpy().tolist()


def test_a_screening_failure_is_counted_and_in_no_population(stripped):
    results, failure = stripped
    assert failure not in set(table(results, "adsl")["USUBJID"])
    assert failure not in set(table(results, "populations")["USUBJID"])
    book = table(results, "accounting")
    mine = book[(book["FILE"] == "edc/subjects.csv") & (book["FATE"] != "used")]
    assert mine["RULE"].tolist() == ["SCREEN_FAILURE"]
    labs = book[(book["FILE"] == "labs/labs.csv") & (book["RULE"] == "SCREEN_FAILURE")]
    raw = pd.read_csv(results.parent / "data/raw/labs/labs.csv", dtype=str, keep_default_na=False)
    lines = raw.index[raw["PatientID"] == failure] + 2
    assert len(lines) > 3
    assert sorted(labs["ROW"].astype(int)) == lines.tolist()
    assert set(labs["FATE"]) == {"quarantined"}
    for name in ("labs", "adlb"):
        assert failure not in set(table(results, name)["USUBJID"]), name
    assert failure not in set(table(results, "queries")["SUBJECT"])
