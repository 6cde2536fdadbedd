"""Each contradiction between finished outputs is caught, and named."""

import json
import re

import pytest

from trial.delivery.book import Book
from trial.delivery.checks import finding_rows, refuse_differences, run_checks
from trial.delivery.reading import read_output, read_results, read_subjects
from trial.study.errors import DataError
from unit.delivery.finished_study import spec, write_study


def findings(folder):
    found = spec()
    outputs = [read_output(output, folder) for output in found.outputs]
    book = Book(found, read_results(folder / "ard.csv"), read_subjects(folder / "data/adsl.csv"), outputs)
    return run_checks(book)


def change(path, *pairs):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, f"{old!r} is not in {path.name}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def change_table(folder, name, *pairs):
    """Change a table's page and its data alike, as a mistake of a template would."""
    for suffix in ("html", "csv"):
        path = folder / "tables" / f"{name}.{suffix}"
        present = [pair for pair in pairs if pair[0] in path.read_text(encoding="utf-8")]
        change(path, *present)


def swap_headings(folder, name):
    """Swap two arms in the headings alone: the mistake of a submission pilot."""
    page, data = (folder / "tables" / f"{name}.{suffix}" for suffix in ("html", "csv"))
    head, mark, body = page.read_text(encoding="utf-8").partition("</thead>")
    page.write_text(_swapped(head) + mark + body, encoding="utf-8")
    line, mark, rest = data.read_text(encoding="utf-8").partition("\n")
    data.write_text(_swapped(line) + mark + rest, encoding="utf-8")


def _swapped(text):
    names = {"Cells": "Usual", "Usual": "Cells", "N=8": "N=6", "N=6": "N=8"}
    return re.sub("Cells|Usual|N=8|N=6", lambda match: names[match[0]], text)


def entry(folder, name, **changes):
    path = folder / "outputs" / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_finished_outputs_agree_in_every_check(tmp_path):
    found = findings(write_study(tmp_path))
    assert [one for one in found if not one.agrees] == []
    assert {one.check for one in found} == {
        "page and CSV agree", "order of arms", "N of headings", "arm of cells", "visit of cells", "results exist",
        "numbers are results", "printed alike", "n, percent and denominator", "interval holds estimate",
        "numbers in text", "label of comparison", "sign of comparison", "rows of listings",
    }  # fmt: skip


FAULTS = {
    "swapped headings": (
        lambda folder: swap_headings(folder, "t14-2-1-2"),
        {("order of arms", "t14-2-1-2"), ("arm of cells", "t14-2-1-2"), ("label of comparison", "t14-2-1-2")},
    ),
    "headings swapped on the page alone": (
        lambda folder: change(
            folder / "tables/t14-3-1-1.html", ("Cells", "@"), ("Usual", "Cells"), ("@", "Usual")
        ),
        {
            ("page and CSV agree", "t14-3-1-1"), ("order of arms", "t14-3-1-1"), ("arm of cells", "t14-3-1-1"),
            ("N of headings", "t14-3-1-1"),
        },
    ),
    "N of another population": (
        lambda folder: change_table(folder, "t14-2-1-2", ("(N=8)", "(N=9)")),
        {("N of headings", "t14-2-1-2")},
    ),
    "limit off by 0.1": (
        lambda folder: change_table(folder, "t14-2-1-3", ("−1.25", "−1.35")),
        {("numbers are results", "t14-2-1-3")},
    ),
    "the same limit with other decimals": (
        lambda folder: change_table(folder, "t14-2-1-3", ("−0.22", "−0.218")),
        {("printed alike", "t14-2-1-3")},
    ),
    "percent of another denominator": (
        lambda folder: (
            change_table(folder, "t14-3-1-1", ("2 (25.0%)", "2 (28.6%)")),
            change(folder / "ard.csv", (",25.0,", ",28.571428571428573,")),
        ),
        {("n, percent and denominator", "t14-3-1-1")},
    ),
    "denominator that stands nowhere": (
        lambda folder: (
            change_table(folder, "t14-3-1-1", ("2 (25.0%)", "2 (28.6%)")),
            change(folder / "ard.csv", (",25.0,%,8.0", ",28.571428571428573,%,7.0")),
        ),
        {("n, percent and denominator", "t14-3-1-1")},
    ),
    "title of another visit": (
        lambda folder: entry(folder, "t14-2-1-3", title="All endpoints at Month 3"),
        {("visit of cells", "t14-2-1-3")},
    ),
    "block of another visit": (
        lambda folder: change_table(folder, "t14-2-1-2", ("Month 6", "Baseline")),
        {("visit of cells", "t14-2-1-2")},
    ),
    "a row of the listing is missing": (
        lambda folder: _without_row(folder, "S-2"),
        {("rows of listings", "l16-2-7")},
    ),
    "label of a contrast the other way round": (
        lambda folder: change_table(folder, "t14-2-1-3", ("Cells against Usual", "Usual against Cells")),
        {("label of comparison", "t14-2-1-3")},
    ),
    "difference to the arm itself": (
        lambda folder: change_table(folder, "t14-2-1-2", ("Difference to Usual", "Difference to Cells")),
        {("label of comparison", "t14-2-1-2")},
    ),
    "sign of a difference": (
        lambda folder: (
            change(folder / "ard.csv", ("-0.734", "0.734")),
            *(change_table(folder, name, ("−0.73", "0.73")) for name in ("t14-2-1-2", "t14-2-1-3")),
        ),
        {
            ("sign of comparison", "t14-2-1-2"), ("sign of comparison", "t14-2-1-3"),
            ("interval holds estimate", "t14-2-1-2"), ("interval holds estimate", "t14-2-1-3"),
            ("numbers in text", "f14-2-1-1"),
        },
    ),
    "number in the words of a figure": (
        lambda folder: entry(folder, "f14-2-1-1", alt="At Month 6: Cells −1.32, Usual −0.50."),
        {("numbers in text", "f14-2-1-1")},
    ),
    "a sign lost in the words of a figure": (
        lambda folder: entry(folder, "f14-2-1-1", alt="At Month 6: Cells 1.23, Usual −0.50."),
        {("numbers in text", "f14-2-1-1")},
    ),
    "a figure of another visit": (
        lambda folder: entry(
            folder, "f14-2-1-1", title="Glucose at Month 3", results=["GLUC.PRIMARY.M6.A-B.diff"]
        ),
        {("visit of cells", "f14-2-1-1")},
    ),
    "a result that is not there": (
        lambda folder: change_table(folder, "t14-3-1-1", ("EVENTS.all.B.any.events", "EVENTS.all.B.no.events")),
        {("results exist", "t14-3-1-1"), ("numbers are results", "t14-3-1-1")},
    ),
    "a number where there is no result": (
        lambda folder: change_table(folder, "t14-2-1-2", ("NE [a]", "0.11")),
        {("numbers are results", "t14-2-1-2")},
    ),
    "a stand-in where there is a result": (
        lambda folder: change_table(folder, "t14-2-1-3", ("−0.73", "NE")),
        {("numbers are results", "t14-2-1-3")},
    ),
}  # fmt: skip


def _without_row(folder, subject):
    page, data = (folder / "tables" / f"l16-2-7.{suffix}" for suffix in ("html", "csv"))
    text = page.read_text(encoding="utf-8")
    row = next(match[0] for match in re.finditer(r"<tr>.*?</tr>\n", text, re.DOTALL) if subject in match[0])
    page.write_text(text.replace(row, ""), encoding="utf-8")
    lines = data.read_text(encoding="utf-8").splitlines(keepends=True)
    data.write_text("".join(line for line in lines if subject not in line), encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_its_checks_and_no_other(tmp_path, fault):
    tamper, expected = FAULTS[fault]
    folder = write_study(tmp_path)
    tamper(folder)
    differ = {(one.check, one.output) for one in findings(folder) if not one.agrees}
    assert differ == expected


def test_a_result_that_stands_twice_is_caught(tmp_path):
    folder = write_study(tmp_path)
    lines = (folder / "ard.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "ard.csv").write_text("".join([*lines, lines[1]]), encoding="utf-8")
    (twice,) = {(one.expected, one.found) for one in findings(folder) if not one.agrees}
    assert twice == ("once", "2 times")


def test_the_message_says_where_what_and_what_to_do(tmp_path):
    folder = write_study(tmp_path)
    change_table(folder, "t14-2-1-3", ("−1.25", "−1.35"))
    with pytest.raises(DataError) as caught:
        refuse_differences(findings(folder), "results/logs/check_outputs.csv")
    text = caught.value.text()
    assert "1 of" in text
    assert "t14-2-1-3, numbers are results, row 1 (Glucose), column 95% CI" in text
    assert "GLUC.PRIMARY.M6.A-B.diff.lower = -1.25" in text
    assert "found (−1.35, −0.22)" in text
    assert "What to do: all of them stand in results/logs/check_outputs.csv" in text


def test_rows_of_findings_give_each_difference_and_one_line_for_what_agrees(tmp_path):
    folder = write_study(tmp_path)
    change_table(folder, "t14-2-1-3", ("−1.25", "−1.35"))
    rows = finding_rows(findings(folder))
    assert [row[:2] for row in rows if row[-1] == "differs"] == [("numbers are results", "t14-2-1-3")]
    agreeing = [row[:2] for row in rows if row[-1] == "agrees"]
    assert len(agreeing) == len(set(agreeing))
    assert ("numbers are results", "t14-2-1-3", "2 places", "", "", "agrees") not in rows
    assert ("numbers are results", "t14-2-1-3") in agreeing  # its other cell
