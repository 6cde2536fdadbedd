"""`make plan` names what a run then does, and `make verify` what a clean run leaves; neither changes the study."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workflow.conftest import ROOT, relock


@pytest.fixture
def finished(mini, tmp_path):
    """Return a copy of the finished mini study and its code."""
    study, code, _ = mini
    shutil.copytree(study, tmp_path / "study", symlinks=True)
    return tmp_path / "study", code


def call(code, script, study, *options):
    command = [sys.executable, code / "scripts" / script, "--study", study, "--cores", "2", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout, done.stderr


def state(study):
    """Return every file of a study with its time stamps."""
    found = (path for path in study.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def change_one_value(study):
    """Change one HbA1c result, and lock the files again."""
    labs = study / "data" / "raw" / "labs" / "labs.csv"
    lines = labs.read_text(encoding="utf-8").splitlines(keepends=True)
    place = [number for number, line in enumerate(lines) if ",HbA1c,9." in line][-1]
    lines[place] = lines[place].replace(",HbA1c,9.", ",HbA1c,8.")
    labs.write_text("".join(lines), encoding="utf-8")
    relock(study)


def test_one_changed_analyte_plans_its_endpoint_and_says_what_stays(finished):
    study, code = finished
    change_one_value(study)
    before = state(study)
    exit_code, text, errors = call(code, "plan_run.py", study)
    assert exit_code == 0, errors
    assert state(study) == before
    lines = text.splitlines()
    assert "  raw file labs/labs.csv: changed" in lines
    assert "Endpoints computed anew: HBA1C" in lines
    assert "Endpoints not affected: HOMAIR" in lines
    came = next(line for line in lines if line.startswith("  Came out otherwise: "))
    assert "results/endpoints/HBA1C/adlb.csv" in came
    assert "HOMAIR" not in came
    after = text[text.index("Will run after that:") : text.index("Endpoints computed anew")]
    assert "OBSERVED HBA1C, PRIMARY HBA1C: results/endpoints/HBA1C/adlb.csv changed" in after
    assert "HOMAIR" not in after


def test_a_refused_lock_is_the_answer(finished):
    study, code = finished
    with (study / "data" / "raw" / "labs" / "labs.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    before = state(study)
    exit_code, _, errors = call(code, "plan_run.py", study)
    assert exit_code != 0
    assert "labs/labs.csv" in errors
    assert "The run would end here. Nothing was changed" in errors
    assert state(study) == before


def test_without_a_finished_run_there_is_nothing_to_compare_with(study):
    folder = study("mini")
    assert "make results runs everything" in call(ROOT, "plan_run.py", folder)[1]
    exit_code, _, errors = call(ROOT, "verify_results.py", folder)
    assert exit_code == 2
    assert "no finished run to compare with" in errors


def test_a_clean_run_is_compared_file_by_file(finished, tmp_path):
    study, code = finished
    listing = [
        sys.executable,
        code / "scripts" / "write_checksums.py",
        "--study",
        study,
        "--out",
        tmp_path / "list",
    ]
    assert subprocess.run(listing).returncode == 0
    results = study / "results"
    # What somebody may do to results after a run: a digit, a last digit, a page, a file of another run.
    record = results / "analyses" / "PRIMARY" / "HBA1C" / "rows.csv"
    record.write_text(record.read_text().replace("0.95", "0.96", 1))
    (results / "report" / "gallery.html").unlink()
    (results / "data" / "of nobody.csv").write_text("x\n")
    exit_code, text, errors = call(code, "verify_results.py", study, "--list", tmp_path / "list")
    assert exit_code == 1, errors
    different = text[text.index("DIFFERENT:") :]
    assert different.count("\n  ") == 3
    for line in (
        "3 DIFFERENT:",
        "  analyses/PRIMARY/HBA1C/rows.csv: 1 numbers, most 0.96 and 0.95",
        "  report/gallery.html: the clean run leaves it, it is not there",
        "  data/of nobody.csv: the clean run leaves no such file",
        f"{tmp_path / 'list'}: no differences",
    ):
        assert line in text.splitlines()
    # All else has the same bytes, the manifest but for its run block too, and the clean run is that of the list.
    counted = next(line for line in text.splitlines() if "the same bytes" in line)
    same, _, every, *_ = counted.split()
    assert int(every) - int(same) == 3
    assert "to 1e-9" not in text
    clean = errors.strip().splitlines()[-1].rpartition(": ")[2]
    assert (Path(clean) / "study" / "results" / "ard.csv").is_file()
    shutil.rmtree(clean)
