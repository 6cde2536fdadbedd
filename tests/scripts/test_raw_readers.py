"""Every program that reads raw files holds each against the lock as it reads it, not only before the run."""

import os
import shutil
from pathlib import Path

import pytest

import clean_labs
import derive_subjects
import read_adam
import read_adam_texts
import read_texts
from raw import raw_of, write_verified
from trial.labs.files import read_text
from trial.plan.load import load_study
from trial.plan.slices import write_slices
from trial.review.answers import read_answers
from trial.study.errors import LockError
from trial.study.files import read_table
from trial.study.load import read_yaml
from trial.study.text import fold
from trial.subjects.edc import read_files, with_dummy_arms

STUDIES = Path(__file__).resolve().parents[1] / "studies"
BOOKS, ADAM = ("queries", "accounting"), ("adsl", "populations", "records")


@pytest.fixture
def verified(tmp_path):
    """Return a function that gives a study's folder with its slices and its verified lock."""

    def give(name, state="hard"):
        folder = tmp_path / name
        shutil.copytree(STUDIES / name / "data" / "raw", folder / "raw")
        write_slices(load_study(read_yaml(STUDIES / name / "config.yaml")), folder / "spec", {})
        write_verified(folder / "lock.json", folder / "raw", state=state)
        return folder

    return give


def written(folder, *names):
    return [f"--{name}={folder / name}.csv" for name in names]


def run(program, folder):
    """Run a program with the arguments that its rule gives it."""
    spec, lock = folder / "spec", [f"--lock={folder / 'lock.json'}", f"--raw={folder / 'raw'}"]
    labs, subjects, adam = (spec / f"{name}.json" for name in ("clean_labs", "derive_subjects", "read_adam"))
    given = {
        clean_labs: [f"--spec={labs}", *written(folder, "labs", "quality", *BOOKS)],
        derive_subjects: [f"--spec={subjects}", f"--out={folder}", *written(folder, *BOOKS, "unblinded")],
        read_texts: [f"--labs={labs}", f"--subjects={subjects}", *written(folder, "out")],
        read_adam: [f"--spec={adam}", *written(folder, *ADAM, *BOOKS, "unblinded")],
        read_adam_texts: [f"--spec={adam}", *written(folder, "out")],
    }
    program.main([*lock, *given[program]])


@pytest.mark.parametrize(
    ("program", "study", "name"),
    [
        (clean_labs, "three_arm", "labs/long.csv"),
        (clean_labs, "three_arm", "labs/wide.csv"),
        (clean_labs, "three_arm", "edc/subject_key.csv"),
        (clean_labs, "three_arm", "edc/subjects.csv"),
        (derive_subjects, "mini", "edc/subjects.csv"),
        (derive_subjects, "mini", "edc/adverse_events.csv"),
        (read_texts, "mini", "labs/labs.csv"),
        (read_texts, "mini", "edc/visits.csv"),
        (read_adam, "analysed", "adam/adsl.csv"),
        (read_adam, "analysed", "adam/adlb.csv"),
        (read_adam_texts, "analysed", "adam/adlb.csv"),
    ],
)
def test_a_file_replaced_between_verification_and_reading(verified, program, study, name):
    folder = verified(study)
    path = folder / "raw" / name
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(LockError, match=f"data/raw/{name}: SHA-256"):
        run(program, folder)
    assert not (folder / "unblinded.csv").exists()
    path.write_bytes(content)
    run(program, folder)


@pytest.mark.parametrize("read", [read_answers, lambda file: read_text(file, "utf-8", ())])
def test_answers_and_returned_indices_are_held_against_the_lock_too(tmp_path, read):
    path = tmp_path / "raw" / "queries" / "answers.csv"
    path.parent.mkdir(parents=True)
    path.write_text("QUERYID,ANSWER,DATE,BY,COMMENT,FINGERPRINT\n", encoding="utf-8")
    file = raw_of(tmp_path / "raw").file("queries/answers.csv")
    read(file)
    path.write_text("QUERYID,ANSWER,DATE,BY,COMMENT,FINGERPRINT\n\n", encoding="utf-8")
    with pytest.raises(LockError, match=r"data/raw/queries/answers.csv: SHA-256"):
        read(file)


def arms_of(table):
    return dict(zip(table["USUBJID"], table["ARMCD"], strict=True))


@pytest.mark.parametrize(
    ("program", "study", "name"), [(derive_subjects, "mini", "assigned"), (read_adam, "analysed", "adsl")]
)
def test_a_dry_run_deals_the_arms_and_records_nothing(verified, program, study, name):
    folder = verified(study)
    run(program, folder)
    assert (folder / "unblinded.csv").exists()
    kinds = dict.fromkeys(header_of(folder / f"{name}.csv"), "text")
    real = arms_of(read_table(folder / f"{name}.csv", kinds))
    (folder / "unblinded.csv").unlink()
    write_verified(folder / "lock.json", folder / "raw", state="dry-run")
    run(program, folder)
    dummy = arms_of(read_table(folder / f"{name}.csv", kinds))
    assert sorted(real.values()) == sorted(dummy.values())
    assert real.keys() == dummy.keys() and real != dummy
    assert not (folder / "unblinded.csv").exists()


def header_of(path):
    return path.read_text(encoding="utf-8").splitlines()[0].split(",")


def test_no_file_of_a_dry_run_says_the_real_arm(tmp_path):
    shutil.copytree(STUDIES / "mini" / "data" / "raw", tmp_path / "raw")
    visits = tmp_path / "raw" / "edc" / "visits.csv"
    subjects = read_files(raw_of(tmp_path / "raw"), edc := study_edc())["subjects"].rows
    real = dict(zip(subjects["USUBJID"], subjects["ARM"], strict=True))
    head, *rows = visits.read_text(encoding="utf-8").splitlines()
    rows = [f"{row},{real[row.split(',')[0]]}" for row in rows]
    visits.write_text("\n".join([f"{head},ARM", *rows]) + "\n", encoding="utf-8")
    files = with_dummy_arms(read_files(raw_of(tmp_path / "raw"), edc), edc, "DRY-1")
    dealt = dict(zip(files["subjects"].rows["USUBJID"], files["subjects"].rows["ARM"], strict=True))
    assert dealt != real and sorted(dealt.values()) == sorted(real.values())
    shown = files["visits"].rows
    assert all(fold(arm) == fold(dealt[one]) for one, arm in zip(shown["USUBJID"], shown["ARM"], strict=True))


def study_edc():
    return load_study(read_yaml(STUDIES / "mini" / "config.yaml")).edc
