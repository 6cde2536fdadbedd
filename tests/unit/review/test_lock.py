"""A run stops on every kind of difference between raw files, lock and configuration, and names each."""

import os
from datetime import date

import pytest

from trial.review.config import Lock, LockedFile
from trial.review.lock import short_hash, verify_lock
from trial.study.errors import LockError
from trial.study.files import sha256

NAMED = {"edc.subjects": "b.csv", "sources.lab.files.0": "lab/*.csv"}


@pytest.fixture
def locked(tmp_path):
    (tmp_path / "lab").mkdir()
    for name in ("lab/a.csv", "b.csv"):
        (tmp_path / name).write_text(f"content of {name}\n")
    for name in ("README.md", "LOCK.yaml", "LOCKLOG.csv"):
        (tmp_path / name).write_text("about the lock\n")
    (tmp_path / "LOCKS").mkdir()
    (tmp_path / "LOCKS" / "L0.hard.yaml").write_text("an earlier one\n")
    files = [
        LockedFile(path=name, sha256=sha256(tmp_path / name), bytes=(tmp_path / name).stat().st_size)
        for name in ("lab/a.csv", "b.csv")
    ]
    lock = Lock(
        lock_id="L1",
        state="hard",
        parent_lock=None,
        synthetic=True,
        cut_date=date(2020, 1, 1),
        signed_by=("DM", "statistician"),
        dictionaries={},
        config_sha256=None,
        plan_sha256=None,
        files=tuple(files),
    )
    return lock, tmp_path


def refusal(locked, named=NAMED):
    with pytest.raises(LockError) as error:
        verify_lock(*locked, named)
    return str(error.value)


def test_a_lock_that_holds(locked):
    content = verify_lock(*locked, NAMED)
    assert content["synthetic"] is True
    assert [file["path"] for file in content["files"]] == ["b.csv", "lab/a.csv"]
    assert len(content["short_hash"]) == 12 and content["fingerprint"].startswith(content["short_hash"])


def test_one_changed_byte_is_named_whatever_the_time_stamp_says(locked):
    path = locked[1] / "b.csv"
    before = path.stat()
    path.write_text("content of b.csW\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    text = refusal(locked)
    assert "b.csv: SHA-256 " in text and "(17 bytes), the lock has " in text
    assert "lab/a.csv" not in text
    assert "put the files of lock L1 back, or lock what is there now: make lock ID=" in text


def test_missing_and_additional_files_are_named_together(locked):
    (locked[1] / "lab" / "a.csv").rename(locked[1] / "lab" / "c.csv")
    text = refusal(locked)
    assert "lab/a.csv: in the lock, but not there" in text
    assert "lab/c.csv: there, but not in the lock" in text


def test_every_problem_is_named_however_many_there_are(locked):
    for number in range(30):
        (locked[1] / f"more{number:02d}.csv").write_text("")
    assert all(f"more{number:02d}.csv: there" in refusal(locked) for number in range(30))


@pytest.mark.parametrize("linked", ["lab", "lab/a.csv", "b.csv"])
def test_a_link_is_no_raw_file_though_the_bytes_are_the_same(locked, linked, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "it"
    path = locked[1] / linked
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert f"{linked}: a symbolic link; only plain files in plain folders are read" in refusal(locked)


def test_a_linked_folder_beside_the_locked_files_is_named(locked, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "more.csv").write_text("what no lock has\n")
    (locked[1] / "lab" / "new").symlink_to(elsewhere)
    assert "lab/new: a symbolic link" in refusal(locked)


def test_a_special_file_is_named_and_not_waited_for(locked):
    os.mkfifo(locked[1] / "lab" / "pipe.csv")
    assert "lab/pipe.csv: a special file" in refusal(locked)


def test_names_of_the_configuration_and_of_the_lock_are_compared_both_ways(locked):
    named = {"edc.subjects": "b.csv", "edc.visits": "visits.csv", "sources.x.files.0": "x/*.csv"}
    text = refusal(locked, named)
    assert "visits.csv: named by edc.visits of config.yaml, but not in the lock" in text
    assert "x/*.csv: named by sources.x.files.0 of config.yaml, but not in the lock" in text
    assert "lab/a.csv: in the lock, but no key of config.yaml names it" in text


def test_answers_to_queries_are_named_by_no_key(locked):
    lock, raw = locked
    (raw / "queries").mkdir()
    (raw / "queries" / "answers.csv").write_text("QUERYID\n")
    entry = LockedFile(path="queries/answers.csv", sha256=sha256(raw / "queries" / "answers.csv"), bytes=8)
    content = verify_lock(lock.model_copy(update={"files": (*lock.files, entry)}), raw, NAMED)
    assert len(content["files"]) == 3


def test_the_command_that_is_named_is_one_that_would_be_accepted(locked):
    (locked[1] / "b.csv").write_text("")
    lock = locked[0]
    assert "STATE=unlocked" in refusal(locked) and "STATE=relocked PARENT=L1" in refusal(locked)
    soft = lock.model_copy(update={"state": "soft"}), locked[1]
    assert "make lock ID=NEW-ID STATE=soft PARENT=L1" in refusal(soft)


def test_short_hash_depends_on_names_and_content():
    base = short_hash({"a": "1", "b": "2"})
    assert base == short_hash({"b": "2", "a": "1"})
    assert base != short_hash({"a": "2", "b": "1"})
