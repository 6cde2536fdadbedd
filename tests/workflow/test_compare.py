"""A finished run is kept, and a later one compared with it: which rows, which numbers, and whose doing it is."""

import csv
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from workflow.conftest import relock, snakemake

OLD, NEW = "MINI-EXAMPLE-1", "MINI-EXAMPLE-2"


def program(code, name, study, *arguments):
    """Run a program of the copied code on a study; return the finished process with its text."""
    command = [sys.executable, str(code / "scripts" / name), "--study", str(study), *arguments]
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=env, cwd=code.parent)
    done.text = done.stdout + done.stderr
    return done


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def archived(mini, tmp_path_factory):
    """A copy of the finished mini study with its code, archived: (study, code, what make archive said)."""
    folder = tmp_path_factory.mktemp("a study with an archive")
    study, code = folder / "the study", folder / "the code"
    shutil.copytree(mini[0], study, symlinks=True)
    shutil.copytree(mini[1], code)
    done = program(code, "archive_lock.py", study)
    assert done.returncode == 0, done.text
    return study, code, done


@pytest.fixture
def finished(archived, tmp_path):
    """A copy of the archived study and its code, free to edit."""
    for source, name in zip(archived, ("the study", "the code"), strict=False):
        shutil.copytree(source, tmp_path / name, symlinks=True)
    return tmp_path / "the study", tmp_path / "the code"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_data(study):
    """Change one value, delete one row, add one row of an HbA1c that is drawn twice; lock it again."""
    path = study / "data" / "raw" / "labs" / "labs.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    edited = next(at for at, line in enumerate(lines) if "HbA1c,9.8" in line)
    lines[edited] = lines[edited].replace("HbA1c,9.8", "HbA1c,9.1")
    deleted = next(at for at in range(30, len(lines)) if ",Insulin," in lines[at])
    del lines[deleted]
    added = next(at for at in range(50, len(lines)) if ",HbA1c," in lines[at])
    lines.insert(added, lines[added])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    relock(study, NEW)


def test_archive_is_whole_and_read_only(archived):
    study, code, done = archived
    folder = study / "locks" / OLD
    assert f"{OLD}: stored" in done.stdout
    about = json.loads((folder / "archive.json").read_text(encoding="utf-8"))
    assert about["lock"]["lock_id"] == OLD
    for part in (
        "raw/LOCK.yaml",
        "config.yaml",
        "code/Snakefile",
        "code/scripts/run_analysis.py",
        "results/ard.csv",
    ):
        assert part in about["files"]
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o555 if path.is_dir() else 0o444), path
        assert path.is_dir() or path.stat().st_nlink == 1, f"{path} is a hard link"
    assert not list((study / "locks").glob(".*"))
    again = program(code, "archive_lock.py", study)
    assert again.returncode == 0
    assert "is there already, with the same content" in again.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda study, code: edit(study / "results" / "ard.csv", "HBA1C", "HBA1c"), "results/ard.csv"),
        (lambda study, code: (study / "results" / "records.csv").unlink(), "results/records.csv"),
        (
            lambda study, code: edit(study / "data" / "raw" / "labs" / "labs.csv", "9.8", "9.9"),
            "data/raw/labs",
        ),
        (lambda study, code: edit(study / "config.yaml", "level: 0.95", "level: 0.9"), "config.yaml"),
        (
            lambda study, code: edit(code / "scripts" / "trial" / "labs" / "units.py", '"""', '"""A'),
            "units.py",
        ),
        (lambda study, code: (study / "results" / "manifest.json").unlink(), "manifest.json"),
    ],
    ids=[
        "changed result",
        "missing result",
        "changed raw file",
        "changed configuration",
        "changed code",
        "no run",
    ],
)
def test_run_that_is_not_finished_is_not_archived(finished, change, said):
    study, code = finished
    shutil.rmtree(study / "locks")
    change(study, code)
    done = program(code, "archive_lock.py", study)
    assert done.returncode == 2
    assert said in done.stderr
    assert "make results" in done.stderr
    assert not (study / "locks").exists() or not list((study / "locks").iterdir())


def test_other_content_of_an_archived_lock_is_refused_and_named(finished):
    study, code = finished
    path, manifest = study / "results" / "ard.csv", study / "results" / "manifest.json"
    edit(path, "0.95", "0.94")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["outputs"]["results/ard.csv"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content), encoding="utf-8")
    before = (study / "locks" / OLD / "archive.json").read_bytes()
    refused = program(code, "archive_lock.py", study)
    assert refused.returncode == 2
    assert "results/ard.csv" in refused.stderr
    assert "never overwritten" in refused.stderr
    assert (study / "locks" / OLD / "archive.json").read_bytes() == before


def test_changed_archive_is_no_archive(finished):
    study, code = finished
    path = study / "locks" / OLD / "results" / "ard.csv"
    path.chmod(0o644)
    edit(path, "HBA1C", "HBA1c")
    done = program(code, "compare_locks.py", study, "--old", f"locks/{OLD}")
    assert done.returncode == 2
    assert "results/ard.csv" in done.stderr


@pytest.fixture(scope="module")
def compared(archived, tmp_path_factory):
    """The study after data, code and configuration changed at once, compared: (study, what was said, by file its rows)."""
    folder = tmp_path_factory.mktemp("a study compared")
    study, code = folder / "the study", folder / "the code"
    for source, target in zip(archived, (study, code), strict=False):
        shutil.copytree(source, target, symlinks=True)
    change_data(study)
    edit(study / "config.yaml", "covariance_ladder: [us, csh]", "covariance_ladder: [csh]")
    sd = '("sd", 2, lambda v: np.std(v, ddof={}))'
    edit(code / "scripts" / "trial" / "analysis" / "summary.py", sd.format(1), sd.format(0))
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    done = program(code, "compare_locks.py", study, "--old", f"locks/{OLD}")
    assert done.returncode == 0, done.text
    found = study / "results" / "compare" / OLD
    return study, done.stdout, {path.stem: rows(path) for path in found.glob("*.csv")}


def test_raw_rows_are_told_by_content(compared):
    found = [
        (row["KIND"], row["SUBJECT"], row["ANALYTE"], row["VISIT"], row["COLUMN"], row["OLD"], row["NEW"])
        for row in compared[2]["raw"]
    ]
    assert found == [
        ("changed", "MN-001", "HBA1C", "BL", "Result", "9.8", "9.1"),
        ("removed", "MN-003", "INS", "V1", "Result", "7.74 mIU/L", ""),
        ("added", "MN-002", "HBA1C", "V2", "Result", "", "9.4 %"),
    ]


def test_each_factor_has_its_own_changes(compared):
    _, said, files = compared
    factors = {row["factor"]: row for row in files["attribution"]}
    changed = {name: row["changed"] for name, row in factors.items()}
    assert changed == {"data": "Y", "config": "Y", "code": "Y", "environment": "N", "together": ""}
    for name in ("data", "config", "code"):
        assert factors[name]["established"] == "rerun: everything old but this factor", said
        assert int(factors[name]["moved"]) > 0
    assert factors["code"]["what"] == "scripts/trial/analysis/summary.py"
    assert "analyses.PRIMARY.covariance_ladder" in factors["config"]["what"]
    assert "labs/labs.csv (1 added, 1 removed, 1 changed)" in factors["data"]["what"]
    cause = {row["result_id"]: row["cause"] for row in files["results"]}
    assert cause["HOMAIR.OBSERVED.V2.REF.AVAL.sd"] == "code"
    assert cause["HBA1C.OBSERVED.BL.ACT.AVAL.mean"] == "data"
    assert cause["HBA1C.OBSERVED.BL.ACT.AVAL.sd"].startswith("data; code")
    assert cause["HBA1C.PRIMARY.all.us.ladder.gradient"] == "config", "the rung is gone"
    assert cause["HBA1C.PRIMARY.V2.ACT-REF.diff"].startswith("data; config")
    assert not [one for one, found in cause.items() if "code" in found and ".sd" not in one]


def test_parts_and_rest_are_the_whole_change(compared):
    numbers = [row for row in compared[2]["results"] if row["change"] == "changed"]
    assert len(numbers) > 200
    for row in numbers:
        parts = [float(row[name] or 0) for name in ("data", "config", "code", "environment", "together")]
        scale = max(abs(float(row[name])) for name in ("old", "new"))
        assert sum(parts) == pytest.approx(float(row["delta"]), abs=2e-9 * scale)
        assert float(row["delta"]) == float(row["new"]) - float(row["old"])


def test_conclusions_that_turned_come_first(compared):
    flips = [bool(row["flip"]) for row in compared[2]["results"]]
    assert flips == sorted(flips, reverse=True)
    assert any(flips)


def test_subject_behind_a_changed_estimate_is_named(compared):
    """Of HbA1c one value of one subject changed: put back, it gives the estimate of the old data."""
    parts = [row for row in compared[2]["subjects"] if row["result_id"] == "HBA1C.PRIMARY.V2.ACT-REF.diff"]
    assert [row["USUBJID"] for row in parts] == ["MN-001"]
    line = next(row for row in compared[2]["results"] if row["result_id"] == parts[0]["result_id"])
    # The part of the data given the new configuration: what config moves alone, and the data's part, make the whole.
    assert float(parts[0]["part"]) == pytest.approx(float(line["delta"]) - float(line["config"]), rel=1e-6)
    assert line["subjects"].startswith("MN-001 ")


def test_comparison_holds_no_identifier_and_no_place_of_this_machine(compared):
    study, _, _ = compared
    text = "".join(path.read_text(encoding="utf-8") for path in (study / "results" / "compare").rglob("*.*"))
    for number in rows(study / "data" / "raw" / "edc" / "subject_key.csv"):
        assert number["MA_BN"] not in text
    assert str(study.parent) not in text


@pytest.mark.long
def test_same_comparison_has_the_same_bytes(compared):
    study, _, _ = compared
    folder = study / "results" / "compare" / OLD
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = program(study.parent / "the code", "compare_locks.py", study, "--old", f"locks/{OLD}")
    assert done.returncode == 0, done.text
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
