"""Every printed number and every drawn mark of whole runs is its result, read and formatted once more."""

import json
import re

import pytest

from marks import MARKS, TEXTS, VALUES, mark_faults, read_rows, value_faults
from reread import (
    cell_faults,
    glossary_faults,
    page_text,
    picture_text,
    read_ard,
    read_glossary,
    rounded,
    table_faults,
)


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
    assert cell_faults("1.0", ("c",), ard) and cell_faults("1.0", ("unknown",), ard)
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


def test_every_output_explains_the_abbreviations_it_prints_and_no_other(demonstration):
    pages = sorted((demonstration / "tables").glob("*.html"))
    known = read_glossary(pages)
    assert len(known) > 30
    faults = [one for path in pages for one in glossary_faults(path.name, page_text(path), known)]
    for path in sorted((demonstration / "figures").glob("*.svg")):
        faults += glossary_faults(path.name, picture_text(path), known)
    assert faults == []


def test_no_hyphen_is_a_minus_in_any_output_but_raw_texts(demonstration):
    hyphen = re.compile(r"(?<![\w.\-/)])-(?=\d)")
    listings = ("l16-2-9-1", "l16-2-9-5", "l16-2-2", "t14-1-4")  # they quote what sites wrote
    pages = [page for page in (demonstration / "tables").glob("*.html") if page.stem not in listings]
    texts = {path.name: page_text(path) for path in pages}
    texts |= {path.name: picture_text(path) for path in (demonstration / "figures").glob("*.svg")}
    assert {name: hyphen.search(text) for name, text in texts.items() if hyphen.search(text)} == {}


def test_measured_endpoints_print_the_decimals_they_were_collected_with(demonstration):
    table = read_rows(demonstration / "tables" / "t14-2-1-1.csv")
    (low, high) = next(row for row in table if row["Visit Statistic"] == "Min, Max")[
        "BM-MNC + UC-MSC (N=30) Value"
    ].split(", ")
    assert len(low.partition(".")[2]) == len(high.partition(".")[2]) == 2


def test_every_printed_number_of_a_small_study_is_its_result(mini):
    check_tables(mini[0] / "results", 50)


def test_every_drawn_mark_of_a_small_study_is_its_result(mini):
    check_figures(mini[0] / "results", 10, 10)


def test_every_figure_with_results_has_its_marks_read(demonstration):
    entries = [
        json.loads(path.read_text(encoding="utf-8")) for path in (demonstration / "outputs").glob("f*.json")
    ]
    assert {one["template"] for one in entries if one["results"]} <= {*MARKS, *VALUES}
