"""Bad configuration and bad data: a message that says where, what and what to do; never a traceback."""

import re

import pandas as pd
import pytest

from workflow.conftest import ROOT, relock, snakemake


def edited(study, *replacements):
    folder = study("mini")
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    config.write_text(text, encoding="utf-8")
    return folder


def failed(folder, *arguments):
    done = snakemake(folder, *arguments)
    assert done.returncode != 0
    assert "Traceback (most recent call last)" not in done.text
    return done.text


def test_all_problems_of_a_configuration_are_listed_before_any_job(study):
    folder = edited(study, ("df_method: kenward-roger", "df_metod: kenward-roger"), ("level: 0.95", "level: 95"),
                    ("reference_arm:", "referense_arm:"))  # fmt: skip
    text = failed(folder)
    assert "PRIMARY.df_metod: this key is not known; did you mean 'df_method', which is missing?" in text
    assert "analyses.PRIMARY.level" in text
    assert "referense_arm: this key is not known; did you mean 'reference_arm', which is missing?" in text
    assert "3 problems" in text
    assert not (folder / "results").exists()


def test_sections_that_contradict_each_other(study):
    folder = edited(study, ("primary_visit: V2", "primary_visit: V9"))
    assert "endpoints.HBA1C.primary_visit: 'V9' is not one of V1, V2" in failed(folder, "-n")


def test_a_repeated_key(study):
    folder = edited(study, ("printing: {", "study: {}\nprinting: {"))
    assert "key 'study' stands twice" in failed(folder, "-n")


@pytest.mark.parametrize("content", [b"study: [1\n", "study: 1\n".encode("utf-16"), b"study:\n\t- 1\n"])
def test_a_file_that_is_no_configuration(study, content):
    folder = study("mini")
    (folder / "config.yaml").write_bytes(content)
    assert "config.yaml: not" in failed(folder, "-n")


def test_a_missing_configuration(study):
    folder = study("mini")
    (folder / "config.yaml").unlink()
    assert "config.yaml: the file does not exist" in failed(folder, "-n")


def test_one_changed_byte_in_a_raw_file_stops_everything(study):
    folder = study("mini")
    path = folder / "data" / "raw" / "edc" / "subjects.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"F", b"M", 1))
    text = failed(folder)
    assert "edc/subjects.csv: SHA-256" in text
    assert "What to do: put the files of lock MINI-EXAMPLE-1 back, or lock what is there now" in text
    assert not (folder / "results" / "data").exists()


def test_the_quiet_profile_of_make_shows_the_message(study):
    folder = study("mini")
    (folder / "data" / "raw" / "edc" / "subjects.csv").unlink()
    profile = ROOT / "workflow" / "profiles" / "default"
    assert "edc/subjects.csv: in the lock, but not there" in failed(
        folder, "--workflow-profile", str(profile)
    )


def test_a_missing_raw_file_is_named(study):
    folder = study("mini")
    (folder / "data" / "raw" / "edc" / "subjects.csv").unlink()
    assert "edc/subjects.csv: in the lock, but not there" in failed(folder)


def test_a_missing_lock_is_named(study):
    folder = study("mini")
    (folder / "data" / "raw" / "LOCK.yaml").unlink()
    assert "data/raw/LOCK.yaml" in failed(folder)


def test_unknown_units_patients_and_analytes_are_queried_and_quarantined(study):
    folder = study("mini")
    path = folder / "data" / "raw" / "labs" / "labs.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    for line, old, new in (
        (1, ",%,", ",furlong,"),
        (4, lines[4].split(",")[0], "0099999999"),
        (7, "HbA1c", "HbA9z"),
    ):
        assert old in lines[line]
        lines[line] = lines[line].replace(old, new, 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    relock(folder)
    done = snakemake(folder, "results/data/queries.csv")
    assert done.returncode == 0, done.text
    queries = pd.read_csv(folder / "results" / "data" / "queries.csv", dtype=str, keep_default_na=False)
    book = pd.read_csv(folder / "results" / "data" / "accounting.csv", dtype=str, keep_default_na=False)
    for line, rule in ((2, "UNKNOWN_UNIT"), (5, "UNKNOWN_PATIENT"), (8, "UNKNOWN_ANALYTE")):
        asked = queries[(queries["RULE"] == rule) & (queries["FILE"] == "labs/labs.csv")]
        assert str(line) in set(asked["ROW"]), rule
        fate = book[(book["FILE"] == "labs/labs.csv") & (book["ROW"] == str(line))]
        assert fate[["FATE", "RULE"]].to_numpy().tolist() == [["quarantined", rule]]
    assert "0099999999" not in (folder / "results" / "data" / "queries.csv").read_text(encoding="utf-8")


def test_the_profile_of_make_is_one_snakemake_accepts(study):
    folder = study("mini")
    done = snakemake(folder, "-n", "--workflow-profile", str(ROOT / "workflow" / "profiles" / "default"))
    assert done.returncode == 0, done.text


def test_lint_is_clean():
    done = snakemake(ROOT, "--lint")
    assert done.returncode == 0, done.text
    assert re.search(r"Congratulations|^$", done.text.strip())
