"""A study belongs to one run at a time; of one that is dead nothing keeps the next from going on."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import owner
import pytest

RUNNER = Path(owner.__file__).parent
HOLD = (
    f"import sys; sys.path.insert(0, {str(RUNNER)!r}); import owner; opened, left = owner.take(sys.argv[1]);"
)
WAIT = "print('taken', flush=True); sys.stdin.read()"


@pytest.fixture
def first(tmp_path):
    """Return a process that has taken the study `tmp_path`."""
    with holder(tmp_path) as process:
        yield process
        process.kill()


def holder(study, then=WAIT):
    command = [sys.executable, "-c", HOLD + then, study]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "taken\n"
    return process


def test_the_second_is_told_who_is_first_since_when_and_what_to_do(tmp_path, first):
    with pytest.raises(owner.BusyError) as caught:
        owner.take(str(tmp_path))
    text = str(caught.value)
    assert "\n" not in text
    assert re.search(rf"a run of process {first.pid}, begun \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d, goes on", text)
    assert f"What to do: wait for its end, or end it (kill {first.pid}), then start again." in text


def test_after_a_killed_run_the_study_is_free_and_says_whose_it_was(tmp_path, first):
    first.kill()
    first.wait()
    opened, left = owner.take(str(tmp_path))
    assert left.startswith(f"{first.pid} {os.uname().nodename} ")
    assert not owner.lives(left)
    owner.leave(opened)
    opened, left = owner.take(str(tmp_path))
    assert left == ""
    owner.leave(opened)


def test_the_study_stays_taken_while_somebody_has_the_open_file(tmp_path, monkeypatch):
    then = (
        "import os, subprocess;"
        "child = subprocess.Popen(['sleep', '600'], pass_fds=[opened], stdout=subprocess.DEVNULL);"
        "print('taken', flush=True); print(child.pid, flush=True); sys.stdin.read()"
    )
    with holder(tmp_path, then) as process:
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
        monkeypatch.setattr(owner, "PATIENCE_SECONDS", 0.2)
        with pytest.raises(owner.BusyError):
            owner.take(str(tmp_path))
        os.kill(child, signal.SIGKILL)
    monkeypatch.undo()
    opened, _ = owner.take(str(tmp_path))
    owner.leave(opened)


def test_a_run_on_another_host_is_named_with_it():
    note = "12 another.host 2026-01-02 03:04:05"
    assert owner.lives(note)
    assert owner.described(note) == "of process 12 on another.host, begun 2026-01-02 03:04:05,"
    assert owner.described("") == "of an unknown process"
    assert not owner.lives("not a note")


def test_where_files_cannot_be_locked_what_is_written_counts(tmp_path, first, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(owner.fcntl, "flock", refuse)
    with pytest.raises(owner.BusyError, match=f"process {first.pid}"):
        owner.take(str(tmp_path))
    first.kill()
    first.wait()
    opened, _ = owner.take(str(tmp_path))
    owner.leave(opened)


def test_a_child_ends_with_all_of_its_group_when_its_starter_is_killed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    member = f"import os, sys; sys.path.insert(0, {str(RUNNER)!r}); import owner, subprocess;"
    member += "owner.end_with_starter(); assert owner.STARTER not in os.environ; owner.hold();"
    member += "subprocess.run(['sleep', '600'])"
    starter = f"import sys; sys.path.insert(0, {str(RUNNER)!r}); import child;"
    starter += f"child.run([sys.executable, '-c', {member!r}], 0)"
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (snakemake := children.read_text().split()):
            pass
        jobs = Path(f"/proc/{snakemake[0]}/task/{snakemake[0]}/children")
        while not jobs.read_text():
            pass
        process.kill()
        assert process.stdout.read() == ""  # it ends when nobody of the group is left to write
    assert not Path(".snakemake").exists()  # the starter has taken the study, not its child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_passed_on_once_and_the_end_is_said(number):
    member = (
        "import signal\n"
        "def told(number, _):\n    print('told', number, flush=True)\n    raise SystemExit(5)\n"
        "signal.signal(signal.SIGINT, told)\n"
        "print('ready', flush=True)\n"
        "while True:\n    signal.pause()\n"
    )
    starter = f"import sys; sys.path.insert(0, {str(RUNNER)!r}); import child;"
    starter += f"sys.exit(child.run([sys.executable, '-c', {member!r}], 0))"
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:  # fmt: skip
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate()
    assert out == f"told {int(signal.SIGINT)}\n"
    assert err == "Stopped. `make results` goes on from here.\n"
    assert process.returncode == 128 + number


def test_a_killed_child_takes_its_group_with_it_and_is_named(capfd):
    import child

    member = "import os, subprocess; subprocess.Popen(['sleep', '600']); os.kill(os.getpid(), 9)"
    assert child.run([sys.executable, "-c", member], 0) == -signal.SIGKILL
    assert "snakemake was killed (signal 9). `make results` goes on from here." in capfd.readouterr().err
