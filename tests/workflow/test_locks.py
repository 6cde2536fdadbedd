"""A study from its rehearsal with dummy arms to the first analysis of real ones, and a lock that is refused."""

import os
from datetime import UTC, datetime

import pandas as pd
import pytest

from trial.plan.locking import Asked, lock_study
from trial.study.files import read_json
from trial.study.unblinding import read_unblindings
from workflow.conftest import copy_study, relock, snakemake

SIGNED = "data manager; statistician"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def lock(folder, lock_id, state, **more):
    lock_study(folder, Asked(lock_id, state, "", SIGNED, **more), NOW)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """The mini study after a whole dry run: (folder, what was said)."""
    folder = copy_study("mini", tmp_path_factory.mktemp("dry run") / "the study")
    relock(folder, "DRY-1", "dry-run")
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    return folder, done


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_a_dry_run_makes_every_output_with_dummy_arms(rehearsal, mini):
    results, real = rehearsal[0] / "results", mini[0] / "results"
    names = {path.relative_to(real) for path in (real / "tables").iterdir()}
    assert names == {path.relative_to(results) for path in (results / "tables").iterdir()}
    dummy, true = (read(folder / "data" / "adsl.csv").set_index("USUBJID") for folder in (results, real))
    assert list(dummy.index) == list(true.index)
    assert sorted(dummy["ARMCD"]) == sorted(true["ARMCD"]) and any(dummy["ARMCD"] != true["ARMCD"])
    assert set(dummy["ARM"]) == {f"DUMMY {label}" for label in true["ARM"]}
    assert not (rehearsal[0] / "UNBLINDED.csv").exists()


def test_every_output_of_a_dry_run_says_so(rehearsal):
    results = rehearsal[0] / "results"
    label = read_json(results / "spec" / "label.json")
    assert (label["dummy_arms"], label["blind"]) == (True, True)
    outputs = [
        *(results / "tables").glob("*.html"),
        *(results / "figures").glob("*.svg"),
        *results.glob("report/*.html"),
    ]
    silent = [path.name for path in outputs if "DUMMY" not in path.read_text(encoding="utf-8")]
    assert len(outputs) > 20 and silent == []


def test_real_arms_are_recorded_and_a_later_dry_run_is_not_blind(rehearsal):
    folder = rehearsal[0]
    lock(folder, "DBL-1", "hard")
    done = snakemake(folder, "results/data/adsl.csv")
    assert done.returncode == 0, done.text
    (line,) = read_unblindings(folder / "UNBLINDED.csv")
    assert (line["LOCK_ID"], line["STATE"]) == ("DBL-1", "hard")
    assert not read(folder / "results" / "data" / "adsl.csv")["ARM"].str.contains("DUMMY").any()
    lock(folder, "DBL-1", "unlocked", reason="another rehearsal")
    lock(folder, "DRY-2", "dry-run")
    assert snakemake(folder, "-n").returncode == 0
    label = read_json(folder / "results" / "spec" / "label.json")
    assert label["blind"] is False
    assert label["marks"][-1] == "NOT BLIND: the real arms were analysed before, under lock DBL-1"


def test_a_refused_lock_costs_no_rerun(mini):
    folder, code, _ = mini
    path = folder / "data" / "raw" / "labs" / "labs.csv"
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"8", b"9", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    refused = snakemake(folder, code=code)
    assert refused.returncode != 0 and "labs/labs.csv: SHA-256" in refused.text
    assert "Traceback" not in refused.text
    path.write_bytes(content)
    again = snakemake(folder, code=code)
    assert again.returncode == 0 and "Nothing to be done" in again.text


def test_a_linked_folder_is_named(study, tmp_path_factory):
    folder, elsewhere = study("mini"), tmp_path_factory.mktemp("elsewhere") / "labs"
    (folder / "data" / "raw" / "labs").rename(elsewhere)
    (folder / "data" / "raw" / "labs").symlink_to(elsewhere)
    done = snakemake(folder)
    assert done.returncode != 0 and "labs: a symbolic link; only plain files" in done.text
    assert not (folder / "results" / "data").exists()
