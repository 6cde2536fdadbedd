"""Every printed number and every drawn mark of whole runs is its result, read and formatted once more."""

import json

import pytest

from marks import MARKS, TEXTS, VALUES, mark_faults, read_rows, value_faults
from reread import cell_faults, read_ard, rounded, table_faults


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.15, 1, "0.2"), (2.675, 2, "2.68"), (42.64999999999999, 1, "42.7"), (-0.05, 1, "−0.1"), (-0.04, 1, "0.0"),
        (1234.5, 0, "1235"), (0.00005, 4, "0.0001"),
    ],
)  # fmt: skip
def test_the_reader_rounds_by_itself(value, decimals, text):
    assert rounded(value, decimals) == text


def test_the_reader_finds_what_is_wrong():
    ard = {
        "a": (-1.25, ""),
        "b": (0.00004, ""),
        "c": (float("nan"), "too few"),
        "n": (0.0, ""),
        "p": (0.0, ""),
    }
    assert cell_faults("−1.3 [a]", ("a",), ard) == []
    assert (
        cell_faults("−1.2", ("a",), ard)
        and cell_faults("1.3", ("a",), ard)
        and cell_faults("-1.3", ("a",), ard)
    )
    assert cell_faults("<0.0001", ("b",), ard) == []
    assert cell_faults("<0.00001", ("b",), ard)
    assert cell_faults("NE [b]", ("c",), ard) == [] and cell_faults("NE", ("a",), ard)
    assert cell_faults("0", ("n", "p"), ard) == [] and cell_faults("1", ("n", "p"), ard)
    assert cell_faults("−1.3, −1.3", ("a",), ard)
    assert cell_faults("4.0e−5", ("b",), ard) == [] and cell_faults("4.0e−6", ("b",), ard)


def check_tables(results, least):
    ard = read_ard(results / "ard.csv")
    read, faults = 0, []
    for html in sorted((results / "tables").glob("*.html")):
        count, found = table_faults(html, html.with_suffix(".rtf"), ard)
        read, faults = read + count, faults + found
    assert faults == []
    assert read >= least


def check_figures(results, least_marks, least_values):
    ard = read_ard(results / "ard.csv")
    marks = values = 0
    faults = []
    for path in sorted((results / "figures").glob("*.csv")):
        entry = json.loads((results / "outputs" / f"{path.stem}.json").read_text(encoding="utf-8"))
        rows, template = read_rows(path), entry["template"]
        count, found = mark_faults(path.with_suffix(".svg"), rows, template)
        marks, faults = marks + count, faults + found
        count, found = value_faults(path.name, rows, template, ard)
        values, faults = values + count, faults + found
        for row in rows:
            for column, ids in TEXTS.items():
                if row.get(column) and row[ids]:
                    faults += [
                        f"{path.name}: {why}" for why in text_faults(row[column], row[ids].split(), ard)
                    ]
    assert faults == []
    assert marks >= least_marks and values >= least_values


def text_faults(text, ids, ard):
    """Return what is wrong in a text of a figure; a number that does not exist stands as a word, each for itself."""
    return (
        []
        if text.startswith(("NE", "descr", "withheld", "not est")) or " / NE" in text
        else cell_faults(text, ids, ard)
    )


def test_every_printed_number_of_the_demonstration_is_its_result(demonstration):
    check_tables(demonstration, 13_000)


def test_every_drawn_mark_of_the_demonstration_is_its_result(demonstration):
    check_figures(demonstration, 2_000, 1_500)


def test_every_printed_number_of_a_small_study_is_its_result(mini):
    check_tables(mini[0] / "results", 50)


def test_every_drawn_mark_of_a_small_study_is_its_result(mini):
    check_figures(mini[0] / "results", 10, 10)


def test_every_figure_with_results_has_its_marks_read(demonstration):
    entries = [
        json.loads(path.read_text(encoding="utf-8")) for path in (demonstration / "outputs").glob("f*.json")
    ]
    assert {one["template"] for one in entries if one["results"]} <= {*MARKS, *VALUES}
