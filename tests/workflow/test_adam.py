"""The loop closes: a study entered as analysed data gives the numbers of the same study entered as raw files."""

import re

import pandas as pd
import pytest

from workflow.adam_files import write_files
from workflow.conftest import STUDIES, copy_study, snakemake

ADAM = STUDIES / "analysed" / "data" / "raw" / "adam"


@pytest.fixture(scope="module")
def analysed(mini, tmp_path_factory):
    """The analysed study after one whole run: (study folder, process)."""
    folder = copy_study("analysed", tmp_path_factory.mktemp("analysed") / "the study")
    done = snakemake(folder, code=mini[1])
    assert done.returncode == 0, done.text
    return folder, done


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_the_committed_files_are_those_of_the_mini_study(mini, tmp_path):
    write_files(mini[0] / "results", tmp_path)
    for name in ("adsl.csv", "adlb.csv"):
        assert (tmp_path / name).read_bytes() == (ADAM / name).read_bytes(), "make them again: adam_files.py"


def test_every_statistic_is_the_same_to_the_last_digit(mini, analysed):
    ours, theirs = mini[0] / "results", analysed[0] / "results"
    assert len(read(ours / "ard.csv")) > 100
    for name in ("ard.csv", "records.csv", "data/adlb.csv"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    # Nor does anything printed differ, but for the lock that each line names.
    for path in sorted((ours / "tables").glob("t14-*.csv")):
        texts = [(folder / "tables" / path.name).read_text(encoding="utf-8") for folder in (ours, theirs)]
        one, two = (re.sub(r"[A-Z-]+-1 \([0-9a-f]{12}\)", "LOCK", text) for text in texts)
        assert one == two, path.name
    assert read(theirs / "data" / "queries.csv").empty


def test_the_trace_ends_at_a_cell_of_the_data_set(analysed):
    results = analysed[0] / "results"
    ard, records, lineage = (read(results / name) for name in ("ard.csv", "records.csv", "data/lineage.csv"))
    row = ard[
        (ard["endpoint"] == "HOMAIR") & (ard["statistic"] == "AVAL.mean") & (ard["group"] == "ACT")
    ].iloc[-1]
    cells = records[records["RECORDS"] == row["records"]].merge(lineage, on=["PARAMCD", "USUBJID", "ASEQ"])
    raw = read(ADAM / "adlb.csv")
    assert set(cells["FILE"]) == {"adam/adlb.csv"} and set(cells["SHEET"]) == {"ADLB"}
    values = [
        float(raw.loc[int(line) - 2, name]) for line, name in zip(cells["ROW"], cells["COLUMN"], strict=True)
    ]
    assert str(float(len(values))) == row["n"]
    assert sum(values) / len(values) == pytest.approx(float(row["value"]), abs=1e-9)


def test_every_row_of_both_data_sets_has_one_fate(analysed):
    book = read(analysed[0] / "results" / "data" / "accounting.csv")
    assert not book.duplicated(["FILE", "SHEET", "ROW", "COLUMN"]).any()
    lines = {f"adam/{path.name}": len(path.read_bytes().splitlines()) - 1 for path in ADAM.glob("*.csv")}
    assert book["FILE"].value_counts().to_dict() == lines


def test_nothing_of_raw_data_is_made_or_left_to_do(mini, analysed):
    folder, done = analysed
    assert "clean_labs" not in done.text and "derive_subjects" not in done.text
    assert not (folder / "results" / "data" / "labs.csv").exists()
    again = snakemake(folder, code=mini[1])
    assert again.returncode == 0 and "Nothing to be done" in again.text


def test_a_changed_data_set_that_is_not_locked_stops_the_run(mini, study):
    folder = study("analysed")
    path = folder / "data" / "raw" / "adam" / "adlb.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("9.8", "9.7", 1), encoding="utf-8")
    done = snakemake(folder, "results/ard.csv", code=mini[1])
    assert done.returncode != 0 and "adam/adlb.csv: SHA-256" in done.text
    assert not (folder / "results" / "data" / "adsl.csv").exists()


def test_a_change_of_one_endpoint_takes_that_endpoint_again_alone(mini, analysed):
    config = analysed[0] / "config.yaml"
    before = config.read_text(encoding="utf-8")
    config.write_text(before.replace('unit: "1", conditions', "unit: null, conditions"), encoding="utf-8")
    done = snakemake(analysed[0], "-n", code=mini[1])
    config.write_text(before, encoding="utf-8")
    assert done.returncode == 0, done.text
    assert "take_endpoint.HOMAIR" in done.text
    assert "take_endpoint.HBA1C" not in done.text and "rule read_adam" not in done.text
