"""The pages of RTF documents: in one document in the order of ICH E3, and as a word processor lays them out."""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest

from trial.display.csv_writer import table_frame
from trial.display.notes import Note
from trial.display.rtf_columns import TEXT_WIDTH, column_edges
from trial.display.rtf_document import LONGEST, Part, join_tables
from trial.display.rtf_writer import section_of, write_rtf
from trial.display.table import Block, Cell, Column, Row, Table
from unit.delivery.finished_study import STAMP, count_table, model_table

NASTY = 'Insulin, 10 IU {\\b <script>x</script>} =HYPERLINK("y") \\par ở 𝛽 −½'
WORD = "soffice"


def long_table():
    """Return a table of four pages and more: nine columns of numbers, blocks of visits, hostile words."""
    numbers = ("−12.345 (0.1234)", "(−123.45, −101.23)", "<0.0001", "1234", "12.3 (98.7%)", "0.123 [a]")
    columns = (
        Column("Visit\nStatistic", align="left", width=2.5),
        *(Column(f"Head{i}", NASTY if i < 4 else "Second group") for i in range(1, 7)),
        Column("Very narrow", width=0.2),
        Column("Words", align="left", width=1.5),
    )
    blocks = [
        Block(
            f"Visit {v} of {NASTY}",
            tuple(
                Row(
                    (
                        Cell(f"Row {v}-{r} {NASTY}"),
                        *map(Cell, numbers),
                        Cell("0.5"),
                        Cell("words that wrap " * 3),
                    )
                )
                for r in range(5)
            ),
        )
        for v in range(9)
    ]
    notes = (Note(NASTY), Note("why", "a"), Note(STAMP.lock_line))
    return Table("t14-2-9", "Table 14.2.9", (f"Long: {NASTY}",), NASTY, columns, tuple(blocks), notes, STAMP)


def part(table, e3="14.2"):
    return Part(table.id, e3, table.number, table.titles[0], write_rtf(table))


def listing_of(rows):
    columns = (Column("Subject", align="left"), Column("Text", align="left", width=3))
    cells = tuple(Row((Cell(f"S-{i:03}"), Cell(f"entry {i:03}"))) for i in range(rows))
    notes = (Note(STAMP.lock_line),)
    return Table("l16-2-7", "Listing 16.2.7", ("Events",), "", columns, (Block("", cells),), notes, STAMP)


def test_tables_stand_in_the_order_of_ich_e3_whatever_the_order_of_the_catalogue():
    tenth = replace(model_table(), id="t14-2-10", number="Table 14.2.10")
    parts = [part(count_table(), "14.3"), part(tenth), part(listing_of(3), "16.2"), part(model_table())]
    text = join_tables(parts, STAMP)
    assert re.findall(r"\\bkmkstart (\w+)", text) == ["t14_2_1_2", "t14_2_10", "t14_3_1_1", "l16_2_7"]
    assert re.findall(r"PAGEREF (\w+)", text) == ["t14_2_1_2", "t14_2_10", "t14_3_1_1", "l16_2_7"]
    assert join_tables(parts[::-1], STAMP) == text
    text.encode("ascii")


def test_each_table_of_the_document_has_the_section_of_its_own_file():
    one = part(count_table(), "14.3")
    inside = join_tables([one], STAMP).split("\\sect\n", 1)[1].removesuffix("\n}\n")
    marked = re.sub(r"\{\\\*\\bkmk(start|end) \w+\}", "", inside)
    assert marked == section_of(one.rtf)
    assert one.rtf.count("{") == one.rtf.count("}")


def test_a_listing_that_is_too_long_is_named_with_its_file_instead():
    shown, left_out = part(listing_of(LONGEST), "16.2"), part(listing_of(LONGEST + 1), "16.2")
    assert "\\bkmkstart l16_2_7" in join_tables([shown], STAMP)
    text = join_tables([part(model_table()), left_out], STAMP)
    assert "\\bkmkstart l16_2_7" not in text
    assert f"more than {LONGEST} rows" in text
    assert "Listing 16.2.7  Events (l16-2-7.rtf)" in text


def test_a_column_of_numbers_takes_its_room_from_those_that_can_wrap():
    narrow = Column("p", width=0.1)
    table = replace(
        model_table(),
        columns=(Column("Analysis", align="left", width=5.0), narrow),
        blocks=(Block("", (Row((Cell("a b c"), Cell("(−123.45, −101.23)"))),)),),
    )
    first, last = column_edges(table)
    assert last == TEXT_WIDTH
    assert last - first > TEXT_WIDTH * 0.1 / 5.1  # more than its share
    # 18 characters of Times at 9 points are about 1600 twips wide.
    assert 1600 <= last - first < 2400


def test_columns_keep_their_shares_where_everything_fits():
    table = replace(
        model_table(),
        columns=(Column("a", align="left", width=1.0), Column("b", width=3.0)),
        blocks=(Block("", (Row((Cell("x"), Cell("1"))),)),),
    )
    assert column_edges(table) == [round(TEXT_WIDTH / 4), TEXT_WIDTH]


def words(pdf):
    """Return for each page its width and its words as (text, left, right)."""
    html = subprocess.run(
        ["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    word = re.compile(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>')
    pages = re.findall(r'<page width="([\d.]+)"[^>]*>(.*?)</page>', html, re.DOTALL)
    return [
        (
            float(width),
            [(unescape(text), float(left), float(right)) for left, right, text in word.findall(page)],
        )
        for width, page in pages
    ]


@pytest.mark.long
@pytest.mark.skipif(
    not (shutil.which(WORD) and shutil.which("pdftotext")), reason="needs LibreOffice and poppler"
)
def test_pages_of_a_word_processor_repeat_their_heads_and_cut_nothing(tmp_path):
    tables = [model_table(), count_table(), long_table(), listing_of(150)]
    text = join_tables([part(table) for table in tables], STAMP)
    (tmp_path / "tables.rtf").write_text(text, encoding="ascii")
    subprocess.run(
        [
            WORD, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf",
            "--outdir", str(tmp_path), str(tmp_path / "tables.rtf"),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    pages = words(tmp_path / "tables.pdf")
    texts = [" ".join(word for word, _, _ in found) for _, found in pages]
    for number, (page, (width, found)) in enumerate(zip(texts, pages, strict=True), start=1):
        assert f"Page {number} of {len(pages)}" in page
        margin = 2 / 2.54 * 72
        assert all(left > margin - 2 and right < width - margin + 2 for _, left, right in found)
    contents = texts[0]
    for table in tables:
        mine = [
            i for i, page in enumerate(texts[1:], start=1) if re.search(rf"{table.number}(?![.\d])", page)
        ]
        assert mine, table.number
        # The list of contents has the page on which the table begins.
        assert re.search(rf"{re.escape(table.number)}(?![.\d]).*?\.\s*{mine[0] + 1}\b", contents)
        for i in mine:  # titles, heads and footnotes on every page
            for column in table.columns:
                assert set(f"{column.group} {column.heading}".split()) <= set(texts[i].split())
            assert "Lock:" in texts[i]
        # Every word of every cell, as often as it is printed: a word that is cut or broken is none of them.
        printed = Counter(word for i in mine for word in texts[i].split())
        frame = table_frame(table)
        wanted = Counter(
            word
            for name in frame.columns
            if not name.endswith("result_id") and name not in ("block", "notes", "output", "lock", "marks")
            for cell in frame[name]
            for word in cell.split()
        )
        assert wanted - printed == Counter()
    assert len(pages) > 7
