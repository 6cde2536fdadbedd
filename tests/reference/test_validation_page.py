"""The agreement tables of ``workflow/docs/validation.md`` say what the engine says today."""

from functools import cache

import pytest

from reference import make_validation
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
        assert tolerance == "exact" or float(tolerance) == pytest.approx(now.limit, rel=0.06, abs=1e-9)


@pytest.mark.parametrize(("title", "kinds"), [(title, kinds) for title, _, kinds in SOURCES])
def test_every_case_and_kind_stands_there(title, kinds):
    now = {(o.check.case, o.check.kind) for o in worst_of(outcomes(title), kinds)}
    by_name = {(o.check.case, o.check.quantity): o.check.kind for o in outcomes(title)}
    assert {(row[0], by_name[(row[0], row[1])]) for row in printed()[title][1:]} == now


def test_summary_counts_are_today_s():
    rows = {row[0]: row[1:] for row in printed()["Summary"]}
    for title, _, _ in SOURCES:
        assert rows[title] == [str(len(outcomes(title))), "0", "0"]
