"""Whole-pipeline runs of small studies, each in its own folder whose path holds a space."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from trial.plan.load import load_study
from trial.plan.locked import named_files
from trial.plan.locking import Asked, lock_study
from trial.study.load import read_yaml
from trial.study.raw_files import ANSWERS, names_file, of_lock, walk

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "tests" / "studies"
CODE = ("Snakefile", "scripts", "workflow", "environment.yml")
LOCKED = datetime(2026, 1, 1, tzinfo=UTC)
# How the profile of `make results` has jobs chosen, which is quicker; not how quiet it is: tests read what is said.
SCHEDULING = ("--scheduler=greedy", "--scheduler-subsample=8", "--max-jobs-per-timespan=1000/10s")


def copy_study(name, folder):
    """Copy a study's inputs (never its results) and return the copy."""
    source = ROOT if name == "demo" else STUDIES / name
    shutil.copytree(source / "data" / "raw", folder / "data" / "raw")
    shutil.copy(source / "config.yaml", folder / "config.yaml")
    return folder


def copy_code(folder):
    """Copy the pipeline's code, so that a test may edit it."""
    folder.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in CODE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def relock(folder, lock_id="", state=""):
    """Lock the raw files anew, as if nothing had been locked before; files that no key names are taken out."""
    raw = folder / "data" / "raw"
    old = yaml.safe_load((raw / "LOCK.yaml").read_text(encoding="utf-8"))
    named = named_files(load_study(read_yaml(folder / "config.yaml"))).values()
    for name in of_lock(name for name, _ in walk(raw)):
        if not any(names_file(pattern, name) for pattern in [*named, ANSWERS]):
            (raw / name).unlink()
    shutil.rmtree(raw / "LOCKS")
    (raw / "LOCK.yaml").unlink()
    (raw / "LOCKLOG.csv").unlink()
    (folder / "results" / "lock.json").unlink(missing_ok=True)
    identity = lock_id or old["lock_id"], state or old["state"], str(old["cut_date"])
    asked = Asked(*identity, "; ".join(old["signed_by"]), synthetic="yes")
    lock_study(folder, asked, LOCKED)


def snakemake(study, *arguments, code=ROOT):
    """Run snakemake on a study folder; return the finished process with its text."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(code / "Snakefile"),
        "--directory",
        str(study),
    ]
    command += ["--cores", "2", *SCHEDULING, *arguments]
    # Byte-code of the copied modules would count as a change of the folder, not of the code; leave none.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=env, cwd=code)
    done.text = done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def mini(tmp_path_factory):
    """The mini study after one whole run with a copy of the code: (study folder, code folder, process)."""
    folder = tmp_path_factory.mktemp("a study of two arms")
    study, code = folder / "the study", folder / "the code"
    copy_code(code)
    copy_study("mini", study)
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    return study, code, done


@pytest.fixture
def study(tmp_path):
    """Return a function that copies a study's inputs into a fresh folder."""
    return lambda name: copy_study(name, tmp_path / "a study")


@pytest.fixture(scope="session")
def three_arms(tmp_path_factory):
    """The study of three arms after one whole run, to be read and not changed."""
    folder = copy_study("three_arm", tmp_path_factory.mktemp("three arms") / "the study")
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    return folder
