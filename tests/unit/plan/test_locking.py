"""make lock: what it writes, what it refuses, and that nothing of earlier locks is lost."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

import write_lock
from trial.plan.load import load_study
from trial.plan.locked import read_lock
from trial.plan.locking import Asked, lock_study
from trial.review.config import load_lock
from trial.review.log import current_lock, read_locks
from trial.study.errors import ConfigError, LockError, TrialError
from trial.study.files import read_json
from trial.study.load import read_yaml

TEMPLATE = Path(__file__).resolve().parents[3] / "workflow" / "template"
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
FIRST = Asked("DBL-1", "hard", "2024-12-31", "data manager; statistician")


@pytest.fixture
def study(tmp_path):
    """The smallest study, locked by nobody."""
    folder = tmp_path / "a study"
    shutil.copytree(TEMPLATE, folder)
    raw = folder / "data" / "raw"
    shutil.rmtree(raw / "LOCKS")
    (raw / "LOCK.yaml").unlink()
    (raw / "LOCKLOG.csv").unlink()
    return folder


def lock(folder, **asked):
    given = {"id": "DBL-1", "state": "hard", "cut": "", "signed": "data manager; statistician"} | asked
    return lock_study(folder, Asked(**given), NOW)


def refusal(folder, **asked):
    before = {path: path.read_bytes() for path in (folder / "data" / "raw").rglob("*") if path.is_file()}
    with pytest.raises(LockError) as error:
        lock(folder, **asked)
    after = {path: path.read_bytes() for path in (folder / "data" / "raw").rglob("*") if path.is_file()}
    assert before == after
    return str(error.value)


def start(folder):
    """Read the lock as the Snakefile does."""
    content = read_yaml(folder / "config.yaml")
    read_lock(load_study(content), content, folder)


def change(folder):
    path = folder / "data" / "raw" / "labs" / "labs.csv"
    path.write_bytes(path.read_bytes() + b"\n")


def test_a_first_lock_and_what_it_says(study):
    (said,) = lock_study(study, FIRST, NOW)
    assert said.startswith("Lock DBL-1 (") and "state hard, data cut 2024-12-31, 2 files" in said
    found = load_lock(study / "data" / "raw" / "LOCK.yaml")
    assert (found.parent_lock, found.synthetic, found.signed_by) == (
        None,
        False,
        ("data manager", "statistician"),
    )
    subjects, labs = found.files
    text = (study / "data" / "raw" / subjects.path).read_text(encoding="utf-8")
    assert (subjects.path, subjects.rows, subjects.subjects) == ("edc/subjects.csv", 16, 16)
    assert subjects.columns == text.splitlines()[0].count(",") + 1
    rows = (study / "data" / "raw" / labs.path).read_text(encoding="utf-8").splitlines()
    assert (labs.rows, labs.columns) == (len(rows) - 1, rows[0].count(",") + 1)
    assert labs.subjects == 16 and labs.first_date < labs.last_date < found.cut_date
    start(study)
    content = read_json(study / "results" / "lock.json")
    assert (content["lock_id"], content["parent_lock"]) == ("DBL-1", None)
    assert content["log_chain"] == read_locks(study / "data" / "raw")[-1]["CHAIN"]


def test_a_log_without_the_lock_of_the_last_run_is_refused(study):
    """A later lock is taken back with its line: the chain that is left is sound, the last run knows better."""
    raw = study / "data" / "raw"
    lock_study(study, FIRST, NOW)
    kept = {name: (raw / name).read_bytes() for name in ("LOCK.yaml", "LOCKLOG.csv")}
    lock_study(study, replace(FIRST, state="unlocked", reason="answers of the site"), NOW)
    start(study)
    before = (study / "results" / "lock.json").read_bytes()
    for name, content in kept.items():
        (raw / name).write_bytes(content)
    with pytest.raises(LockError, match=r"LOCKLOG\.csv: the lock of the last run is not in it"):
        start(study)
    assert (study / "results" / "lock.json").read_bytes() == before
    (study / "results" / "lock.json").unlink()
    start(study)


def test_the_program_asks_for_what_is_missing(study, capsys):
    with pytest.raises(LockError, match="make lock: missing: ID, STATE, SIGNED, CUT") as error:
        write_lock.main(["--study", str(study)])
    assert 'make lock ID=DBL-1 STATE=hard CUT=YYYY-MM-DD SIGNED="data manager; statistician"' in str(
        error.value
    )
    words = [
        "--id",
        "DBL-1",
        "--state",
        "hard",
        "--cut",
        "2024-12-31",
        "--signed",
        "DM; ST",
        "--synthetic",
        "yes",
    ]
    write_lock.main(["--study", str(study), *words])
    assert "Lock DBL-1 (" in capsys.readouterr().out
    assert load_lock(study / "data" / "raw" / "LOCK.yaml").synthetic


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"state": "frozen"}, "STATE=frozen: expected dry-run, soft, hard, unlocked, relocked"),
        ({"cut": "31/12/2024"}, "CUT=31/12/2024: expected a day, YYYY-MM-DD"),
        ({"cut": "2025-03-02"}, "CUT=2025-03-02: it lies in the future (today is 2025-03-01)"),
        ({"signed": "data manager"}, "STATE=hard needs two roles or more"),
        ({"synthetic": "maybe"}, "SYNTHETIC=maybe: expected yes or no"),
        ({"state": "relocked"}, "STATE=relocked: nothing is locked yet"),
        ({"parent": "DBL-0"}, "PARENT=DBL-0: nothing is locked yet"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_written(study, asked, said):
    assert said in refusal(study, **{"cut": "2024-12-31"} | asked)


@pytest.mark.parametrize("name", ["../x", "a b", "", "-x", "x" * 65, "é"])
def test_an_id_is_a_name_of_files(study, name):
    with pytest.raises((LockError, ConfigError), match=r"missing: ID|lock_id"):
        lock(study, id=name, cut="2024-12-31")
    assert not (study / "data" / "raw" / "LOCK.yaml").exists()


def test_files_and_configuration_must_name_each_other(study):
    raw = study / "data" / "raw"
    (raw / "notes.txt").write_text("x")
    (raw / "linked").symlink_to(study)
    (raw / "edc" / "subjects.csv").rename(raw / "edc" / "people.csv")
    text = refusal(study, cut="2024-12-31")
    assert "notes.txt: in data/raw, but no key of config.yaml names it" in text
    assert "edc/people.csv: in data/raw, but no key" in text
    assert "edc/subjects.csv: named by edc.subjects of config.yaml, but not in data/raw" in text
    assert "linked: a symbolic link; only plain files in plain folders are locked" in text


def test_there_must_be_something_to_lock(study):
    shutil.rmtree(study / "data" / "raw")
    with pytest.raises(LockError, match="there is no file to lock"):
        lock(study, cut="2024-12-31")


def test_the_same_lock_again_writes_nothing(study):
    lock_study(study, FIRST, NOW)
    log = (study / "data" / "raw" / "LOCKLOG.csv").read_bytes()
    (said,) = lock_study(study, FIRST, NOW)
    assert "is in force already; nothing was written" in said
    assert (study / "data" / "raw" / "LOCKLOG.csv").read_bytes() == log


def test_from_a_hard_lock_to_corrected_data(study):
    raw = study / "data" / "raw"
    lock_study(study, FIRST, NOW)
    first = (raw / "LOCK.yaml").read_bytes()
    change(study)
    again = {"parent": "DBL-1", "reason": "site answered"}
    assert "lock DBL-1 is hard; expected unlocked" in refusal(study, id="DBL-2", **again)
    change_back = raw / "labs" / "labs.csv"
    change_back.write_bytes(change_back.read_bytes()[:-1])
    lock(study, state="unlocked", reason="three queries")
    change(study)
    assert "PARENT is missing" in refusal(study, id="DBL-2", state="relocked", reason="x")
    lock(study, id="DBL-2", state="relocked", **again)
    found, log = current_lock(raw)
    assert (found.lock_id, found.state, found.parent_lock) == ("DBL-2", "relocked", "DBL-1")
    assert found.cut_date == date(2024, 12, 31)  # as before where none was given
    assert [line["LOCK_ID"] + " " + line["STATE"] for line in log] == [
        "DBL-1 hard",
        "DBL-1 unlocked",
        "DBL-2 relocked",
    ]
    assert [line["REASON"] for line in log] == ["", "three queries", "site answered"]
    assert (raw / "LOCKS" / "DBL-1.hard.yaml").read_bytes() == first
    kept = {path.name for path in (raw / "LOCKS").iterdir()}
    assert kept == {"DBL-1.hard.yaml", "DBL-1.unlocked.yaml", "DBL-2.relocked.yaml"}
    start(study)


def test_the_commands_that_a_refusal_names_are_accepted_in_their_order(study):
    lock_study(study, FIRST, NOW)
    change(study)
    text = refusal(study, id="DBL-2", parent="DBL-1", reason="x")
    assert (
        "make lock ID=NEW-ID STATE=unlocked PARENT=DBL-1" in text
        and "ID=NEW-ID STATE=relocked REASON" in text
    )
    lock(study, id="DBL-2", state="unlocked", parent="DBL-1", reason="the site answered")
    lock(study, id="DBL-2", state="relocked", reason="checked")
    found, _ = current_lock(study / "data" / "raw")
    assert (found.lock_id, found.state, found.parent_lock) == ("DBL-2", "relocked", "DBL-1")
    change(study)
    lock(study, id="DBL-3", cut="2025-02-01", parent="DBL-2", reason="second data cut")
    assert current_lock(study / "data" / "raw")[0].state == "hard"


def test_what_is_synthetic_stays_so_unless_it_is_said(study):
    lock(study, id="S-1", state="soft", cut="2024-12-31", synthetic="yes")
    lock(study, id="S-1", state="hard")
    assert load_lock(study / "data" / "raw" / "LOCK.yaml").synthetic
    assert "it stands for the cut" in refusal(study, id="S-1", state="unlocked", reason="x", synthetic="no")


def test_a_lock_edited_by_hand_is_refused_with_the_way_back(study):
    lock_study(study, FIRST, NOW)
    path = study / "data" / "raw" / "LOCK.yaml"
    path.write_text(path.read_text().replace("2024-12-31", "2031-12-31", 1))
    for attempt in (lambda: start(study), lambda: lock(study, state="unlocked", reason="x")):
        with pytest.raises(LockError, match=r"it is not that of lock DBL-1, state hard") as error:
            attempt()
    assert "cp " in str(error.value) and "LOCKS/DBL-1.hard.yaml" in str(error.value)
    shutil.copy(study / "data" / "raw" / "LOCKS" / "DBL-1.hard.yaml", path)
    start(study)


def test_a_lost_lock_or_log_is_named(study):
    lock_study(study, FIRST, NOW)
    raw = study / "data" / "raw"
    (raw / "LOCK.yaml").rename(raw / "LOCK.old")
    with pytest.raises(LockError, match="edited by hand, replaced or removed"):
        start(study)
    (raw / "LOCK.old").rename(raw / "LOCK.yaml")
    (raw / "LOCKLOG.csv").unlink()
    with pytest.raises(LockError, match="not the log that tells how it came about"):
        start(study)


def test_without_any_lock_the_command_is_named(study):
    with pytest.raises(LockError, match="the raw files are not locked") as error:
        start(study)
    assert "make lock ID=DBL-1" in str(error.value)


def test_an_interrupted_lock_is_finished_by_the_named_command(study):
    lock_study(study, FIRST, NOW)
    raw = study / "data" / "raw"
    before = (raw / "LOCK.yaml").read_bytes()
    lock(study, state="unlocked", reason="x")
    (raw / "LOCK.yaml").write_bytes(before)  # killed after the log, before the last step
    with pytest.raises(LockError, match="or `make lock` was interrupted") as error:
        start(study)
    assert "DBL-1.unlocked.yaml" in str(error.value)


def test_a_refused_lock_changes_nothing_and_the_right_file_brings_all_back(study):
    lock_study(study, FIRST, NOW)
    start(study)
    results = study / "results"
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in results.rglob("*") if path.is_file()
    }
    labs = study / "data" / "raw" / "labs" / "labs.csv"
    content = labs.read_bytes()
    labs.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(LockError, match=r"labs/labs\.csv: SHA-256"):
        start(study)
    labs.write_bytes(content)
    start(study)
    after = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in results.rglob("*") if path.is_file()
    }
    assert after == before


def test_a_plan_that_is_not_that_of_the_lock_is_said_and_stops_nothing(study, capsys):
    lock_study(study, FIRST, NOW)
    start(study)
    assert read_json(study / "results" / "spec" / "plan.json")["plan_as_locked"] is True
    assert capsys.readouterr().err == ""
    path = study / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = next(iter(content["populations"]))
    content["populations"][name]["label"] += " changed"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    start(study)
    found = read_json(study / "results" / "spec" / "plan.json")
    assert (found["plan_as_locked"], found["config_as_locked"]) == (False, False)
    assert "is not the one that lock DBL-1 recorded" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_locked_and_said(study):
    path = study / "data" / "raw" / "labs" / "labs.csv"
    path.write_bytes(b"\xff\xfe no table")
    said = lock_study(study, FIRST, NOW)
    assert len(said) == 2 and "labs/labs.csv" in said[0]
    assert load_lock(study / "data" / "raw" / "LOCK.yaml").files[1].rows is None


def test_a_disk_that_cannot_be_written_is_named(study):
    (study / "data" / "raw" / "LOCKS").write_text("a file where the folder of locks should be")
    with pytest.raises(TrialError, match="LOCKS") as error:
        lock(study, cut="2024-12-31")
    assert "What to do: " in str(error.value)
    assert not (study / "data" / "raw" / "LOCK.yaml").exists()


def test_dictionaries_are_recorded(study):
    path = study / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + '\ndictionaries: {MedDRA: "27.1"}\n', encoding="utf-8")
    lock_study(study, FIRST, NOW)
    assert load_lock(study / "data" / "raw" / "LOCK.yaml").dictionaries == {"MedDRA": "27.1"}
