"""The manifest names every file that ran: tables of factors and page templates change results too."""

from pathlib import Path

from trial.review.manifest import code_files

SCRIPTS = Path(__file__).parents[3] / "scripts"


def test_code_is_programs_and_the_data_files_that_they_read():
    names = {path.relative_to(SCRIPTS).as_posix() for path in code_files(SCRIPTS)}
    assert {"run_analysis.py", "trial/labs/conversions.csv", "trial/display/figures/figure.mplstyle"} <= names
    assert not [name for name in names if name.endswith(".pyc")]
