"""The pages of a comparison in a browser: links, views of a figure, accessibility, narrow screens, print."""

import re
import shutil
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import Markup

import render_compare
from browser.conftest import WIDTHS
from browser.test_pages import AXE, CUT, OUT_OF_REACH, SERIOUS, Links
from browser.test_print import STAMP, sheets
from scripts.test_display_scripts import run_all, write_inputs
from trial.display.pages.frame import Frame, wrap_page
from trial.study.base import Identity
from unit.compared.two_runs import COURSES, PROFILE, write_study
from unit.display import study_rows as rows

PAGES = ("index.html", "results.html", f"results-{PROFILE}.html", "results-analysis-OBSERVED.html", "raw.html",
         "populations.html", "outputs.html", "figures.html", f"figure-{PROFILE}.html", "../index.html")  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The folder of pages beside the report of a small study that has the same outputs."""
    folder = tmp_path_factory.mktemp("compared")
    write_inputs(folder / "inputs")
    run_all(folder / "inputs", folder / "results")
    for name in ("trace.html", "manifest.html"):  # pages of other programs, stand-ins here
        page = wrap_page(
            Frame(Identity(**rows.STUDY), STAMP), Markup("<h1>Elsewhere</h1>"), "Elsewhere", name
        )
        (folder / "results" / "report" / name).write_text(page, encoding="utf-8")
    old, new = write_study(folder, 7, folder / "results")
    render_compare.main(["--old", str(old), "--study", str(new.parent)])
    return new / "report" / "compare" / "DBL-1"


@pytest.fixture
def read(readers, compared):
    return partial(readers, compared)


def test_every_link_leads_to_a_file(compared):
    dead = []
    for path in [*compared.glob("*.html"), compared.parent / "index.html"]:
        for link in Links(path.read_text(encoding="utf-8")).links:
            file = link.partition("#")[0]
            if file and not (path.parent / file).resolve().is_file():
                dead.append((path.name, link))
    assert dead == []


def test_the_first_page_of_the_report_leads_to_the_overlay_of_a_figure(readers, compared):
    page = readers(compared.parents[1]).open("index.html")
    page.get_by_role("link", name="comparisons", exact=True).click()
    page.get_by_role("link", name="DBL-1 (ab12cd34)").click()
    page.get_by_role("navigation", name="Comparison").get_by_role("link", name="Figures").click()
    page.locator(f"a[href='figure-{PROFILE}.html']").click()
    assert page.locator("h1").count() == 1
    assert page.locator(".pane.overlay img").evaluate("i => i.naturalWidth") > 0


def shown(page):
    return [name for name in ("overlay", "previous", "current") if page.locator(f".pane.{name}").is_visible()]


def test_a_figure_turns_between_previous_and_current_in_the_same_place(read):
    page = read().open(f"figure-{COURSES}.html")
    assert shown(page) == ["overlay"]
    page.get_by_label("previous", exact=True).check()
    assert shown(page) == ["previous"]
    place = page.locator(".pane.previous img").bounding_box()
    page.keyboard.press("ArrowRight")
    assert shown(page) == ["current"]
    assert page.locator(".pane.current img").bounding_box() == place
    page.keyboard.press("ArrowRight")
    assert shown(page) == ["previous", "current"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_or_moderate_for_assistive_technology(read, dark):
    reader, found = read(dark=dark), []
    for name in PAGES:
        page = reader.open(name)
        for violation in Axe().run(page, options=AXE).response["violations"]:
            if violation["impact"] in SERIOUS:
                found.append((name, violation["id"], violation["nodes"][0]["html"][:200]))
    assert found == []


def test_no_page_scrolls_sideways_and_nothing_is_cut(read):
    reader, found = read(), []
    for name in PAGES:
        page = reader.open(name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((name, width, "the page scrolls"))
            found += [(name, width, text) for text in page.evaluate(CUT, width)]
            if page.locator(".scroll").evaluate_all(OUT_OF_REACH):
                found.append((name, width, "out of reach"))
    assert found == []


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine (poppler-utils)")
def test_paper_has_all_three_pictures_and_no_controls(read, tmp_path):
    text = "\n".join(sheets(read().open(f"figure-{PROFILE}.html"), tmp_path / "page.pdf"))
    for name in ("Overlay", "Previous, DBL-1 (ab12cd34)", "Current, DBL-2 (9f00cc11)"):
        assert name in text
    assert "Show" not in text.split()
    assert len(re.findall(r"LS mean change from", text)) >= 3  # the label of the axis, in each picture
