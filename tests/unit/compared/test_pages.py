"""The pages of a comparison: everything that changed stands on them once, where a reader looks for it."""

import json
import re
from html import unescape

import pytest

import render_compare
from trial.compared.pages import ROWS
from unit.compared.two_runs import PROFILE, changed_results, write_study

MANY = 2 * ROWS + 3


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of pages after one call of the program."""
    folder = tmp_path_factory.mktemp("pages")
    old, new = write_study(folder, MANY)
    render_compare.main(["--old", str(old), "--study", str(new.parent)])
    return new / "report" / "compare" / "DBL-1"


def text_of(path):
    return unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")))


def ids_of(path):
    return re.findall(r'<tr id="([^"]+)"', path.read_text(encoding="utf-8"))


def test_every_changed_number_stands_once_in_the_lists_of_outputs_or_of_analyses(pages):
    found = [one for path in pages.glob("results-*.html") for one in ids_of(path)]
    assert sorted(found) == sorted({row["result_id"] for row in changed_results(MANY)})


def test_long_lists_stand_in_parts_that_lead_to_each_other(pages):
    parts = sorted(pages.glob("results-analysis-OBSERVED*.html"))
    assert [path.stem.rpartition("-part-")[2] for path in parts] == ["2", "3", "results-analysis-OBSERVED"]
    assert max(len(ids_of(path)) for path in parts) == ROWS
    first = (pages / "results-analysis-OBSERVED.html").read_text()
    assert 'rel="next">' in first
    assert f"Rows 1 to {ROWS}, part 1 of 3" in first


def test_conclusions_that_turned_come_first(pages):
    for name in ("index.html", "results.html"):
        text = text_of(pages / name)
        assert "sign turned" in text
        assert text.index("sign turned") < text.index(
            "Where the changes" if name == "index.html" else "By output"
        )
    assert ids_of(pages / "index.html") == ["HBA1C.PRIMARY.M6.CELL-STD.diff"]


def test_the_summary_names_both_runs_and_counts(pages):
    text = " ".join(text_of(pages / "index.html").split())
    for words in ("DBL-1 hard 2020-10-31 ab12cd34", "DBL-2 hard 2020-10-31 9f00cc11", "1 added, 1 removed, 1 changed",
                  "changed values: 1; subjects: 1", f"{5 + MANY} changed; conclusions that turned: 1", "2 of 5 differ",
                  "1 other files are the same", "Two values are equal to 1e-9."):  # fmt: skip
        assert words in text


def test_texts_of_raw_files_are_texts(pages):
    for path in pages.glob("*.html"):
        markup = path.read_text(encoding="utf-8")
        assert "<script" not in markup
        assert "<i>with" not in markup
    assert "=1+1 <script>" in text_of(pages / "raw.html")


def test_raw_rows_lead_to_their_trace_and_removed_ones_nowhere(pages):
    links = re.findall(r'href="([^"]*#raw=[^"]*)"', (pages / "raw.html").read_text(encoding="utf-8"))
    assert links == ["../../trace.html#raw=labs%2Fa%20%26%20b.csv!!6"] * 2 + [
        "../../trace.html#raw=labs%2Fa%20%26%20b.csv!!9"
    ]


def test_a_figure_shows_both_pictures_their_overlay_and_the_numbers_behind_it(pages):
    markup = (pages / f"figure-{PROFILE}.html").read_text(encoding="utf-8")
    for kind in ("previous", "current", "overlay"):
        assert f'src="figures/{PROFILE}-{kind}.svg"' in markup
        assert (pages / "figures" / f"{PROFILE}-{kind}.svg").is_file()
    assert sorted(ids_of(pages / f"figure-{PROFILE}.html")) == [
        "HBA1C.PRIMARY.M6.CELL.lsmean", "HBA1C.PRIMARY.M6.CELL.lsmean.lower", "HBA1C.PRIMARY.M6.CELL.lsmean.upper",
    ]  # fmt: skip


def test_a_second_call_leaves_the_same_bytes_and_no_page_of_the_first(pages):
    results = pages.parents[2]
    before = {path.name: path.read_bytes() for path in pages.rglob("*") if path.is_file()}
    (pages / "results-of-yesterday.html").write_text("no difference any more")
    render_compare.main(["--old", "locks/DBL-1", "--study", str(results.parent)])
    assert {path.name: path.read_bytes() for path in pages.rglob("*") if path.is_file()} == before


def test_the_list_of_comparisons_says_which_are_of_other_results(pages):
    listed = pages.parent / "index.html"
    assert "DBL-1 (ab12cd34)" in text_of(listed)
    assert "not the results of this report" not in text_of(listed)
    summary = json.loads((pages / "comparison.json").read_text())
    assert summary == {"old": "DBL-1 (ab12cd34)", "new": "DBL-2 (9f00cc11)", "results": 5 + MANY, "flips": 1}
