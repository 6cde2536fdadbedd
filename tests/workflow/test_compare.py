"""A finished run is kept, and a later one compared with it: which rows, which numbers, and whose doing it is."""

import csv
import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from workflow.conftest import relock, snakemake

OLD, NEW = "MINI-EXAMPLE-1", "MINI-EXAMPLE-2"
# A constant of the copied code: HbA1c in mmol/mol is not met here, so another number is taken, the LS means'.
CODE_CHANGE = ("scripts/trial/analysis/summary.py", "ddof=1", "ddof=0")


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
    gone = lines.pop(deleted)
    added = next(at for at in range(50, len(lines)) if ",HbA1c," in lines[at])
    lines.insert(added, lines[added])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    relock(study)
    return gone


def test_archive_is_whole_and_read_only(archived):
    study, code, done = archived
    folder = study / "locks" / OLD
    assert f"{OLD}: stored" in done.stdout
    about = json.loads((folder / "archive.json").read_text(encoding="utf-8"))
    assert about["lock"]["lock_id"] == OLD
    for part in ("raw/LOCK.yaml", "config.yaml", "code/Snakefile", "code/scripts/run_analysis.py", "results/ard.csv"):
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
        (lambda study, code: edit(study / "data" / "raw" / "labs" / "labs.csv", "9.8", "9.9"), "data/raw/labs"),
        (lambda study, code: edit(study / "config.yaml", "level: 0.95", "level: 0.9"), "config.yaml"),
        (lambda study, code: edit(code / "scripts" / "trial" / "labs" / "units.py", '"""', '"""A'), "units.py"),
        (lambda study, code: (study / "results" / "manifest.json").unlink(), "manifest.json"),
    ],
    ids=["changed result", "missing result", "changed raw file", "changed configuration", "changed code", "no run"],
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
    edit(study / "config.yaml", "level: 0.95", "level: 0.9")
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    before = (study / "locks" / OLD / "archive.json").read_bytes()
    refused = program(code, "archive_lock.py", study)
    assert refused.returncode == 2
    assert "config.yaml" in refused.stderr
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


def test_each_factor_has_its_own_changes(finished):
    """Data, code and configuration change at once; each moves alone what only it can move."""
    study, code = finished
    change_data(study)
    edit(study / "data" / "raw" / "LOCK.yaml", OLD, NEW)
    edit(study / "config.yaml", "covariance_ladder: [us, csh]", "covariance_ladder: [csh]")
    edit(code / "scripts" / "trial" / "analysis" / "summary.py", '("sd", 2, lambda v: np.std(v, ddof=1))',
         '("sd", 2, lambda v: np.std(v, ddof=0))')  # fmt: skip
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    compared = program(code, "compare_locks.py", study, "--old", f"locks/{OLD}")
    assert compared.returncode == 0, compared.text
    folder = study / "results" / "compare" / OLD
    factors = {row["factor"]: row for row in rows(folder / "attribution.csv")}
    assert {name: row["changed"] for name, row in factors.items()} == {
        "data": "Y", "config": "Y", "code": "Y", "environment": "N", "together": "",
    }  # fmt: skip
    assert all(factors[name]["established"].startswith("rerun") for name in ("data", "config", "code")), compared.text
    results = {row["result_id"]: row for row in rows(folder / "results.csv")}
    # The SD of observed values: by the code alone at a visit where no value changed.
    assert results["HOMAIR.OBSERVED.V2.REF.AVAL.sd"]["cause"] == "code"
    print(compared.stdout)
    print("\n".join(f"{one}: {row['cause']}" for one, row in results.items()))
    raise AssertionError
