"""Whole-pipeline runs of small studies, each in its own folder whose path holds a space."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "tests" / "studies"
CODE = ("Snakefile", "scripts", "workflow", "environment.yml")
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


def relock(folder):
    """Make the lock agree with the raw files again, as a data manager would after a correction."""
    raw = folder / "data" / "raw"
    lock = yaml.safe_load((raw / "LOCK.yaml").read_text(encoding="utf-8"))
    lock["files"] = [file for file in lock["files"] if (raw / file["path"]).exists()]
    for file in lock["files"]:
        content = (raw / file["path"]).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines = {"lines": content.count(b"\n")} if "lines" in file else {}
        file.update(sha256=digest, bytes=len(content), **lines)
    (raw / "LOCK.yaml").write_text(yaml.safe_dump(lock, allow_unicode=True), encoding="utf-8")


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
