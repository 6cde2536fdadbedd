"""The agreement tables of ``workflow/docs/validation.md`` say what the engine says today."""

import shutil
import subprocess
from functools import cache

import pytest

from package.blocks import differences
from reference import beside, make_validation
from reference.agreement import ABSENT, SHARED
from reference.make_validation import HEADINGS, MARKER, PAGE, SOURCES, Outcome, evaluate, worst_of

if not SHARED.exists():
    pytest.skip(ABSENT, allow_module_level=True)


@cache
def outcomes(title: str) -> list[Outcome]:
    """All checks of one source, evaluated."""
    (make,) = [make for name, make, _ in SOURCES if name == title]
    return evaluate(make())


@cache
def printed() -> dict[str, list[list[str]]]:
    """Rows of the page's agreement tables, by heading."""
    found: dict[str, list[list[str]]] = {}
    for block in PAGE.read_text().split(MARKER)[1].split("\n## ")[1:]:
        title, *lines = block.split("\n")
        cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
        found[title.strip()] = cells
    return found


@pytest.mark.parametrize("title", [title for title, _, _ in SOURCES])
def test_rows_are_today_s_numbers(title):
    by_name = {(o.check.case, o.check.quantity): o for o in outcomes(title)}
    head, *rows = printed()[title]
    assert head == list(HEADINGS)
    for case, quantity, program, reference, ours, difference, tolerance in rows:
        now = by_name[(case, quantity)]
        assert (program, reference) == (now.check.program, f"{now.check.reference:.12g}")
        assert float(ours) == pytest.approx(now.ours, rel=1e-8, abs=1e-9)
        shown = float(difference.removeprefix("< "))
        assert now.difference <= shown * 1.1 + make_validation.SMALL
        # Where R stopped at the optimum the excess of its deviance is rounding, its root up to 1e-7 on another machine.
        assert tolerance == "exact" or float(tolerance) == pytest.approx(now.limit, rel=0.06, abs=1e-7)


@pytest.mark.parametrize(("title", "kinds"), [(title, kinds) for title, _, kinds in SOURCES])
def test_every_case_and_kind_stands_there(title, kinds):
    now = {(o.check.case, o.check.kind) for o in worst_of(outcomes(title), kinds)}
    by_name = {(o.check.case, o.check.quantity): o.check.kind for o in outcomes(title)}
    assert {(row[0], by_name[(row[0], row[1])]) for row in printed()[title][1:]} == now


def test_summary_counts_are_today_s():
    rows = {row[0]: row[1:] for row in printed()["Summary"]}
    for title, _, _ in SOURCES:
        assert rows[title] == [str(len(outcomes(title))), "0", "0"]


def test_the_three_programs_side_by_side_are_today_s():
    # Every difference that is named is there, and none that is not: `beside.judge` stops otherwise.
    section = PAGE.read_text(encoding="utf-8").split(MARKER)[1].split("## Summary")[0]
    assert differences(section, "\n".join(beside.format_page())) == []


@pytest.mark.parametrize(
    ("printed", "ours", "entry", "holds"),
    [
        ("3.7322", 3.73228, None, True),  # a listing: one of its last digit
        ("3.7322", 3.73231, None, False),
        ("3.7322", 3.73231, 4, True),
        ("3.7322", 3.7322, 4, False),  # a difference that is named must be there
        ("<.0001", 0.00009, None, True),
        ("<.0001", 0.00011, None, False),
        (0.6612438, 0.6613005, None, False),  # SAS's Kenward-Roger of FEV1 and ours
        (0.6389077, 0.6613005, None, False),  # the unadjusted standard error
        (3667.96276376, 3667.96275614, None, False),
        (None, 1.0, None, True),
    ],
)
def test_agreement_is_said_where_it_is_and_only_there(printed, ours, entry, holds):
    if holds:
        assert bool(beside.judge(printed, ours, entry)) == (entry is not None)
    else:
        with pytest.raises(AssertionError):
            beside.judge(printed, ours, entry)


@pytest.mark.long
def test_r_gives_the_recorded_numbers_again(tmp_path):
    packages = (
        "quit(status = !all(sapply(c('nlme', 'emmeans', 'clubSandwich'), requireNamespace, quietly = TRUE)))"
    )
    if (
        not shutil.which("Rscript")
        or subprocess.run(["Rscript", "-e", packages], capture_output=True).returncode
    ):
        pytest.skip("needs R with nlme, emmeans and clubSandwich")
    shutil.copy(beside.FOLDER / "run.R", tmp_path)
    subprocess.run(["Rscript", tmp_path / "run.R", SHARED], check=True, capture_output=True, cwd=tmp_path)
    again = beside.recorded(tmp_path)
    assert again.keys() == beside.recorded().keys()
    for key, value in beside.recorded().items():
        assert again[key] == pytest.approx(value, rel=1e-6), key
