"""The whole pipeline on the mini study: what comes out, twice the same, and nothing to do afterwards."""

import shutil

import pandas as pd
import pytest

from workflow.conftest import copy_study, snakemake


def files_below(folder, *names):
    roots = [folder / name for name in names]
    found = [
        f for root in roots for f in ([root] if root.is_file() else sorted(root.rglob("*"))) if f.is_file()
    ]
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in found}


def test_everything_is_made(mini):
    study, _, _ = mini
    made = files_below(study / "results", "tables", "figures", "report", "ard.csv", "manifest.json")
    endpoints = pd.read_csv(study / "results" / "ard.csv")["endpoint"].dropna().unique()
    assert {"report/index.html", "ard.csv", "manifest.json"} <= set(made)
    assert sum(name.startswith("tables/t14") for name in made) == 6 * len(endpoints)
    assert sum(name.startswith("figures/f14") for name in made) == 6 * len(endpoints) + 3
    assert all(made.values())


def test_every_output_says_synthetic(mini):
    study, _, _ = mini
    for name, content in files_below(study / "results", "tables", "report").items():
        assert b"SYNTHETIC" in content.upper(), name
    for path in (study / "results" / "figures").glob("*.csv"):
        assert "synthetic" in path.read_text(encoding="utf-8").casefold(), path


def test_every_raw_row_has_one_fate(mini):
    study, _, _ = mini
    book = pd.read_csv(study / "results" / "data" / "accounting.csv", dtype=str, keep_default_na=False)
    assert set(book["FATE"]) <= {"used", "superseded", "quarantined"}
    assert not book.duplicated(["FILE", "SHEET", "ROW", "COLUMN"]).any()
    raw = study / "data" / "raw"
    # Every file of this study is a plain CSV with its header in line 1.
    lines = {f.relative_to(raw).as_posix(): len(f.read_bytes().splitlines()) - 1 for f in raw.rglob("*.csv")}
    assert book["FILE"].value_counts().to_dict() == {name: count for name, count in lines.items() if count}


def test_a_second_run_has_nothing_to_do(mini):
    study, code, _ = mini
    again = snakemake(study, code=code)
    assert again.returncode == 0
    assert "Nothing to be done" in again.text


def test_two_runs_give_the_same_bytes(mini, tmp_path):
    first, code, _ = mini
    second = copy_study("mini", tmp_path / "elsewhere")
    assert snakemake(second, code=code).returncode == 0
    names = ("tables", "figures", "report", "endpoints", "data", "ard.csv", "lock.json")
    one, two = files_below(first / "results", *names), files_below(second / "results", *names)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_no_path_of_the_machine_in_any_output(mini):
    study, code, _ = mini
    for name, content in files_below(
        study / "results", "tables", "figures", "report", "data", "endpoints"
    ).items():
        assert str(study).encode() not in content, name
        assert str(code).encode() not in content, name


def test_a_single_target_makes_only_what_it_needs(study):
    folder = study("mini")
    code = snakemake(folder, "-n", "--quiet", "rules").returncode
    assert code == 0
    endpoint = next(iter(sorted((folder / "results" / "spec").glob("fit_mmrm.*.json")))).stem.split(".")[1]
    done = snakemake(folder, f"results/endpoints/{endpoint}/estimates.csv")
    assert done.returncode == 0, done.text
    assert (folder / "results" / "endpoints" / endpoint / "estimates.csv").is_file()
    assert not (folder / "results" / "figures").exists()


def test_an_interrupted_run_ends_with_the_same_bytes(mini, tmp_path):
    first, code, _ = mini
    second = copy_study("mini", tmp_path / "interrupted")
    assert snakemake(second, "results/ard.csv", code=code).returncode == 0
    # What a kill leaves: a half-written temporary file, an output that is gone.
    (second / "results" / ".ard.csv.part").write_text("half")
    (second / "results" / "ard.csv").unlink()
    shutil.rmtree(second / "results" / "endpoints")
    assert snakemake(second, code=code).returncode == 0
    names = ("tables", "figures", "ard.csv")
    assert files_below(first / "results", *names) == files_below(second / "results", *names)


def test_snakemakes_own_report_can_be_made(mini):
    study, code, _ = mini
    done = snakemake(study, "--report", "report.html", code=code)
    assert done.returncode == 0, done.text
    assert (study / "report.html").stat().st_size > 100_000


@pytest.mark.parametrize("name", ["three_arm"])
def test_another_study_runs_by_config_alone(study, name):
    folder = study(name)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    ard = pd.read_csv(folder / "results" / "ard.csv", dtype=str, keep_default_na=False)
    comparisons = set(ard.loc[ard["statistic"] == "diff", "comparison"])
    assert comparisons == {"LOW-PBO", "HIGH-PBO"}
