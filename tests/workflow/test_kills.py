"""A run that is killed, at any moment and in any part, is gone on with by starting it again: same bytes at the end."""

import random
import re
import shutil
import time

import pytest

from workflow.conftest import copy_study
from workflow.kills import Run, files_of

REMOVED = r"The run of process \d+, begun [-0-9: ]+, did not end: its lock is removed"
# Each lets the run stop at once. Without its server or a fork of it, a run may go on or fail; the next is whole.
MEMBERS = ("all", "snakemake", "start", "fork", "server", "job")


def disturb(code, study, dice, member):
    """Start a run, kill a member of it at some moment, and return whether it was there, exit code and text."""
    run = Run(code, study)
    run.read(dice.randrange(45))
    time.sleep(dice.random() / 2)
    killed = run.kill(member)
    return killed, run.end(), run.text


def finish(code, study, undisturbed):
    """Start a last run and compare what it leaves with what an undisturbed one leaves."""
    run = Run(code, study)
    assert run.end() == 0, run.text
    left = files_of(study / "results")
    assert sorted(left) == sorted(undisturbed)
    assert [name for name in left if left[name] != undisturbed[name]] == []
    assert not list((study / ".snakemake" / "locks").glob("*"))
    assert not list(study.rglob("*.part"))
    return run.text


def check_messages(study, text, stopped):
    """Compare what a run says of the one before with what that did."""
    assert bool(re.search(REMOVED, text)) == stopped, text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 3), pytest.param(2, 24, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_a_killed_run_goes_on_by_itself(tmp_path, mini, seed, kills):
    dice, code, undisturbed = random.Random(seed), mini[1], files_of(mini[0] / "results")
    study, done, stopped = copy_study("mini", tmp_path / "a study"), 0, False
    while done < kills:
        member = MEMBERS[done % len(MEMBERS)]
        killed, ended, text = disturb(code, study, dice, member)
        check_messages(study, text, stopped)
        stopped = killed and member in ("all", "snakemake", "start")
        done += killed
        if ended == 0:  # it was through before: from the beginning
            finish(code, study, undisturbed)
            shutil.rmtree(study)
            copy_study("mini", study)
            stopped = False
    check_messages(study, finish(code, study, undisturbed), stopped)
