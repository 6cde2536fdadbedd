"""A file that is damaged between two jobs is used by none: refused by who reads it, made anew by the next run."""

import os
import runpy
import shutil
import sys
import warnings
from collections import Counter

import pytest

from trial.study.ledger import Ledger
from workflow.conftest import ROOT, snakemake
from workflow.damage import DAMAGES, cut_at_a_row, double, empty, flip, jobs_of, kind, swap, zero
from workflow.kills import Run, files_of

SCRIPTS = ROOT / "scripts"
ENOUGH = 64
# No job reads the hashes of the code: snakemake compares them.
NOT_READ = "results/spec/code/"


@pytest.fixture
def finished(mini, tmp_path):
    """Return a copy of the small study after a whole run, and the code that ran it."""
    study = tmp_path / "a study"
    shutil.copytree(mini[0], study, copy_function=shutil.copy2)
    return study, mini[1]


def cases_of(study, code):
    """Return each kind of file that each rule reads once, with a damage: (job, path, damage)."""
    done = snakemake(study, "-n", "-F", "-p", code=code)
    assert done.returncode == 0, done.text
    written = {name for name, _ in Ledger((study / "results").absolute()).items()}
    found = {}
    for job in jobs_of(done.text.replace("$SCRIPTS", str(SCRIPTS))):
        for path in job.inputs:
            if path.removeprefix("results/") in written and not path.startswith(NOT_READ):
                found.setdefault((job.rule, kind(path)), (job, path))
    return [(*case, DAMAGES[number % len(DAMAGES)]) for number, case in enumerate(found.values())]


def run_job(job, monkeypatch, capsys):
    """Do a job as a fork does; return its exit code and what it said."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPTS / job.command[0]), *job.command[1:]])
    code = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as stop:
            code = stop.code or 0
    return code, capsys.readouterr().err


def test_no_job_uses_a_damaged_file(finished, monkeypatch, capsys):
    study, code = finished
    cases = cases_of(study, code)
    monkeypatch.chdir(study)
    refused = Counter()
    for job, path, damage in cases:
        target = study / path
        state, content = target.stat(), target.read_bytes()
        before = {name: (study / name).read_bytes() for name in job.outputs}
        damage(target)
        assert target.read_bytes() != content, (path, damage)
        ended, said = run_job(job, monkeypatch, capsys)
        at = (job.rule, path, damage.__name__, said)
        assert "Traceback" not in said, at
        if ended:
            assert ended == 2, at
            assert f"{path}: not as it was written: " in said, at
            assert "What to do: run `make results` again" in said, at
            refused[damage.__name__] += 1
        # A job that does not look into it leaves what it leaves without the damage.
        assert {name: (study / name).read_bytes() for name in job.outputs} == before, at
        target.write_bytes(content)
        os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert sum(refused.values()) >= ENOUGH, refused
    assert set(refused) == {damage.__name__ for damage in DAMAGES}


def test_the_next_run_names_removes_and_makes_anew_what_is_damaged(finished):
    study, code = finished
    results = study / "results"
    before = files_of(results)
    damaged = {
        "data/labs.csv": cut_at_a_row,
        "ard.csv": flip,
        "records.csv": swap,
        "analyses/PRIMARY/HBA1C/record.json": empty,
        "spec/output.t14-2-1-2.json": double,
        "tables/t14-2-1-2.html": flip,
        "figures/f14-2-1-1.png": zero,
        "report/t14-2-1-2.html": cut_at_a_row,
    }
    for name, damage in damaged.items():
        damage(results / name)
    (results / "report" / "report.css").unlink()
    run = Run(code, study)
    assert run.end() == 0, run.text
    assert "Traceback" not in run.text
    for name in damaged:
        assert f"results/{name}: not as it was written: " in run.text
    assert "Written, but not there any more: results/report/report.css." in run.text
    assert files_of(results) == before
