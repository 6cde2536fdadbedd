"""Whether anything changed since the last whole run: whatever a run stands on or leaves, seen by more than its date."""

import os
import subprocess
import sys
from pathlib import Path

import complete
import pytest

RUNNER = Path(complete.__file__).parent


@pytest.fixture
def noted(tmp_path):
    """Return code and study after a whole run."""
    code, study = tmp_path / "the code", tmp_path / "a study"
    for path in (
        code / "Snakefile", code / "requirements.lock", code / "scripts" / "trial" / "a.py", code / "workflow" / "b.smk",
        study / "config.yaml", study / "data" / "raw" / "lis" / "a.csv", study / "results" / "tables" / "t.csv",
        study / ".snakemake" / "log",
    ):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
    complete.note(str(study), complete.inputs(str(code), str(study)), str(code))
    return code, study


def asked(code, study):
    """Return whether the program says that nothing changed."""
    return not subprocess.run([sys.executable, "-I", "-S", RUNNER / "complete.py", code, study]).returncode


def test_nothing_changed(noted):
    assert asked(*noted)


def test_byte_code_is_no_change(noted):
    code, study = noted
    cache = code / "scripts" / "trial" / "__pycache__"
    cache.mkdir()
    (cache / "a.pyc").touch()
    assert asked(code, study)


def test_an_export_is_no_change(noted):
    code, study = noted
    (study / "results" / "export").mkdir()
    (study / "results" / "export" / "readme.txt").touch()
    assert asked(code, study)


def replace_keeping_the_time(path):
    """Put other bytes of the same number in a file's place and give it the old times."""
    state = path.stat()
    path.write_text("CONTENT")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


CHANGES = {
    "a byte of a raw file, its time stamp kept": lambda c, s: replace_keeping_the_time(s / "data/raw/lis/a.csv"),
    "a further raw file": lambda c, s: (s / "data/raw/new.csv").touch(),
    "a raw file in another place": lambda c, s: (s / "data/raw/lis/a.csv").rename(s / "data/raw/a.csv"),
    "the configuration": lambda c, s: (s / "config.yaml").write_text("other"),
    "a module": lambda c, s: replace_keeping_the_time(c / "scripts/trial/a.py"),
    "a rule": lambda c, s: (c / "workflow/b.smk").write_text("other"),
    "an output": lambda c, s: replace_keeping_the_time(s / "results/tables/t.csv"),
    "an output that is gone": lambda c, s: (s / "results/tables/t.csv").unlink(),
    "a file beside the outputs": lambda c, s: (s / "results/mine.txt").touch(),
    "the note": lambda c, s: (s / complete.NOTE).unlink(),
    "a damaged note": lambda c, s: (s / complete.NOTE).write_text(""),
    "a linked folder": lambda c, s: (s / "data/raw/more").symlink_to(c),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_for_snakemake(noted, change):
    CHANGES[change](*noted)
    assert not asked(*noted)


def test_what_changes_during_a_run_leaves_no_note(noted):
    code, study = noted
    (study / complete.NOTE).unlink()
    before = complete.inputs(str(code), str(study))
    (study / "config.yaml").write_text("edited while the run went on")
    complete.note(str(study), before, str(code))
    assert not (study / complete.NOTE).exists()


def test_another_version_of_a_package_is_a_change(tmp_path):
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = tmp_path / "lib" / version / "site-packages"
    (folder / "numpy-2.4.6.dist-info").mkdir(parents=True)
    interpreter = str(tmp_path / "bin" / "python")
    before = complete.packages(interpreter)
    (folder / "__pycache__").mkdir()
    assert complete.packages(interpreter) == before
    (folder / "numpy-2.4.6.dist-info").rename(folder / "numpy-2.5.0.dist-info")
    assert complete.packages(interpreter) != before
    assert "numpy-" in complete.packages(sys.executable)


def test_a_linked_folder_is_not_entered(noted):
    code, study = noted
    (study / "data/raw/round").symlink_to(study / "data/raw")
    assert not asked(code, study)
