"""The review pages as readers meet them: links, keys, accessibility, narrow screens."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.conftest import ROOT, WIDTHS, first_of, one_of_each, pages_of

# Without preload: axe would ask for the style sheet a second time, which no page may do from the file system.
AXE = {"resultTypes": ["violations"], "preload": False}
SERIOUS = {"moderate", "serious", "critical"}
OUTPUT = re.compile(r"[tlf][0-9]+(-[0-9a-z]+)+\.html")


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {found["id"]} if "id" in found else set()
        self.links += [found[name] for name in ("href", "src") if found.get(name)]


def test_every_link_of_every_page_leads_somewhere(report):
    """The trace reads its own address; every other place in an address is an id of the page it names."""
    read = {path.name: Links(path.read_text(encoding="utf-8")) for path in report.glob("*.html")}
    # Before its room is part of the study, the trace is no page of the run.
    absent = set() if (ROOT / "workflow" / "rules" / "trace.smk").exists() else {"trace.html"}
    dead, places = [], 0
    for name, page in read.items():
        for link in page.links:
            file, place = urldefrag(link)
            target = report / unquote(file) if file else report / name
            if not target.is_file() and file not in absent:
                dead.append((name, link))
            elif place and target.name in read and target.name != "trace.html":
                places += 1
                if place not in read[target.name].ids:
                    dead.append((name, link))
    assert dead == []
    assert places > len(read)


def test_the_contents_lead_to_every_output(read, report):
    reader = read()
    page = reader.open("index.html")
    wanted = sorted(path.name for path in report.glob("*.html") if OUTPUT.fullmatch(path.name))
    links = page.locator(".contents a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert sorted(links) == wanted
    page.locator(".contents a").first.click()
    assert page.url.endswith(links[0])
    assert page.locator("h1").count() == 1


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('href')")


def test_the_gallery_is_read_by_keys(read):
    page = read().open("gallery.html")
    links = page.locator(".thumbnails a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    page.keyboard.press("j")  # a letter does nothing before an output is marked
    assert focused(page) is None
    for key, place in [("ArrowRight", 0), ("ArrowRight", 1), ("j", 2), ("k", 1), ("ArrowLeft", 0), ("ArrowLeft", 0),
                       ("ArrowDown", 1), ("ArrowUp", 0), ("End", -1), ("j", -1), ("Home", 0)]:  # fmt: skip
        page.keyboard.press(key)
        assert focused(page) == links[place], key
    page.keyboard.press("Control+j")
    assert focused(page) == links[0]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{links[0]}")


def test_an_output_turns_to_the_next_and_previous_by_keys(read):
    page = read().open("gallery.html")
    links = page.locator(".thumbnails a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    page.locator(".thumbnails a").nth(1).click()
    page.wait_for_url(f"**/{links[1]}")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/{links[2]}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/{links[1]}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/{links[0]}")
    page.keyboard.press("ArrowLeft")  # there is none before the first
    assert page.url.endswith(links[0])


def test_keys_leave_a_wide_table_that_has_the_focus_alone(read, report):
    name = first_of(report, "t")
    page = read().open(name)
    page.locator(".scroll").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(50)
    assert page.url.endswith(name)


def test_pictures_of_the_gallery_are_loaded_as_they_come_into_sight(read):
    page = read().open("gallery.html")
    assert set(page.locator("img").evaluate_all("all => all.map(i => i.loading)")) == {"lazy"}


# The short tests look in the dark, where contrasts are weakest; pages of comparison and trace in both.
@pytest.mark.parametrize("dark", [pytest.param(False, marks=pytest.mark.long), True], ids=["light", "dark"])
def test_nothing_serious_or_moderate_for_assistive_technology(read, report, dark):
    reader = read(dark=dark)
    found = []
    for name in pages_of(report):
        page = reader.open(name)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        for violation in Axe().run(page, options=AXE).response["violations"]:
            if violation["impact"] in SERIOUS:
                found.append((name, violation["id"], violation["nodes"][0]["html"][:200]))
    assert found == []


def test_every_output_is_a_heading_in_the_landmark_of_the_page(read, report):
    page = read().open(first_of(report, "f"))
    assert page.get_by_role("main").get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("figure").count() == 1
    assert page.get_by_role("banner").count() == page.get_by_role("contentinfo").count() == 1
    page = read().open(first_of(report, "t"))
    title = page.locator("h1").inner_text().split("\n")
    assert page.get_by_role("table", name=title[0]).count() == 1


# What is wider than the screen, other than in a region that scrolls.
CUT = """width => [...document.querySelectorAll("main *, header *, footer *")]
    .filter(e => !e.closest(".scroll, details:not([open]), svg") && e.getClientRects().length)
    .filter(e => e.getBoundingClientRect().right > width + 1 || e.getBoundingClientRect().left < -1)
    .map(e => e.outerHTML.slice(0, 120))"""
# Regions that scroll and cannot be reached by keyboard.
OUT_OF_REACH = """all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
    && !e.querySelector("a[href]")).length"""


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)], ids=["sample", "all"])
def test_no_page_scrolls_sideways_and_nothing_is_cut(read, report, every):
    """Titles stay in sight beside a wide table; what is wider than the screen can be scrolled to, by keyboard too."""
    reader, found = read(), []
    for path in sorted(report.glob("*.html")) if every else one_of_each(report):
        page = reader.open(path.name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((path.name, width, "the page scrolls"))
            found += [(path.name, width, text) for text in page.evaluate(CUT, width)]
            if page.locator(".scroll").evaluate_all(OUT_OF_REACH):
                found.append((path.name, width, "out of reach"))
            box = page.locator("h1").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert found == []


def test_pictures_have_a_white_ground_in_the_dark(read, report):
    page = read(dark=True).open(first_of(report, "f"))
    ground = "e => getComputedStyle(e).backgroundColor"
    assert page.locator("figure img").evaluate(ground) == "rgb(255, 255, 255)"
    assert page.locator("body").evaluate(ground) != "rgb(255, 255, 255)"


def test_a_number_leads_to_its_trace(read, report):
    page = read().open(first_of(report, "t"))
    link = page.locator("td a.r").first
    ids = page.locator("td[data-result-id]:has(a.r)").first.get_attribute("data-result-id").split()
    assert (
        link.evaluate("a => a.getAttribute('href').split('#r=')[1].split(',').map(decodeURIComponent)") == ids
    )
    assert link.get_attribute("href") == "trace.html#r=" + page.evaluate(
        "ids => ids.map(encodeURIComponent).join(',')", ids
    )
