"""The list of hashes: what `sha256sum` checks too, of every result and of nothing that tells of runs."""

import hashlib
import shutil
import subprocess

import pytest

from trial.review.checksums import (
    compare_checksums,
    list_checksums,
    other_environment,
    read_checksums,
    write_checksums,
)
from trial.study.errors import DataError
from trial.study.files import write_text

RESULTS = ("ard.csv", "analyses/PRIMARY/HBA1C/record.json", "report/index.html", "report/trace/trace.js")
APART = (
    "README.md", "written.tsv", "manifest.json", "report/manifest.html", "logs/a.log", "benchmarks/a.tsv",
    "spec/report.json", "spec/code/a.json", "set_aside/tables/t.csv", "compare/L-1/raw.csv",
    "report/compare/L-1/index.html", ".ard.csv.part",
)  # fmt: skip


@pytest.fixture
def study(tmp_path):
    for name in ("data/raw/LOCK.yaml", "config.yaml", *(f"results/{name}" for name in (*RESULTS, *APART))):
        write_text(tmp_path / name, name)
    return tmp_path


def test_the_list_holds_inputs_and_results(study):
    found = list_checksums(study)
    assert list(found) == [
        "data/raw/LOCK.yaml",
        "config.yaml",
        *(f"results/{name}" for name in sorted(RESULTS)),
    ]
    assert found["results/ard.csv"] == hashlib.sha256(b"results/ard.csv").hexdigest()


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
def test_sha256sum_reads_the_list(study):
    write_checksums(study / "SHA256SUMS", list_checksums(study))
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=study, capture_output=True).returncode == 0
    write_text(study / "results" / "ard.csv", "other")
    assert subprocess.run(check, cwd=study, capture_output=True).returncode == 1


def test_every_difference_from_the_list_is_named(study):
    write_checksums(study / "list", list_checksums(study))
    listed = read_checksums(study / "list")
    assert compare_checksums(listed, list_checksums(study)) == []
    write_text(study / "results" / "ard.csv", "other")
    (study / "results" / "report" / "index.html").unlink()
    write_text(study / "results" / "new.csv", "new")
    assert compare_checksums(listed, list_checksums(study)) == [
        "results/ard.csv: other bytes",
        "results/report/index.html: in the list, but not there",
        "results/new.csv: there, but not in the list",
    ]
    write_text(study / "config.yaml", "other")
    assert compare_checksums(listed, list_checksums(study)) == [
        "config.yaml: not that of the list, which is of other inputs"
    ]


def test_a_damaged_list_is_named_by_its_line(study):
    write_text(study / "list", f"{'0' * 64}  ard.csv\n0123 ard.json\n")
    with pytest.raises(
        DataError, match=r"line 2: expected SHA-256, two spaces, path; found '0123 ard\.json'"
    ):
        read_checksums(study / "list")


def test_another_environment_is_named_and_a_further_package_is_none():
    then = {"python": "CPython 3.11.7", "zlib": "1.2.13", "packages": {"numpy": "2.1", "scipy": "1.14"}}
    assert other_environment(then, then | {"packages": then["packages"] | {"pip": "24"}}) == []
    now = then | {"zlib": "1.3", "processor": "another", "packages": {"numpy": "2.2"}}
    assert other_environment(then, now) == [
        "processor: None then, another now",
        "zlib: 1.2.13 then, 1.3 now",
        "numpy: 2.1 then, 2.2 now",
        "scipy: 1.14 then, none now",
    ]
