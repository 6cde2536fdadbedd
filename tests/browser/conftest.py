"""Review pages in a headless browser, opened from the file system as a reader opens them."""

import json
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from complete import is_complete
from markupsafe import Markup

import write_manifest
from scripts.test_display_scripts import report_spec, run_all, write_inputs, write_slice
from trial.display.pages.frame import Frame, wrap_page
from trial.plan.environment import describe
from trial.study.files import write_json
from unit.display import study_rows as rows

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (1280, 390)


@dataclass
class Reader:
    """A page of the browser that remembers what went wrong and what was asked for."""

    page: object
    folder: Path
    wrong: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def __post_init__(self):
        self.page.on(
            "console", lambda message: self.wrong.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, name):
        self.page.goto((self.folder / name).as_uri())
        return self.page


@pytest.fixture(scope="session")
def chromium():
    """The browser of this machine; none is downloaded."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def small_report(folder):
    """Make the report of the small study by the programs themselves; the trace is another room's, a stand-in here."""
    write_inputs(folder / "inputs")
    run_all(folder / "inputs", folder / "results")
    spec = report_spec()
    stamp = rows.stamp_of(spec.study)
    page = wrap_page(Frame(spec.study, stamp), Markup("<h1>Trace</h1>"), "Trace", "trace.html")
    (folder / "results" / "report" / "trace.html").write_text(page, encoding="utf-8")
    specs = folder / "results" / "spec"
    specs.mkdir()
    write_slice(spec, specs / "report.json")
    config = {"path": "config.yaml", "sha256": "0" * 64, "content": {}}
    write_json(specs / "config.json", config)
    write_json(specs / "environment.json", describe())
    write_json(specs / "code" / "everything.json", {"Snakefile": "0" * 64})
    words = ["--lock", folder / "inputs" / "lock.json", "--label", folder / "inputs" / "label.json"]
    words += ["--specs", specs, "--results", folder / "results"]
    words += [
        "--out",
        folder / "results" / "manifest.json",
        "--page",
        folder / "results" / "report" / "manifest.html",
    ]
    write_manifest.main([str(word) for word in words])
    return folder / "results" / "report"


@pytest.fixture(scope="session", params=["small", "demonstration"])
def report(request, tmp_path_factory):
    """The report of a small study, and that of the demonstration where `make results` has left one."""
    if request.param == "small":
        return small_report(tmp_path_factory.mktemp("small"))
    if not is_complete(str(ROOT), str(ROOT)):
        pytest.skip("no results of the demonstration that are of these files (make results)")
    return RESULTS / "report"


@pytest.fixture
def readers(chromium):
    """Return a function that opens a browser on a folder, light or dark; at the end nothing went wrong."""
    readers = []

    def start(folder, width=1280, dark=False):
        scheme = "dark" if dark else "light"
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        readers.append((context, Reader(context.new_page(), folder)))
        return readers[-1][1]

    yield start
    for context, reader in readers:
        assert reader.wrong == []
        assert [url for url in reader.asked if not url.startswith("file://")] == []
        context.close()


@pytest.fixture
def read(readers, report):
    """Return a function that opens the report's pages at a width, light or dark."""
    return partial(readers, report)


def pages_of(report):
    """Return the names of the report's pages: those of its own, then one output of each kind."""
    own = [name for name in OWN if (report / name).exists()]
    return own + [name for name in (first_of(report, kind) for kind in "tfl") if name]


def one_of_each(report):
    """Return the pages but those of outputs by a template that another output shows already."""
    templates = {}
    for path in sorted((report.parent / "outputs").glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        templates.setdefault(entry["template"], f"{entry['id']}.html")
    outputs = {f"{path.stem}.html" for path in (report.parent / "outputs").glob("*.json")}
    shown = set(templates.values())
    return [path for path in sorted(report.glob("*.html")) if path.name not in outputs or path.name in shown]


OWN = ("index.html", "gallery.html", "methods.html", "data.html", "trace.html", "manifest.html")


def first_of(report, kind):
    """Return the page of the first table (t), figure (f) or listing (l)."""
    return min((path.name for path in report.glob(f"{kind}[0-9]*.html")), default=None)
