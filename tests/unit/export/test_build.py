"""An export is whole or not there: what is refused, and what a writer that fails leaves."""

import hashlib

import pytest

from trial.export import build
from trial.export.build import make_export, write_export
from trial.export.files import write_text
from trial.study.errors import DataError, FileError, LockError
from trial.study.files import write_json
from unit.export.small import ROOT, STUDY, export


def test_a_dry_run_is_not_exported(tmp_path):
    lock = {"state": "dry-run", "cut_date": "2021-12-31", "synthetic": True}
    write_json(tmp_path / "results" / "manifest.json", {"lock": lock})
    with pytest.raises(LockError, match="a dry run is not exported"):
        make_export(STUDY, tmp_path, ROOT)


def one_file(text):
    return lambda _, folder: write_text(folder / "programs" / "a.txt", text)


def refused(_, folder):
    write_text(folder / "half.txt", "half")
    raise DataError("half.txt", "refused")


def full(_, folder):
    raise OSError(28, "No space left on device", str(folder / "a.txt"))


def test_every_file_is_in_the_checksums_and_the_earlier_export_is_gone(tmp_path, monkeypatch):
    for text in ("one", "two"):
        monkeypatch.setattr(build, "WRITERS", (one_file(text),))
        folder = write_export(export(results=tmp_path))
    assert folder == tmp_path / "export" and sorted(path.name for path in folder.iterdir()) == [
        "checksums.txt",
        "programs",
    ]
    listed = (folder / "checksums.txt").read_text(encoding="ascii")
    assert listed == f"{hashlib.sha256(b'two').hexdigest()}  programs/a.txt\n"


@pytest.mark.parametrize(("writer", "error"), [(refused, DataError), (full, FileError)])
def test_a_writer_that_fails_leaves_the_earlier_export_and_nothing_beside_it(
    tmp_path, monkeypatch, writer, error
):
    monkeypatch.setattr(build, "WRITERS", (one_file("one"),))
    write_export(export(results=tmp_path))
    monkeypatch.setattr(build, "WRITERS", (one_file("two"), writer))
    with pytest.raises(error):
        write_export(export(results=tmp_path))
    assert (tmp_path / "export" / "programs" / "a.txt").read_text(encoding="ascii") == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
