"""What `make results` clears before snakemake starts: leftovers of killed runs, and damaged files."""

import os

import leftovers
import pytest

from trial.study.files import begin_ledger, write_text
from trial.study.ledger import Ledger

PAGES = ("index.html", "t14-1.html", "report.css")


@pytest.fixture
def study(tmp_path):
    """Return a study with some files that were written."""
    results = tmp_path / "results"
    begin_ledger(results)
    for name in ("data/labs.csv", "tables/a.html", "spec/a.json", "compare/DBL-1/raw.csv", "logs/found.csv"):
        write_text(results / name, f"{name}\n")
    for name in PAGES:
        write_text(results / "report" / name, f"{name}\n")
    write_text(results / "report" / "trace" / "a.js", "1\n")
    return tmp_path


def clear(study, left=""):
    return list(leftovers.clear(str(study), left))


def test_where_all_is_well_nothing_is_said_or_removed(study):
    before = sorted(study.rglob("*"))
    assert clear(study) == []
    assert sorted(study.rglob("*")) == before


def test_a_study_without_results_has_nothing_to_clear(tmp_path):
    assert clear(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_dead_run_is_removed_and_named(study):
    locks = study / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("a\n")
    (locks / "0.output.lock").write_text("b\n")
    host = os.uname().nodename
    assert clear(study, f"12 {host} 2026-01-02 03:04:05") == [
        "The run of process 12, begun 2026-01-02 03:04:05, did not end: its lock is removed, "
        "what it finished is kept."
    ]
    assert list(locks.iterdir()) == []
    (locks / "0.input.lock").write_text("a\n")
    assert clear(study) == [
        "The run of an unknown process did not end: its lock is removed, what it finished is kept."
    ]


def test_temporaries_of_dead_runs_are_removed(study):
    part = study / "results" / "data" / ".labs.csv.part"
    part.touch()
    assert clear(study) == []
    assert not part.exists()


def test_a_damaged_file_is_removed_and_named(study):
    path = study / "results" / "data" / "labs.csv"
    path.write_text("data/labs")
    assert clear(study) == [
        "results/data/labs.csv: not as it was written: it has 9 bytes, but 14 bytes were written. "
        "It is removed and made anew."
    ]
    assert not path.exists()
    assert clear(study) == []  # said once


def test_bytes_that_changed_under_their_old_time_are_found(study):
    path = study / "results" / "spec" / "a.json"
    state = path.stat()
    path.write_text("Spec/a.json\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    (line,) = clear(study)
    assert "results/spec/a.json: not as it was written: its 12 bytes are not those" in line


def test_files_that_are_gone_are_named_in_one_line(study):
    for name in ("data/labs.csv", "tables/a.html"):
        (study / "results" / name).unlink()
    assert clear(study) == [
        "Written, but not there any more: results/data/labs.csv, results/tables/a.html. "
        "What the study still needs is made anew."
    ]
    assert clear(study) == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("damage", ["gone", "other bytes"])
def test_a_page_that_no_rule_names_has_its_rule_run_again(study, page, damage):
    path = study / "results" / "report" / page
    path.unlink() if damage == "gone" else path.write_text("edited")
    (line,) = clear(study)
    assert f"results/report/{page}" in line
    assert not (study / "results" / "report" / "index.html").exists()
    assert (study / "results" / "report" / "trace" / "a.js").exists()


def test_what_no_rule_makes_again_is_left_alone(study):
    for name in ("compare/DBL-1/raw.csv", "logs/found.csv"):
        (study / "results" / name).write_text("edited")
    assert clear(study) == []
    assert (study / "results" / "compare" / "DBL-1" / "raw.csv").read_text() == "edited"


def test_a_file_of_somebody_else_is_left_alone(study):
    (study / "results" / "mine.txt").write_text("mine")
    assert clear(study) == []
    assert (study / "results" / "mine.txt").exists()


def test_a_full_disk_is_named(study, monkeypatch):
    assert leftovers.full_disk(str(study)) == ""
    real = os.statvfs(study)
    for field, value in (("f_bavail", 3), ("f_favail", 0)):
        state = type("State", (), {name: getattr(real, name) for name in dir(real) if name.startswith("f_")})
        setattr(state, field, value)
        state.f_files = 100
        monkeypatch.setattr(leftovers.os, "statvfs", lambda _, state=state: state)
        assert "the disk is full" in leftovers.full_disk(str(study))
        assert "What to do: free some space" in leftovers.full_disk(str(study))


def test_an_unwritable_place_is_one_line():
    error = OSError(30, "Read-only file system", "/s/results/written.tsv")
    line = leftovers.unwritable("/s", error)
    assert line.startswith("/s/results/written.tsv: cannot be written: Read-only file system. What to do: ")
    assert "\n" not in line


def test_the_ledger_is_shortened_where_there_is_one(study, tmp_path_factory):
    write_text(study / "results" / "tables" / "a.html", "again")
    leftovers.shorten_ledger(str(study))
    assert (study / "results" / "written.tsv").read_text().count("tables/a.html") == 1
    assert len(Ledger(study / "results").items()) == 9
    leftovers.shorten_ledger(str(tmp_path_factory.mktemp("empty")))
