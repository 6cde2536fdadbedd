"""What every test run says in its last lines: which comparisons with SAS and R did not run, if any."""

import re
from pathlib import Path

import pytest
from complete import is_complete
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "reference"
PAGE = ROOT / "workflow" / "docs" / "validation.md"
OWN = "the project's own"
SLOW = {"workflow", "browser", "test_fuzz.py"}

# No test depends on a clock: a slow machine is no failure.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """The results of `make results` where nothing changed since, else those of a run of its own."""
    if is_complete(str(ROOT), str(ROOT)):
        return ROOT / "results"
    from workflow.conftest import copy_study, snakemake

    folder = copy_study("demo", tmp_path_factory.mktemp("the demonstration") / "study")
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    return folder / "results"


def pytest_collection_modifyitems(items):
    """Put whole runs, browser and fuzzer first: of two processes none shall end with a slow file of its own."""
    items.sort(key=lambda item: not SLOW & set(item.path.relative_to(ROOT).parts))


def compared(page):
    """Return the numbers compared by source, as the validation page counts them."""
    summary = page.split("\n## Summary")[1].split("\n| kind |")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \|", summary, re.M)
    return {source: int(count) for source, count in rows if source != "all"}


def pytest_terminal_summary(terminalreporter):
    """Say how many checks against SAS and R were left out because the reference folder is absent."""
    if SHARED.exists() or terminalreporter.config.option.collectonly:
        return
    counts = compared(PAGE.read_text(encoding="utf-8"))
    left_out = sum(count for source, count in counts.items() if OWN not in source)
    terminalreporter.write_sep("=", "comparisons with SAS and R")
    terminalreporter.write_line(
        f"{left_out} of {sum(counts.values())} numbers printed by SAS and R were NOT compared: the reference "
        "folder is not beside the repository. The engine stands on the project's own cases and on "
        "tests/reference/test_printed_tables.py alone."
    )
