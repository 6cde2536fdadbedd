"""`make study` and `make results`: a new study runs at once, from folders with spaces; a mistyped one is named."""

import shutil
import subprocess

import pandas as pd
import pytest

import write_export
from workflow.conftest import ROOT, snakemake

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


def make(folder, *arguments):
    done = subprocess.run([MAKE, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    done.text = done.stdout + done.stderr
    return done


@pytest.fixture
def checkout(tmp_path):
    """A folder with spaces and accents that holds the Makefile and an environment that is prepared already."""
    folder = tmp_path / "Thử nghiệm 2"
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "workflow" / "template", folder / "workflow" / "template")
    (folder / "requirements.lock").touch()
    python = folder / ".venv" / "bin" / "python"
    # It says what it is called with.
    python.write_text('#!/bin/sh\nfor one in "$@"; do echo "[$one]"; done\n')
    python.chmod(0o755)
    (folder / ".venv" / ".ready").touch()
    return folder


def test_a_new_study_runs_at_once(tmp_path):
    folder = tmp_path / "Nghiên cứu đầu"
    done = make(ROOT, "study", f"DIR={folder}")
    assert done.returncode == 0, done.text
    assert f'make results STUDY="{folder}"' in done.text
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    results = folder / "results"
    assert (results / "report" / "index.html").exists()
    ard = pd.read_csv(results / "ard.csv", dtype=str, keep_default_na=False)
    found = ard[(ard["analysis"] == "PRIMARY") & (ard["statistic"] == "diff.pvalue")]
    assert found.groupby("endpoint")["visit"].agg(list).to_dict() == {
        "FPG": ["W04", "W12"],
        "HBA1C": ["W04", "W12"],
    }
    # The defects that its README promises.
    queries = pd.read_csv(results / "data" / "queries.csv", dtype=str, keep_default_na=False)
    assert {"NO_UNIT", "NOT_A_NUMBER"} <= set(queries["RULE"])
    adlb = pd.read_csv(results / "data" / "adlb.csv", dtype=str, keep_default_na=False)
    assert (adlb.loc[adlb["PARAMCD"] == "FPG", "REASON"] == "NOT_FASTING").sum() == 1
    # What its export.yaml explains is what the checks of an export find.
    write_export.main(["--study", str(folder)])
    assert (results / "export" / "datasets" / "adlb.xpt").exists()


def test_a_new_study_is_never_written_over_another(checkout):
    (checkout / "mine").mkdir()
    done = make(checkout, "study", "DIR=mine")
    assert done.returncode != 0
    assert "DIR=mine is there already: name a new folder" in done.text
    assert list((checkout / "mine").iterdir()) == []
    assert "make study DIR=path/of/the/new/study" in make(checkout, "study").text


def test_a_mistyped_study_is_named_and_nothing_is_made(checkout):
    before = sorted(checkout.rglob("*"))
    for target in ("results", "clean"):
        done = make(checkout, target, "STUDY=my stdy")
        assert done.returncode != 0
        wanted = f"STUDY=my stdy: no config.yaml in the folder 'my stdy', seen from '{checkout}'"
        assert wanted in done.text
    assert sorted(checkout.rglob("*")) == before


def test_folders_with_spaces_reach_snakemake_whole(checkout):
    assert make(checkout, "study", "DIR=my study").returncode == 0
    done = make(checkout, "results", "STUDY=my study")
    assert done.returncode == 0, done.text
    assert "start.py]\n[.]\n[my study]\n[2]\n" in done.text
