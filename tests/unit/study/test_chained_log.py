"""A log is only added to: whatever else is done to it is noticed at its place."""

import pytest

from trial.study.chained_log import CHAIN, append_log, read_log
from trial.study.errors import LockError

COLUMNS = ("WHEN", "WHAT")


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "LOG.csv"
    for number, what in enumerate(("first", 'a "reason", with marks', "several\nlines", "last")):
        append_log(path, COLUMNS, {"WHEN": str(number), "WHAT": what})
    return path


def test_lines_come_back_in_order(log):
    found = read_log(log, COLUMNS)
    assert [line["WHAT"] for line in found] == ["first", 'a "reason", with marks', "several lines", "last"]
    assert len({line[CHAIN] for line in found}) == 4


def test_adding_changes_no_earlier_byte(log):
    before = log.read_bytes()
    append_log(log, COLUMNS, {"WHEN": "9", "WHAT": "more"})
    assert log.read_bytes().startswith(before)


def test_no_log_has_no_lines(tmp_path):
    assert read_log(tmp_path / "LOG.csv", COLUMNS) == []


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        (lambda lines: [lines[0], lines[1].replace("first", "First"), *lines[2:]], 1),
        (lambda lines: [*lines[:2], *lines[3:]], 2),  # one taken out
        (lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], 2),  # two exchanged
        (lambda lines: [*lines[:3], lines[1], *lines[3:]], 3),  # one put in
        (lambda lines: [*lines[:4], lines[4][:-1]], 4),  # a digit of the chain
    ],
)
def test_every_edit_is_noticed_at_its_place(log, change, entry):
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    with pytest.raises(LockError, match=f"entry {entry}: it was edited"):
        read_log(log, COLUMNS)
    with pytest.raises(LockError, match="restore the log"):
        append_log(log, COLUMNS, {"WHEN": "9", "WHAT": "more"})


@pytest.mark.parametrize("text", ["", "WHEN,WHAT\n", "\ufffd\n", '"\n'])
def test_another_file_is_no_log(tmp_path, text):
    (tmp_path / "LOG.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LockError, match="expected the columns WHEN, WHAT, CHAIN"):
        read_log(tmp_path / "LOG.csv", COLUMNS)
