"""Jobs on nodes: what a killed run left of them ends before the next begins, and those that failed are named."""

import os
import sys

import cluster
import pytest
from owner import BusyError

SQUEUE = """#!{python}
import sys
from pathlib import Path
left = Path({left!r}).read_text().split()
print(*(f"{{job}} {{name}}_f00d" for job, name in zip(left[::2], left[1::2])), sep="\\n")
"""
SCANCEL = """#!{python}
import sys
from pathlib import Path
path = Path({left!r})
left = path.read_text().split()
pairs = [(job, name) for job, name in zip(left[::2], left[1::2]) if job not in sys.argv[1:]]
path.write_text(" ".join(part for pair in pairs for part in pair))
"""


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A SLURM of two programs, whose queue is a file."""
    left, programs = tmp_path / "queue", tmp_path / "programs"
    programs.mkdir()
    for name, text in (("squeue", SQUEUE), ("scancel", SCANCEL)):
        (programs / name).write_text(text.format(python=sys.executable, left=str(left)))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return left


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    (folder / ".snakemake").mkdir(parents=True)
    (folder / cluster.NOTE).write_text(f"trial-1\n{folder}\n")
    return folder


def test_the_jobs_of_a_killed_run_are_cancelled_and_no_others(study, queue):
    queue.write_text("7 trial-1 8 trial-2 9 trial-1 10 bash")
    assert list(cluster.stop_left(str(study))) == [
        "An earlier run did not end: its 2 jobs on the cluster are cancelled."
    ]
    assert queue.read_text() == "8 trial-2 10 bash"
    assert list(cluster.stop_left(str(study))) == []


def test_jobs_that_do_not_end_let_no_run_begin(study, queue, monkeypatch):
    queue.write_text("7 trial-1")
    (queue.parent / "programs" / "scancel").write_text("#!/bin/sh\n")
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(cluster, "STEP_SECONDS", 0.01)
    with pytest.raises(BusyError, match=r"1 jobs do not end \(7\)\. Nothing was started"):
        list(cluster.stop_left(str(study)))


def test_where_slurm_cannot_be_asked_no_run_begins(study, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BusyError, match=r"SLURM does not tell: .*squeue.* or remove .*cluster"):
        list(cluster.stop_left(str(study)))


def test_a_copy_of_a_study_does_not_cancel_the_jobs_of_the_other(study, queue, tmp_path):
    queue.write_text("7 trial-1")
    study.rename(tmp_path / "copy")
    assert list(cluster.stop_left(str(tmp_path / "copy"))) == []
    assert list(cluster.stop_left(str(tmp_path))) == []
    assert queue.read_text() == "7 trial-1"


FAILED = """
rule run_analysis:
    log: results/logs/run_analysis.A.X.log
Error in rule run_analysis:
    message: None
    jobid: 0
    input: results/spec/analysis.A.X.json
    log: results/logs/run_analysis.A.X.log, results/logs/more.csv (check log file(s) for error details)
    shell:
        script
"""


def test_each_job_that_failed_is_named_once_with_what_its_log_says(study):
    logs = study / cluster.LOGS
    said = {
        "rule_run_analysis/A/3.log": (FAILED, 20),
        "rule_run_analysis/A/4.log": (FAILED, 30),
        "rule_clean_labs/5.log": ("begun\nslurmstepd: error: *** JOB 5 CANCELLED ***\n", 30),
        "rule_render_trace/2.log": (FAILED, 5),
    }
    for name, (text, at) in said.items():
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_text(text)
        os.utime(logs / name, (at, at))
    (study / "results/logs").mkdir(parents=True)
    (study / "results/logs/run_analysis.A.X.log").write_text("the matrix is singular\n")
    assert list(cluster.failures(str(study), 10)) == [
        "rule_clean_labs was stopped: slurmstepd: error: *** JOB 5 CANCELLED ***",
        f"  SLURM's log of it: {logs}/rule_clean_labs/5.log",
        "run_analysis failed: results/logs/run_analysis.A.X.log",
        "the matrix is singular",
        f"  SLURM's log of it: {logs}/rule_run_analysis/A/4.log",
    ]
