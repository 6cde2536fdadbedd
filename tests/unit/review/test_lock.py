"""The lock stops on every kind of difference and names the file."""

from datetime import date

import pytest

import write_lock
from trial.review.config import Lock, LockedFile, load_lock
from trial.review.lock import make_lock, short_hash, verify_lock
from trial.study.errors import LockError
from trial.study.files import sha256


@pytest.fixture
def locked(tmp_path):
    (tmp_path / "lab").mkdir()
    for name in ("lab/a.csv", "b.csv"):
        (tmp_path / name).write_text(f"content of {name}\n")
    (tmp_path / "README.md").write_text("about\n")
    files = [
        LockedFile(path=name, sha256=sha256(tmp_path / name), bytes=(tmp_path / name).stat().st_size)
        for name in ("lab/a.csv", "b.csv")
    ]
    lock = Lock(
        lock_id="L1",
        state="hard",
        synthetic=True,
        cut_date=date(2020, 1, 1),
        created_by="x",
        files=tuple(files),
    )
    return lock, tmp_path


def test_a_lock_that_holds(locked):
    lock, raw = locked
    content = verify_lock(lock, raw)
    assert content["synthetic"] is True
    assert [file["path"] for file in content["files"]] == ["b.csv", "lab/a.csv"]
    assert len(content["short_hash"]) == 12


def test_one_changed_byte_is_named(locked):
    lock, raw = locked
    (raw / "b.csv").write_text("content of b.csW\n")
    with pytest.raises(LockError, match=r"b\.csv: SHA-256") as error:
        verify_lock(lock, raw)
    assert "lab/a.csv" not in str(error.value)


def test_a_size_that_contradicts_the_hash_is_a_mistake_of_the_lock(locked):
    lock, raw = locked
    files = (lock.files[0].model_copy(update={"bytes": 1}), lock.files[1].model_copy(update={"lines": 7}))
    with pytest.raises(LockError) as error:
        verify_lock(lock.model_copy(update={"files": files}), raw)
    assert "lab/a.csv: the lock has 1 bytes" in str(error.value)
    assert "b.csv: the lock has 17 bytes and 7 lines, the file has 17 and 1" in str(error.value)


def test_missing_and_additional_files_are_named_together(locked):
    lock, raw = locked
    (raw / "lab" / "a.csv").rename(raw / "lab" / "c.csv")
    with pytest.raises(LockError) as error:
        verify_lock(lock, raw)
    assert "lab/a.csv: in the lock, but not there" in str(error.value)
    assert "lab/c.csv: there, but not in the lock" in str(error.value)


def test_short_hash_depends_on_names_and_content():
    base = short_hash({"a": "1", "b": "2"})
    assert base == short_hash({"b": "2", "a": "1"})
    assert base != short_hash({"a": "2", "b": "1"})


def test_a_written_lock_holds(locked):
    _, raw = locked
    (raw / "book.xlsx").write_bytes(b"PK\0\n\n")
    words = [
        "--raw",
        str(raw),
        "--lock-id",
        "L2",
        "--state",
        "hard",
        "--cut-date",
        "2020-01-31",
        "--created-by",
        "DM",
    ]
    write_lock.main(words)
    lock = load_lock(raw / "LOCK.yaml")
    assert [(file.path, file.lines) for file in lock.files] == [
        ("b.csv", 1),
        ("book.xlsx", None),
        ("lab/a.csv", 1),
    ]
    content = verify_lock(lock, raw)
    assert (content["lock_id"], content["synthetic"], content["cut_date"]) == ("L2", False, "2020-01-31")
    with pytest.raises(LockError, match="a lock is there already"):
        write_lock.main(words)


def test_nothing_to_lock_is_an_error(tmp_path):
    with pytest.raises(LockError, match="no file to lock"):
        make_lock(tmp_path, "L", "hard", True, date(2020, 1, 1), "DM")
