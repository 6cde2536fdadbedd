"""Text that other programs would run or read as markup stands as text in every file of an output."""

import csv
import re
import xml.etree.ElementTree as ET

import pytest
import yaml

from reread import Cells, rtf_cells
from workflow.conftest import relock, snakemake

TABLES = ("t14-3-1-2", "l16-2-7", "t14-1-5", "t14-2-1-2")
FIGURES = ("f14-3-1-1", "f14-3-1-2", "f14-2-1-1")
ARMS = {
    "LOW": 'Insulin, 10 IU "fast"',
    "HIGH": '=HYPERLINK("http://x.example";"y")',
    "PBO": r"<script>alert(1)</script> {\par}",
}
TITLE = r"=1+1 <script>alert(2)</script> \par {\rtf1 x} & co"
TERM = r"=HYPERLINK('x'), \par {<script>alert(3)</script>}"
HEADINGS = ("t14-3-1-2", "t14-1-5", "t14-2-1-2")  # whose headings hold arms


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return the results of a study of three arms with such texts in labels, titles and terms."""
    from workflow.conftest import copy_study

    folder = copy_study("three_arm", tmp_path_factory.mktemp("hostile") / "the study")
    path = folder / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for arm in content["arms"]:
        arm["label"] = ARMS[arm["code"]]
    for row in content["outputs"]:
        if row["id"] in ("t14-3-1-2", "l16-2-7", "f14-3-1-2"):
            row["title"] = TITLE
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    events = folder / "data/raw/edc/adverse_events.csv"
    rows = list(csv.reader(events.read_text(encoding="utf-8").splitlines()))
    place = rows[0].index("AEDECOD")
    for row in rows[1:3]:
        row[place] = row[rows[0].index("AETERM")] = TERM
    with events.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    relock(folder)
    wanted = [f"results/tables/{name}.html" for name in TABLES]
    done = snakemake(folder, *wanted, *(f"results/figures/{name}.svg" for name in FIGURES))
    assert done.returncode == 0, done.text
    return folder / "results"


def test_html_holds_it_as_text(hostile):
    for name in TABLES:
        page = (hostile / "tables" / f"{name}.html").read_text(encoding="utf-8")
        assert "<script" not in page and "</script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {\\par}" in page
    reader = Cells()
    reader.feed((hostile / "tables" / "t14-3-1-2.html").read_text(encoding="utf-8"))
    assert TERM in [row[0][0] for row in reader.rows]


def test_rtf_holds_it_as_text(hostile):
    for name in TABLES:
        path = hostile / "tables" / f"{name}.rtf"
        text = path.read_text(encoding="ascii")
        # Braces of the document are balanced, and no control word stands in a cell that nobody wrote.
        bare = re.sub(r"\\[\\{}]", "", text)
        assert bare.count("{") == bare.count("}")
        cells = [re.sub(r"\s+", " ", cell) for cell in rtf_cells(path)]
        assert any(ARMS["PBO"] in cell for cell in cells), name
        assert any(ARMS["HIGH"] in cell for cell in cells), name
    assert TERM in rtf_cells(hostile / "tables" / "t14-3-1-2.rtf")
    assert r"{\\par\{" not in (hostile / "tables" / "t14-3-1-2.rtf").read_text(encoding="ascii")


def test_csv_headings_and_cells_keep_their_places_and_run_nowhere(hostile):
    for name in TABLES:
        text = (hostile / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        rows = list(csv.reader(text.splitlines(keepends=True)))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
        if name in HEADINGS:
            for label in ARMS.values():
                named = [cell for cell in rows[0] if label in cell and not cell.endswith("result_id")]
                assert named, (name, label)
        # Every cell is in quotes, so that nothing is taken for a number, a date or a separator.
        assert all(line.startswith('"') for line in text.splitlines() if line)
    term = next(
        row
        for row in csv.reader((hostile / "tables" / "t14-3-1-2.csv").read_text(encoding="utf-8").splitlines())
        if TERM in row[1]
    )
    assert term[1] == f"'{TERM}"


def test_svg_holds_it_as_text(hostile):
    for name in FIGURES:
        path = hostile / "figures" / f"{name}.svg"
        root = ET.parse(path).getroot()
        assert not [one for one in root.iter() if one.tag.rpartition("}")[2] == "script"]
        words = " ".join("".join(one.itertext()) for one in root.iter() if one.tag.endswith("}text"))
        assert "<script>alert(1)</script>" in words, name
    assert TITLE in words or "alert(2)" in (hostile / "figures/f14-3-1-2.svg").read_text(encoding="utf-8")


def test_plotted_data_keep_their_columns(hostile):
    for name in FIGURES:
        rows = list(
            csv.reader((hostile / "figures" / f"{name}.csv").read_text(encoding="utf-8").splitlines())
        )
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
