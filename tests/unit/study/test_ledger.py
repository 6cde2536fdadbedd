"""The ledger of written files: what is not as it was written is refused, whatever was done to it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from trial.study.errors import DataError, FileError
from trial.study.files import (
    begin_ledger,
    read_bytes,
    read_columns,
    read_json,
    read_table,
    read_text,
    remove,
    replacing,
    write_if_changed,
    write_json,
    write_table,
    write_text,
)  # fmt: skip
from trial.study.ledger import NAME, Ledger, Written, forget

COLUMNS = {"USUBJID": "text", "AVAL": "number"}
SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


@pytest.fixture
def results(tmp_path):
    """Return a folder with a ledger and one table in it."""
    folder = tmp_path / "a study" / "results"
    begin_ledger(folder)
    table = pd.DataFrame({"USUBJID": [f"S-{i:02}" for i in range(40)], "AVAL": [i / 7 for i in range(40)]})
    write_table(folder / "data" / "labs.csv", table, list(COLUMNS))
    return folder


def swap(path):
    """Put two lines of a file in each other's place: same bytes in another order."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))


def flip(path):
    """Turn one bit of a digit and keep size and times."""
    state, content = path.stat(), bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


DAMAGES = {
    "cut at the end of a row": lambda path: path.write_bytes(
        b"".join(path.read_bytes().splitlines(keepends=True)[:-9])
    ),
    "cut within a row": lambda path: os.truncate(path, path.stat().st_size // 2 + 3),
    "one bit": flip,
    "two rows swapped": swap,
    "emptied": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(b"\0" * path.stat().st_size),
    "no text": lambda path: path.write_bytes(bytes(range(256))),
    "another version": lambda path: path.write_text("USUBJID,AVAL\nS-01,0.5\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    "read",
    [
        lambda path: read_table(path, COLUMNS),
        lambda path: read_columns(path, {"AVAL": "number"}),
        read_json, read_text, read_bytes,
    ],
    ids=["table", "columns", "json", "text", "bytes"],
)  # fmt: skip
def test_a_damaged_file_is_refused_by_every_reader(results, damage, read):
    path = results / "data" / "labs.csv"
    DAMAGES[damage](path)
    with pytest.raises(FileError) as caught:
        read(path)
    lines = caught.value.text().splitlines()
    assert lines[0].startswith(f"{path}: not as it was written: ")
    assert "40 data rows" in lines[0]
    assert lines[1].startswith("  What to do: run `make results` again")
    assert len(lines) == 2


def test_what_was_written_is_read(results):
    table = read_table(results / "data" / "labs.csv", COLUMNS)
    assert table["AVAL"].tolist() == [i / 7 for i in range(40)]
    write_json(results / "lock.json", {"a": [1, None]})
    assert read_json(results / "lock.json") == {"a": [1, None]}


def test_the_last_word_counts(results):
    path = results / "data" / "labs.csv"
    old = path.read_bytes()
    write_table(path, pd.DataFrame({"USUBJID": ["S-01"], "AVAL": [2.0]}), list(COLUMNS))
    assert read_table(path, COLUMNS)["AVAL"].tolist() == [2.0]
    path.write_bytes(old)  # what an earlier run wrote is damage too
    with pytest.raises(FileError, match="1 data rows"):
        read_table(path, COLUMNS)


def test_a_file_without_a_line_is_read_as_it_is(results, tmp_path):
    (results / "mine.json").write_text("[1]")
    assert read_json(results / "mine.json") == [1]
    write_text(tmp_path / "no ledger" / "a.txt", "x")
    (tmp_path / "no ledger" / "a.txt").write_text("edited")
    assert read_text(tmp_path / "no ledger" / "a.txt") == "edited"
    assert not (tmp_path / "no ledger" / NAME).exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_a_file_that_makes_no_sense_is_no_traceback_either(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"a\.json: cannot be read: .*\n  What to do: "):
        read_json(path)
    with pytest.raises(DataError, match=r"a\.json: (cannot be read|expected columns).*\n  What to do: "):
        read_table(path, COLUMNS)


def test_a_missing_file_is_named(results):
    with pytest.raises(FileError, match=r"gone\.csv: expected this file of the results, found none"):
        read_table(results / "gone.csv", COLUMNS)


def test_a_copied_folder_keeps_its_ledger(results, tmp_path):
    copy = tmp_path / "elsewhere" / "results of June"
    shutil.copytree(results, copy)
    shutil.rmtree(results)
    assert len(read_table(copy / "data" / "labs.csv", COLUMNS)) == 40
    flip(copy / "data" / "labs.csv")
    with pytest.raises(FileError, match="not as it was written"):
        read_table(copy / "data" / "labs.csv", COLUMNS)


def test_a_folder_that_loses_its_ledger_while_it_is_known(results):
    assert read_bytes(results / "data" / "labs.csv")
    (results / NAME).unlink()
    flip(results / "data" / "labs.csv")
    assert read_bytes(results / "data" / "labs.csv")  # nobody knows better


def test_removed_and_moved_files_are_forgotten(results):
    path = results / "data" / "labs.csv"
    remove(path)
    assert not path.exists()
    path.write_text("mine")
    assert read_text(path) == "mine"
    write_text(results / "b.txt", "b")
    forget([results / "b.txt", results / "never.txt"])
    assert Ledger(results).items() == []


def test_a_text_that_is_the_same_is_not_written_but_its_line_is_mended(results):
    path = results / "spec" / "a.json"
    write_if_changed(path, "1\n")
    state = path.stat()
    # As if a writer had been killed between its line and its file.
    Ledger(results).record(path, Written("1" * 64, 2))
    with pytest.raises(FileError):
        read_json(path)
    write_if_changed(path, "1\n")
    assert path.stat() == state
    assert read_json(path) == 1


def test_a_file_from_before_the_ledger_gets_its_line(results):
    path = results / "spec" / "a.json"
    path.parent.mkdir()
    path.write_text("1\n")
    write_if_changed(path, "1\n")
    assert Ledger(results).get(path).size == 2


@pytest.mark.parametrize("kept", range(60, 0, -7))
def test_half_a_line_of_a_killed_writer_is_no_word(results, kept):
    write_text(results / "b.txt", "b")
    line = (results / NAME).read_bytes().split(b"\n")[-1]
    with (results / NAME).open("ab") as stream:
        stream.write((b"\nc.txt" + line[5:])[:kept])
    assert [name for name, _ in Ledger(results).items()] == ["b.txt", "data/labs.csv"]
    write_text(results / "d.txt", "d")
    assert [name for name, _ in Ledger(results).items()] == ["b.txt", "d.txt", "data/labs.csv"]
    assert read_text(results / "d.txt") == "d"


def test_names_of_any_kind(results):
    names = ["a b.txt", "{x}.txt", "Ä ö.txt", "line\nend.txt", "tab\t.txt", "back\\slash.txt", r"not\na.txt"]
    for name in names:
        write_text(results / name, name)
    assert sorted(names) == [name for name, _ in Ledger(results).items() if name != "data/labs.csv"]
    assert all(read_text(results / name) == name for name in names)


def test_many_writers_at_once_lose_no_line(results):
    program = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "from pathlib import Path\n"
        "from trial.study.files import write_text\n"
        "from trial.study.ledger import Ledger\n"
        "folder, mine = Path(sys.argv[1]), sys.argv[2]\n"
        "for i in range(60):\n"
        "    write_text(folder / mine / f'{i}.txt', mine * i)\n"
        "    if i % 20 == 7: Ledger(folder).shorten()\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, results, name]) for name in "abcd"]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(Ledger(results).items()) == 241
    assert all(read_text(results / name / f"{i}.txt") == name * i for name in "abcd" for i in range(60))


def test_a_shortened_ledger_says_the_same_in_any_order(results):
    for text in ("1", "2", "3"):
        write_text(results / "b.txt", text)
    write_text(results / "a.txt", "a")
    before = Ledger(results).items()
    Ledger(results).shorten()
    first = (results / NAME).read_bytes()
    assert Ledger(results).items() == before
    assert first.count(b"\n") == 3
    write_text(results / "a.txt", "a")
    write_text(results / "b.txt", "3")
    Ledger(results).shorten()
    assert (results / NAME).read_bytes() == first


def test_a_full_disk_is_one_message_and_nothing_is_lost(results):
    path = results / "data" / "labs.csv"
    before = path.read_bytes()
    with pytest.raises(FileError) as caught, replacing(path) as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_bytes(b"much")
    assert "No space left on device" in str(caught.value)
    assert "What to do: free some space on that disk and run `make results` again" in str(caught.value)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["labs.csv"]
    assert len(read_table(path, COLUMNS)) == 40


def test_a_folder_that_cannot_be_made_is_one_message(results):
    (results / "tables").write_text("a file where a folder should be")
    with pytest.raises(FileError, match=r"(?s)tables/a\.txt: cannot be written: .*What to do"):
        write_text(results / "tables" / "a.txt", "a")
