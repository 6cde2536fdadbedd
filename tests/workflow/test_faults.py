"""A full disk, a folder that cannot be written, two runs at once, names with braces: one line, and nothing lost."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from trial.study.errors import ConfigError
from workflow.conftest import SCHEDULING, copy_code, copy_study, relock, snakemake
from workflow.kills import Run, files_of

# Mounting wants a namespace of its own, which not every machine lets its users have.
MOUNTING = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
needs_mounts = pytest.mark.skipif(not MOUNTING, reason="this machine lets nobody mount a file system")


def mounted(script, *arguments):
    """Run a shell script in which file systems can be mounted; return exit code and text."""
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-euc", script, "bash", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout


def start(code, study):
    """Return the words of the command that `make results` runs."""
    return (sys.executable, "-I", "-S", code / "workflow" / "runner" / "start.py", code, study, "2")


@pytest.mark.long
@needs_mounts
def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_space(mini, tmp_path):
    study, out = copy_study("mini", tmp_path / "a study"), tmp_path / "out"
    script = """
        study=$1 out=$2 disk=$3; shift 3
        mkdir "$disk" "$out"; mount -t tmpfs -o size=1600k tmpfs "$disk"; cp -r "$study/." "$disk"
        if "$@"; then echo "it was enough space"; exit 3; fi
        echo ======== more space
        mount -o remount,size=100m "$disk"
        "$@"; cp -r "$disk/results" "$out"
    """
    disk = tmp_path / "a disk"
    ended, text = mounted(script, study, out, disk, *start(mini[1], disk))
    full, more = text.split("======== more space\n")
    assert "No space left on device" in full
    assert "defect of the pipeline" not in full
    assert re.search(
        r"a disk/results: the disk is full \(\d+ bytes are free\)\. What to do: free some space", full
    )
    assert ended == 0, more
    assert files_of(out / "results") == files_of(mini[0] / "results")


@needs_mounts
@pytest.mark.parametrize("part", ["", "results"])
def test_a_study_that_cannot_be_written_is_one_line(mini, tmp_path, part):
    study = tmp_path / "a study"
    shutil.copytree(mini[0], study, copy_function=shutil.copy2)
    before = files_of(study / "results")
    script = 'folder=$1; shift; mount --bind "$folder" "$folder"; mount -o remount,ro,bind "$folder"; "$@"'
    # Something is out of date, else nobody would want to write.
    (study / "results" / "manifest.json").unlink()
    ended, text = mounted(script, study / part, *start(mini[1], study))
    assert ended == 1
    (line,) = text.splitlines()
    assert ": cannot be written: Read-only file system. What to do: make the folder" in line
    before.pop("manifest.json")
    assert files_of(study / "results") == before


def test_a_second_run_is_refused_and_the_first_ends_at_a_signal(mini, tmp_path):
    study = copy_study("mini", tmp_path / "a study")
    first = Run(mini[1], study)
    while "Finished" not in first.text:
        first.read(1)
    second = Run(mini[1], study)
    assert second.end() == 1
    (line,) = second.text.splitlines()
    assert f"a run of process {first.process.pid}, begun " in line
    assert f"What to do: wait for its end, or end it (kill {first.process.pid}), then start again." in line
    os.kill(first.process.pid, signal.SIGINT)
    assert first.end() == 128 + signal.SIGINT
    assert first.text.endswith("Stopped. `make results` goes on from here.\n")
    third = Run(mini[1], study, "-n")
    assert third.end() == 0
    assert "did not end" not in third.text  # it did, in its way


def test_a_snakemake_started_by_hand_is_respected_and_its_lock_is_removed_when_it_is_dead(mini, tmp_path):
    study = copy_study("mini", tmp_path / "a study")
    command = [sys.executable, "-m", "snakemake", "--snakefile", mini[1] / "Snakefile", "--directory", study]
    with subprocess.Popen([*command, "--cores", "2", *SCHEDULING], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT) as by_hand:  # fmt: skip
        while "Finished" not in by_hand.stdout.readline():
            pass
        second = Run(mini[1], study)
        assert second.end() == 1
        assert f"a run of process {by_hand.pid}, begun " in second.text
        by_hand.kill()
        by_hand.stdout.read()  # until the last of its jobs is gone
    third = Run(mini[1], study, "-n")
    assert third.end() == 0, third.text
    assert f"The run of process {by_hand.pid}, begun " in third.text
    assert "did not end: its lock is removed" in third.text


def test_names_with_braces_quotes_spaces_and_letters_of_other_alphabets(tmp_path):
    home = tmp_path / "br {x} it's ü"
    code, study = copy_code(home / "the {code} {{"), copy_study("mini", home / "a {study}")
    raw, name = study / "data" / "raw", "labs/la{b}s {endpoint} %s $HOME 'ü\".csv"
    (raw / "labs" / "labs.csv").rename(raw / name)
    config = study / "config.yaml"
    config.write_text(config.read_text().replace("[labs/labs.csv]", "['labs/la?b?s *.csv']"))
    rename_in_lock(study, "labs/labs.csv", name)
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    fates = pd.read_csv(study / "results" / "data" / "accounting.csv", dtype=str)
    assert name in set(fates["FILE"])
    assert "labs/labs.csv" not in set(fates["FILE"])


def test_a_name_with_a_line_end_is_refused_by_name(tmp_path):
    study = copy_study("mini", tmp_path / "a study")
    raw, config = study / "data" / "raw", study / "config.yaml"
    (raw / "labs" / "labs.csv").rename(raw / "labs" / "la\nbs.csv")
    config.write_text(config.read_text().replace("[labs/labs.csv]", "['labs/la?bs.csv']"))
    with pytest.raises(ConfigError, match=r"text without control characters .*'labs/la\\nbs\.csv'"):
        relock(study)


def rename_in_lock(study, old, new):
    """Have the lock name a file that was given another name."""
    path = study / "data" / "raw" / "LOCK.yaml"
    lock = yaml.safe_load(path.read_text())
    for file in lock["files"]:
        file["path"] = new if file["path"] == old else file["path"]
    path.write_text(yaml.safe_dump(lock, allow_unicode=True))
    relock(study)
