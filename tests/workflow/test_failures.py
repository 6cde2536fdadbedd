"""Bad configuration and bad data: a message that says where, what and what to do; never a traceback."""

import re

from workflow.conftest import ROOT, snakemake


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
    assert "mmrm.df_metod: this key is not known; did you mean 'df_method', which is missing?" in text
    assert "mmrm.level" in text
    assert "referense_arm: this key is not known; did you mean 'reference_arm', which is missing?" in text
    assert "3 problems" in text
    assert not (folder / "results").exists()


def test_sections_that_contradict_each_other(study):
    folder = edited(study, ("primary_visit: V2", "primary_visit: V9"))
    assert "outputs.primary_visit: 'V9' is not one of" in failed(folder, "-n")


def test_a_repeated_key(study):
    folder = edited(study, ("outputs: {", "study: {}\noutputs: {"))
    assert "key 'study' stands twice" in failed(folder, "-n")


def test_one_changed_byte_in_a_raw_file_stops_everything(study):
    folder = study("mini")
    path = folder / "data" / "raw" / "edc" / "subjects.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"F", b"M", 1))
    text = failed(folder)
    assert "edc/subjects.csv: SHA-256" in text
    assert "What to do: restore the locked files" in text
    assert not (folder / "results" / "data").exists()


def test_a_missing_raw_file_is_named(study):
    folder = study("mini")
    (folder / "data" / "raw" / "edc" / "subjects.csv").unlink()
    assert "edc/subjects.csv: in the lock, but not there" in failed(folder)


def test_a_missing_lock_is_named(study):
    folder = study("mini")
    (folder / "data" / "raw" / "LOCK.yaml").unlink()
    assert "data/raw/LOCK.yaml" in failed(folder)


def test_lint_is_clean():
    done = snakemake(ROOT, "--lint")
    assert done.returncode == 0, done.text
    assert re.search(r"Congratulations|^$", done.text.strip())
