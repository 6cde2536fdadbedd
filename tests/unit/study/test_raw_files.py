"""Raw bytes are read through one function, which holds them against the lock at that moment."""

import json
import os
from pathlib import Path

import pytest

from raw import raw_of, write_verified
from trial.study.errors import LockError
from trial.study.raw_files import names_file, of_lock, open_raw, walk


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "a.csv").write_bytes(b"1,2\n")
    (tmp_path / "b.csv").write_bytes(b"3\n")
    return tmp_path


def test_the_bytes_are_those_of_the_lock(folder):
    assert raw_of(folder).file("lab/a.csv").read() == b"1,2\n"


def test_a_file_replaced_after_the_lock_was_verified_is_refused_with_its_old_time_stamp(folder):
    file, path = raw_of(folder).file("b.csv"), folder / "b.csv"
    before = path.stat()
    path.write_bytes(b"4\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(LockError) as error:
        file.read()
    text = str(error.value)
    assert text.startswith("data/raw/b.csv: SHA-256 ") and "it was replaced after the lock" in text
    assert "What to do: put the file of lock TEST-1 back" in text


@pytest.mark.parametrize("linked", ["lab", "lab/a.csv"])
def test_a_link_to_the_very_bytes_is_refused(folder, linked, tmp_path_factory):
    file = raw_of(folder).file("lab/a.csv")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "it"
    (folder / linked).rename(elsewhere)
    (folder / linked).symlink_to(elsewhere)
    with pytest.raises(LockError, match="symbolic link"):
        file.read()


def test_a_pipe_is_refused_and_not_waited_for(folder):
    file = raw_of(folder).file("b.csv")
    (folder / "b.csv").unlink()
    os.mkfifo(folder / "b.csv")
    with pytest.raises(LockError, match="special file"):
        file.read()


def test_a_file_that_went_away_is_named(folder):
    file = raw_of(folder).file("b.csv")
    (folder / "b.csv").unlink()
    with pytest.raises(LockError, match=r"data/raw/b\.csv: it cannot be read"):
        file.read()


def test_nothing_is_read_that_the_lock_does_not_name(folder):
    raw = raw_of(folder)
    (folder / "lab" / "new.csv").write_bytes(b"")
    assert raw.file("lab/new.csv") is None
    assert [file.name for file in raw.matching("lab/*.csv")] == ["lab/a.csv"]


@pytest.mark.parametrize(
    ("pattern", "name", "named"),
    [
        ("a/b.csv", "a/b.csv", True),
        ("a/*.csv", "a/b.csv", True),
        ("*.csv", "a/b.csv", False),  # a star stays within a folder
        ("a/*", "a/b/c.csv", False),
        ("**/*.csv", "b.csv", True),
        ("a/**/*.csv", "a/x/y/b.csv", True),
        ("a/**/*.csv", "c/b.csv", False),
        ("a/?.csv", "a/bb.csv", False),
        ("a/[bc].csv", "a/c.csv", True),
        ("a[1].csv", "a[1].csv", True),  # the file itself has brackets
        ("a/{b}.csv", "a/{b}.csv", True),
        ("A.csv", "a.csv", False),
    ],
)
def test_patterns(pattern, name, named):
    assert names_file(pattern, name) == named


def test_the_walk_names_links_and_enters_none(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.csv").write_bytes(b"")
    (folder / "linked").symlink_to(elsewhere)
    assert dict(walk(folder)) == {"lab/a.csv": "", "b.csv": "", "linked": "a symbolic link"}


def test_the_locks_own_files_are_no_raw_files():
    names = [
        "LOCK.yaml",
        "LOCKLOG.csv",
        "README.md",
        "LOCKS/L1.hard.yaml",
        "lab/README.md",
        "lab/LOCK.yaml",
        "a",
    ]
    assert of_lock(names) == ["lab/README.md", "lab/LOCK.yaml", "a"]


@pytest.mark.parametrize("text", [None, "", "{}", '{"files": 3}'])
def test_without_a_verified_lock_nothing_is_read(tmp_path, text):
    path = tmp_path / "lock.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LockError, match="expected the verified lock"):
        open_raw(path, tmp_path)


def test_arms_are_dealt_in_a_dry_run_alone(folder, tmp_path_factory):
    where = tmp_path_factory.mktemp("results") / "lock.json"
    dealt = {
        s: open_raw(write_verified(where, folder, state=s), folder).dummy_arms for s in ("hard", "dry-run")
    }
    assert dealt == {"hard": "", "dry-run": "TEST-1"}
    assert json.loads(Path(where).read_text())["lock_id"] == "TEST-1"
