"""The trace of whole small studies, by a join of its own: two arms, three arms, and data that are analysed already."""

import csv

import pytest

from trace_checks import Study, check_back, check_raw_rows, check_records, check_results
from workflow.conftest import STUDIES, copy_study, snakemake


@pytest.fixture(scope="module", params=["mini", "three_arm", "analysed"])
def study(request, tmp_path_factory):
    """A study after one whole run."""
    if request.param == "mini":
        return Study(request.getfixturevalue("mini")[0] / "results")
    if request.param == "three_arm":
        return Study(request.getfixturevalue("three_arms") / "results")
    folder = copy_study("analysed", tmp_path_factory.mktemp("analysed trace") / "the study")
    done = snakemake(folder, code=request.getfixturevalue("mini")[1])
    assert done.returncode == 0, done.text
    return Study(folder / "results")


def test_every_number_is_joined_to_its_raw_rows_and_back(study):
    check_results(study)
    check_records(study)
    check_raw_rows(study)
    check_back(study, step=7)


def test_analysed_data_show_the_cells_of_the_adam_file(mini, tmp_path_factory):
    folder = copy_study("analysed", tmp_path_factory.mktemp("cells") / "the study")
    done = snakemake(folder, "results/report/trace.html", code=mini[1])
    assert done.returncode == 0, done.text
    pages = Study(folder / "results").pages
    with (STUDIES / "analysed" / "data" / "raw" / "adam" / "adlb.csv").open(encoding="utf-8") as stream:
        raw = list(csv.DictReader(stream))
    seen = 0
    for row in pages.raw:
        file, sheet, line = row["place"]
        if file == "adam/adlb.csv":
            (cell,) = row["cells"]
            assert sheet == "ADLB" and dict(cell["texts"])["AVAL"] == raw[int(line) - 2]["AVAL"]
            seen += 1
    assert seen == len(raw)
