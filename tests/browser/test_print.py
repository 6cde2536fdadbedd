"""Pages on paper: titles, heads and notes where they belong, pages numbered, nothing cut."""

import re
import shutil
import subprocess

import pytest

from browser.conftest import one_of_each
from trial.display.notes import Note
from trial.display.pages.fragments import make_fragment
from trial.display.pages.frame import Frame, page_style, wrap_page
from trial.display.pages.html_writer import write_fragment
from trial.display.table import Block, Cell, Column, Row, Table
from trial.study.base import Identity
from unit.display import study_rows as rows

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext on this machine (poppler-utils)"
)
STUDY = Identity(**rows.STUDY)
STAMP = rows.stamp_of(STUDY)
BLOCKS, LINES = 14, 6


def sheets(page, path):
    """Print a page of the browser; return the text of each sheet."""
    page.pdf(path=str(path), prefer_css_page_size=True)
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode().rstrip("\f").split("\f")


def long_table(folder):
    """Write the page of a table of several sheets."""
    blocks = tuple(
        Block(
            f"Visit {b:02}",
            tuple(Row((Cell(f"line {b:02}.{k}"), Cell(f"{b}.{k}", (f"R.{b}.{k}",)))) for k in range(LINES)),
        )
        for b in range(BLOCKS)
    )
    table = Table("t1-1", "Table 1.1", ("A long table",), "All", (Column("Statistic", align="left"), Column("Arm A")),
                  blocks, tuple(Note(f"Note {k}.") for k in range(5)), STAMP)  # fmt: skip
    text = wrap_page(Frame(STUDY, STAMP), make_fragment(write_fragment(table)).text, "Long", "t1-1.html")
    (folder / "t1-1.html").write_text(text, encoding="utf-8")
    (folder / "report.css").write_text(page_style(), encoding="utf-8")
    return folder / "t1-1.html"


@pytest.fixture(scope="module")
def long_sheets(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    page = chromium.new_page()
    page.goto(long_table(folder).as_uri())
    found = sheets(page, folder / "t1-1.pdf")
    page.close()
    return found


def test_each_sheet_has_its_number_the_lock_and_the_mark_of_synthetic_data(long_sheets):
    assert len(long_sheets) > 1
    for number, sheet in enumerate(long_sheets, start=1):
        assert re.search(rf"\b{number} ?/ ?{len(long_sheets)}\b", sheet)
        assert "SYNTHETIC DATA" in sheet
        assert "Lock: DEMO-1 (ab12cd34)" in sheet


def test_the_head_of_a_table_stands_on_each_sheet_and_no_block_is_split(long_sheets):
    seen = []
    for sheet in long_sheets:
        assert sheet.count("Statistic") == 1
        heads, lines = re.findall(r"Visit (\d\d)", sheet), re.findall(r"line (\d\d)\.\d", sheet)
        assert lines == [head for head in heads for _ in range(LINES)]
        seen += heads
    assert seen == [f"{b:02}" for b in range(BLOCKS)]


def test_title_and_notes_stand_with_rows_of_their_table(long_sheets):
    assert "A long table" in long_sheets[0]
    assert "line 00.0" in long_sheets[0]
    last = long_sheets[-1]
    assert [f"Note {k}." in last for k in range(5)] == [True] * 5
    assert f"line {BLOCKS - 1:02}.0" in last


@pytest.mark.parametrize("kind", ["t", "f"])
def test_an_output_of_one_sheet_is_printed_on_it(read, report, tmp_path, kind):
    name = min(report.glob(f"{kind}[0-9]*.html"), key=lambda path: (path.stat().st_size, path.name)).name
    page = read().open(name)
    number = page.locator("h1 .number").inner_text()
    found = sheets(page, tmp_path / "page.pdf")
    assert len(found) == 1
    assert number in found[0]
    assert "Previous" not in found[0]


def test_nothing_of_a_table_is_cut_at_the_edge_of_the_sheet(read, report, tmp_path):
    """Every cell of the widest table is on the paper: its text can be read back from the sheets."""
    reader = read()

    def width(path):
        return reader.open(path.name).locator("main table").first.evaluate("t => t.scrollWidth")

    name = max((path for path in one_of_each(report) if path.match("t[0-9]*.html")), key=width).name
    page = reader.open(name)
    cells = page.locator("main section.output td, main section.output th").all_inner_texts()
    text = "".join("\n".join(sheets(page, tmp_path / "page.pdf")).split())
    words = {word for cell in cells for word in cell.split()}
    assert sorted(word for word in words if word not in text) == []
    box = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "page.pdf"), "-"], capture_output=True, check=True
    )
    right = [float(x) for x in re.findall(r'xMax="([\d.]+)"', box.stdout.decode())]
    assert max(right) <= 842 - 30
