"""The pages of an export in a browser, from the file system: nothing is asked for, rules of accessibility hold."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.conftest import WIDTHS
from browser.test_pages import AXE, SERIOUS
from trial.export import adrg, define
from unit.export.finished_export import make_export, write_beside


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of the pages of a small export."""
    folder = tmp_path_factory.mktemp("an export")
    export, out = make_export(folder), folder / "export"
    write_beside(export, out)
    adrg.write(export, out)
    define.write(export, out)
    return out / "datasets"


@pytest.mark.parametrize("name", ["define.html", "adrg.html"])
def test_pages_stand_alone_and_are_accessible(chromium, pages, name):
    wide, narrow = WIDTHS
    context = chromium.new_context(offline=True, viewport={"width": narrow, "height": 900})
    page = context.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((pages / name).as_uri())
    # Wide tables scroll by themselves; the page does not.
    assert page.evaluate("document.documentElement.scrollWidth") <= narrow
    page.set_viewport_size({"width": wide, "height": 900})
    found = Axe().run(page, options=AXE).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in SERIOUS] == []
    assert asked == [(pages / name).as_uri()] and wrong == []
    context.close()
