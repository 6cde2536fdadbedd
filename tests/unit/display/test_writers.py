"""The file formats: the same cells in HTML, RTF and CSV; text is data in each of them."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from trial.display.csv_writer import column_names, table_frame
from trial.display.files import save_printed
from trial.display.pages.html_writer import FRAGMENT_BEGIN, FRAGMENT_END, write_html
from trial.display.rtf_writer import rtf_text, write_rtf
from trial.display.table import Block, Cell, Column, Note, Row, Table
from trial.display.wording import NULL_REPORT
from trial.study.base import Identity
from trial.study.label import SYNTHETIC_MARK
from unit.display import study_rows as rows
from unit.display.test_listings import listing
from unit.display.test_tables import build

STAMP = rows.stamp_of(Identity(**rows.STUDY))
NASTY = 'a<b> & "c" {d} \\e đường 𝛽 =1+1'


def nasty_table():
    columns = (Column("Stub\nline", align="left"), Column(NASTY, group=NASTY))
    cells = (
        Row((Cell(NASTY), Cell("=2+3", ("E.x",), ("a",)))),
        Row((Cell("-x"), Cell("−0.5 (0.1)", ("E.y",)))),
    )
    notes = (Note(NASTY), Note("<i>why</i>", "a"))
    return Table("t1", "Table 1", (NASTY,), NASTY, columns, (Block(NASTY, cells),), notes, STAMP)


class TableReader(HTMLParser):
    """Collects the cells of a page: (tag, attributes, text)."""

    def __init__(self):
        super().__init__()
        self.cells, self.tags, self._open = [], [], None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th"):
            self._open = [tag, dict(attrs), ""]
        elif tag == "br" and self._open:
            self._open[2] += "\n"

    def handle_data(self, data):
        if self._open:
            self._open[2] += data

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self._open:
            self.cells.append(tuple(self._open))
            self._open = None


def read_html(page):
    reader = TableReader()
    reader.feed(page)
    return reader


def read_rtf_cells(text):
    """Return the texts of all cells of an RTF document, escapes undone."""
    found = []
    for content in re.findall(r"\\pard\\intbl(.*?)\\cell(?![x\w])", text, flags=re.S):
        content = re.sub(r"(?:\\u(-?\d+)\?)+", _decode_units, content)
        content = content.replace(r"\line ", "\n")
        content = re.sub(r"(?<!\\)\\[a-z]+-?\d* ?", "", content)
        found.append(re.sub(r"\\([\\{}])", r"\1", content).strip())
    return found


def _decode_units(match):
    units = [int(unit) % 65536 for unit in re.findall(r"\\u(-?\d+)\?", match.group())]
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")


@pytest.mark.parametrize("kind", ["descriptive", "model"])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_the_three_formats_hold_the_same_cells(kind, arms):
    table, _ = build(kind, "TNFA", arms)
    body = [[cell.printed for cell in row.cells] for block in table.blocks for row in block.rows]
    page = read_html(write_html(table))
    html_cells = [
        (tag, attrs, text) for tag, attrs, text in page.cells if "block-heading" not in attrs.get("class", "")
    ]
    html_texts = [text for _, attrs, text in html_cells if attrs.get("scope") not in ("col", "colgroup")]
    html_texts = html_texts[1:] if table.column_groups else html_texts  # the empty corner of the header
    assert html_texts == [text for row in body for text in row]
    ids = [attrs["data-result-id"].split() for _, attrs, _ in html_cells if "data-result-id" in attrs]
    assert ids == [
        list(cell.result_ids) for b in table.blocks for row in b.rows for cell in row.cells if cell.result_ids
    ]
    rtf_cells = read_rtf_cells(write_rtf(table))
    headings = {block.heading for block in table.blocks}
    header = len(table.columns) + len(table.column_groups)
    assert [t for t in rtf_cells[header:] if t not in headings] == [text for row in body for text in row]
    frame = table_frame(table)
    assert frame[column_names(table)].to_numpy().tolist() == body


def test_html_escapes_text_and_keeps_it():
    page = write_html(nasty_table())
    assert "<b>" not in page
    assert "<i>" not in page
    texts = [text for _, _, text in read_html(page).cells]
    assert texts.count(NASTY) == 4  # group heading, column heading, block heading, row label
    assert "=2+3 [a]" in texts


def test_html_is_one_semantic_table_that_needs_no_other_file():
    page = write_html(nasty_table())
    reader = read_html(page)
    assert [reader.tags.count(tag) for tag in ("table", "h1", "thead")] == [1, 1, 1]
    assert {attrs.get("scope") for tag, attrs, _ in reader.cells if tag == "th"} == {
        "colgroup",
        "col",
        "rowgroup",
        "row",
    }
    assert not re.search(r"<script|<link|src=|url\(|http", page)
    assert page.count(FRAGMENT_BEGIN) == page.count(FRAGMENT_END) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a{b}\\c", r"a\{b\}\\c"),
        ("±", r"\u177?"),
        ("α", r"\u945?"),
        ("ế", r"\u7871?"),
        ("\ufb01", r"\u-1279?"),
        ("𝛽", r"\u-10187?\u-8451?"),
        ("a\nb\tc\x07", r"a\line b c"),
    ],
)
def test_rtf_text_is_seven_bit(text, expected):
    assert rtf_text(text) == expected


@pytest.mark.parametrize("table", [nasty_table(), build("descriptive", "TNFA")[0]])
def test_rtf_is_seven_bit_and_balanced(table):
    text = write_rtf(table)
    assert text.isascii()
    plain = text.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    assert plain.count("{") == plain.count("}")
    assert text.count(r"\trowd") == len(re.findall(r"\\row(?![a-z])", text))
    assert r"\landscape" in text
    assert "NUMPAGES" in text


def test_rtf_repeats_titles_and_headings_in_the_page_header_and_notes_in_its_footer():
    table, _ = build("model", "HBA1C")
    text = write_rtf(table)
    header, rest = text.split("{\\header ")[1].split("{\\footer ")
    footer, body = rest.split("\n}", 1)[0], rest
    assert "Table 14.2.1.2" in header
    assert "(N=30)" in header
    assert "(N=30)" not in body
    assert all(rtf_text(note.printed) in footer for note in table.notes)


def test_rtf_keeps_the_rows_of_a_block_together():
    table, _ = build("model", "HBA1C")
    lines = [line for line in write_rtf(table).split("\n") if line.startswith(r"\pard\intbl")]
    lines = lines[1:]  # the column headings
    kept = [r"\keepn" in line for line in lines]
    sizes = [1 + len(block.rows) for block in table.blocks]
    assert kept == [place < size - 1 for size in sizes for place in range(size)]


def test_csv_neutralises_formulas_and_names_the_results(tmp_path):
    frame = table_frame(nasty_table())
    path = tmp_path / "t1.csv"
    save_printed(frame, path)
    text = path.read_text(encoding="utf-8")
    assert '"\'=2+3 [a]"' in text
    assert '"\'-x"' in text
    # A number is what it is, in quotes as every cell.
    assert '"−0.5 (0.1)"' in text
    assert not re.search(r'(^|,)"?[=@]', text, flags=re.M)
    assert "E.x" in text
    assert "[a] <i>why</i>" in text
    assert text.count("SYNTHETIC") == 2
    assert text.count("DEMO-1 (ab12cd34)") == 2


@pytest.mark.parametrize("write", [write_html, write_rtf])
def test_every_format_says_synthetic_only_when_the_lock_does(write):
    table = nasty_table()
    assert "SYNTHETIC" in write(table)
    assert "SYNTHETIC" not in write(replace(table, stamp=replace(STAMP, marks=())))


def test_csv_says_synthetic_only_when_the_lock_does():
    table = nasty_table()
    assert set(table_frame(table)["marks"]) == {SYNTHETIC_MARK}
    assert set(table_frame(replace(table, stamp=replace(STAMP, marks=())))["marks"]) == {""}


@pytest.mark.parametrize("write", [write_html, write_rtf])
def test_an_empty_table_prints_the_null_report_under_its_titles(write):
    table = listing("queries_listing", queries=rows.query_rows(0))
    text = write(table)
    assert NULL_REPORT in text
    assert "Queries to the site" in text
    assert "Open queries: 0" in text


def test_the_csv_of_an_empty_table_says_so_with_its_lock():
    table = listing("queries_listing", queries=rows.query_rows(0))
    (row,) = table_frame(table).to_dict("records")
    assert row["block"] == NULL_REPORT
    assert (row["output"], row["lock"], row["marks"]) == (table.id, "DEMO-1 (ab12cd34)", SYNTHETIC_MARK)
    assert len(table_frame(listing("queries_listing", queries=rows.query_rows(2)))) == 2


def test_lock_and_state_stand_on_every_output():
    table, _ = build("descriptive", "HBA1C")
    for text in (write_html(table), write_rtf(table)):
        assert "DEMO-1 (ab12cd34), state hard" in text
