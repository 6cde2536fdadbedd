"""The trace in a headless browser, from the file system: down from a printed number to a raw row, and back."""

import csv
import re
import shutil
from itertools import product
from urllib.parse import quote

import pytest

import list_printed
import render_trace
from browser.conftest import WIDTHS
from trial.display.pages.frame import page_style
from unit.trace.small import EVENTS, FILE, FORMULA, PICTURE, SCRIPT, write_study
from workflow.conftest import ROOT

# axe-core's own words for what hinders many readers.
SERIOUS = ("moderate", "serious", "critical")
LONGER = """([at, held]) => document.querySelectorAll('#numbers table')[1].querySelectorAll('details')[at]
  .querySelectorAll('li').length > held"""
DATA = 300_000  # bytes of data files that one click may load


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The report folder of a study whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    render_trace.main(write_study(folder))
    where = ["--ard", folder / "ard.csv", "--folder", folder / "report" / "trace"]
    list_printed.main([str(one) for one in [*where, "--entries", folder / "t1.json"]])
    (folder / "report" / "report.css").write_text(page_style(), encoding="utf-8")
    return folder / "report"


@pytest.fixture
def visit(readers):
    """Return a function that opens the trace of a report at an address; nothing may go wrong on the way."""

    def start(folder, address="", *look):
        reader = readers(folder, *look)
        reader.page.goto((folder / "trace.html").as_uri() + address)
        settle(reader.page)
        return reader

    return start


def settle(page):
    page.wait_for_function("!document.getElementById('trace').hasAttribute('aria-busy')")


def follow(page, link):
    """Click a link of the trace; the heading of what it shows has the focus then."""
    before = page.url
    link.click()
    page.wait_for_function("before => location.href !== before", arg=before)
    settle(page)
    page.wait_for_function("document.activeElement.id === 'heading'")


def cell(page, name):
    """Return the text beside a name of the first table."""
    return (
        page.locator("#trace table").first.locator("tr", has_text=re.compile(f"^{name}")).locator("td").first
    )


def down_and_back(page, result, place, text):
    """Follow a result to one of its raw rows, see its text there, and come back to the result."""
    row = page.locator("#records tr", has=page.get_by_role("link", name=place, exact=True)).first
    assert text in row.inner_text()
    follow(page, row.get_by_role("link", name=place, exact=True).first)
    assert page.locator("#heading").inner_text().startswith("Raw row ")
    assert text in page.locator("#trace").inner_text()
    found = page.locator("#numbers table").nth(1).locator("details")
    for at in range(found.count()):
        found.nth(at).locator("summary").click()
        found.nth(at).locator("li").first.wait_for()  # the list is made when it is opened
        while (more := found.nth(at).locator("button:not([hidden])")).count():
            held = found.nth(at).locator("li").count()
            more.click()
            page.wait_for_function(LONGER, arg=[at, held])
        back = found.nth(at).get_by_role("link", name=result, exact=True)
        if back.count():
            follow(page, back.first)
            break
    assert page.locator("#trace code").first.inner_text() == result


def test_a_descriptive_cell_down_to_a_raw_cell_and_back(visit, demonstration):
    with (ROOT / "data" / "raw" / "cytokines" / "plates.csv").open(encoding="utf-8") as stream:
        lines = list(csv.reader(stream))
    result = "TNFA.OBSERVED.M6.CELL.AVAL.mean"
    page = visit(demonstration / "report", f"#r={result}").page
    held = page.locator("#records td.place a").first.inner_text()
    file, line = re.fullmatch(r"(cytokines/plates\.csv), row (\d+)", held).groups()
    raw = dict(zip(lines[2], lines[int(line) - 1], strict=True))
    assert raw["Analyte"] == "TNF-α" and raw["Visit"] == "M6"
    down_and_back(page, result, f"{file}, row {line}", raw["Concentration"])


def test_a_model_cell_shows_its_model_and_its_subjects_by_influence(visit, demonstration):
    result = "HBA1C.PRIMARY.M6.CELL-STD.diff"
    reader = visit(demonstration / "report", f"#r={result}")
    page = reader.page
    with (demonstration / "ard.csv").open(encoding="utf-8", newline="") as stream:
        ard = {row["result_id"]: row for row in csv.DictReader(stream)}
    assert cell(page, "Value").inner_text() == ard[result]["value"]
    text = page.locator("#trace").inner_text()
    assert "unstructured covariance" in text and "Formula: Y ~ X_BASE" in text and "Full analysis set" in text
    first = page.get_by_role("table", name=re.compile("Largest moves")).locator("tbody tr").first
    assert ard["HBA1C.INFLUENCE.M6.CELL-STD.without.1.change"]["value"] in first.inner_text()
    # The records stand in the order of influence.
    subject = first.locator("th").inner_text()
    assert page.locator("#records tbody tr").first.locator("th").inner_text() == subject
    place = page.locator("#records td.place a").first.inner_text()
    down_and_back(page, result, place, page.locator("#records td.wide .text").first.inner_text())
    files = {url.split("/trace/")[1] for url in reader.asked if "/trace/" in url}
    first_click = visit(demonstration / "report", f"#r={result}")
    loaded = {
        url.split("/trace/")[1] for url in first_click.asked if re.search(r"/trace/[a-z]+(-\d+)?\.js$", url)
    }
    sizes = [(demonstration / "report" / "trace" / name).stat().st_size for name in loaded - {"trace.js"}]
    assert sum(sizes) <= DATA, sum(sizes)
    assert files >= loaded


def test_a_count_down_to_its_event_and_back(visit, demonstration):
    result = "all.ADVERSE.all.CELL.interest:HYPO.subjects"
    page = visit(demonstration / "report", f"#r={quote(result, safe='')}").page
    assert "3 records of adae.csv: of 3 subjects, from 3 raw rows." in page.locator("#behind").inner_text()
    with (ROOT / "data" / "raw" / "edc" / "adverse_events.csv").open(encoding="utf-8") as stream:
        lines = list(csv.reader(stream))
    place = page.locator("#records td.place a").first.inner_text()
    raw = dict(zip(lines[0], lines[int(place.rsplit(" ", 1)[1]) - 1], strict=True))
    assert raw["AEDECOD"] == "Hypoglycaemia"
    down_and_back(page, result, place, raw["AETERM"])


def test_several_results_of_one_cell_open_together(visit, demonstration):
    ids = ["HBA1C.OBSERVED.M6.CELL.AVAL.mean", "HBA1C.OBSERVED.M6.CELL.AVAL.sd"]
    page = visit(demonstration / "report", "#r=" + ",".join(ids)).page
    assert page.locator("#heading").inner_text() == "2 results"
    assert page.locator("#records").count() == 1  # both stand on the same records


def test_a_quarantined_row_says_why_and_what_was_asked(visit, demonstration):
    with (demonstration / "data" / "queries.csv").open(encoding="utf-8", newline="") as stream:
        query = next(
            row for row in csv.DictReader(stream) if row["DONE"] == "quarantined, not used" and row["ROW"]
        )
    place = "!".join(quote(query[name], safe="") for name in ("FILE", "SHEET", "ROW"))
    text = visit(demonstration / "report", f"#raw={place}").page.locator("#trace").inner_text()
    assert (
        "quarantined" in text
        and query["RULE"] in text
        and query["QUERYID"] in text
        and query["QUESTION"] in text
    )


def test_a_record_leads_to_its_rows_and_numbers(visit, demonstration):
    page = visit(demonstration / "report", "#record=HBA1C!VH-001!2.0").page
    text = page.locator("#trace").inner_text()
    assert "8.65" in text and "excel/hba1c_cpeptide.xlsx, Ban đầu, row 5" in text
    assert int(re.search(r"([\d,]+) results of", text).group(1).replace(",", "")) > 1000


def test_the_search_goes_to_results_subjects_rows_and_files(visit, demonstration):
    page = visit(demonstration / "report").page
    for text, wanted in (
        ("HBA1C.PRIMARY.M6.CELL-STD.diff", "diff: HbA1c"),
        ("VH-001", "Subject VH-001"),
        ("edc/subjects.csv!!2", "Raw row 2 of edc/subjects.csv"),
        ("lis/lis_2019.csv", "Raw file lis/lis_2019.csv"),
        ("PRIMARY", "Primary analysis"),
    ):
        page.fill("#search", text)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "text => document.getElementById('heading').innerText.startsWith(text)", arg=wanted
        )
    page.fill("#search", "HBA1C.PRIMARY.M6")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="HBA1C.PRIMARY.M6.CELL-STD.diff", exact=True).wait_for()
    page.fill("#search", "nothing of the kind")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing has this id").wait_for()


@pytest.mark.parametrize(
    "address",
    ["#r=gone", "#raw=gone!!1", "#record=X!Y!1", "#subject=gone", "#file=gone!", "#analysis=gone", "#r=%"],
)
def test_what_is_not_there_is_said(visit, small, address):
    page = visit(small, address).page
    assert "Not found" in page.locator("#heading").inner_text() or page.locator(".problem").count()


def test_hostile_text_is_text_everywhere(visit, small):
    ids = f"all.COUNTS.V1.A.{EVENTS}"
    place = "!".join(quote(one, safe="").replace("!", "%21") for one in (FILE, "", "2"))
    sheet = "!".join(quote(one, safe="") for one in ("lab.xlsx", SCRIPT, "7"))
    for address, wanted in (
        ("", ["Counts " + SCRIPT, SCRIPT]),
        (f"#r={quote(ids, safe='')}", [SCRIPT, PICTURE, FORMULA, "Title " + SCRIPT]),
        (f"#raw={place}", [FILE, SCRIPT, PICTURE, FORMULA]),
        (f"#raw={sheet}", [SCRIPT, "7,5"]),
        ("#analysis=COUNTS", [SCRIPT, PICTURE]),
        ("#subject=S%2C1", ["Subject S,1"]),
        (f"#record=adae!{quote('S,1', safe='')}!1", [SCRIPT]),
    ):
        page = visit(small, address).page
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_timeout(200)
        text = page.locator("body").inner_text()
        for one in wanted:
            assert one in text, (address, one)
        assert page.evaluate("window.hurt") is None
        assert page.locator("#trace script, #trace img").count() == 0


MODEL, COUNT = "#r=HBA1C.PRIMARY.M6.CELL-STD.diff", "#r=all.ADVERSE.all.CELL.interest%3AHYPO.subjects"
ROW = "#raw=excel%2Fhba1c_cpeptide.xlsx!Ban%20%C4%91%E1%BA%A7u!5"


@pytest.mark.parametrize(
    ("address", "width", "dark"),
    [(MODEL, WIDTHS[0], False), *product(("", COUNT, ROW), WIDTHS, (False, True))],
)
def test_the_pages_can_be_read_by_everybody(visit, demonstration, address, width, dark):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(demonstration / "report", address, width, dark).page
    # Without preload: axe would ask for the style sheet once more, which no file of a folder may.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    levels = [int(one.evaluate("e => e.tagName[1]")) for one in page.locator("h1, h2, h3").all()]
    assert levels.count(1) == 1 and levels[0] == 1


def test_it_works_by_keyboard(visit, demonstration):
    page = visit(demonstration / "report", "#r=HBA1C.OBSERVED.M6.CELL.AVAL.mean").page
    assert page.evaluate("document.activeElement.id") == "heading"
    page.locator("#records td.place a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.startsWith('#raw=')")
    settle(page)
    page.wait_for_function("document.activeElement.id === 'heading'")
    page.go_back()
    page.wait_for_function("location.hash.startsWith('#r=')")


def test_a_missing_data_file_is_said(visit, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torn") / "report"
    shutil.copytree(small, folder)
    (folder / "trace" / "touch.js").unlink()
    reader = visit(folder, "#raw=edc%2Fsubjects.csv!!2")
    assert "trace/touch.js is not beside this page" in reader.page.locator("#trace").inner_text()
    reader.wrong.clear()  # the browser says so too
