"""The review pages: everything is shown, links lead to files, nothing comes from elsewhere."""

import json
import math
import posixpath
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from trial.display.comparisons import comparison_text
from trial.display.entry import output_entry
from trial.display.files import save_entry
from trial.display.pages.fragments import MOST_ROWS, make_fragment
from trial.display.pages.frame import Frame
from trial.display.pages.html_writer import css_string, write_html
from trial.display.pages.intake import Books
from trial.display.pages.places import Places, build_sections
from trial.display.pages.plotted import list_plotted
from trial.display.pages.report import Report, write_report
from trial.display.spec import (
    ReaderNote,
    ReportAnalysis,
    ReportEstimand,
    ReportGroup,
    ReportOutput,
    ReportSection,
    ReportSpec,
)
from trial.study.agreement import AGREEMENT
from trial.study.base import Identity
from trial.study.errors import DataError
from unit.display import study_rows as rows

LISTINGS = ("queries_listing", "accounting_listing")
BOOKS = {"queries": rows.query_rows(7), "accounting": rows.accounting_rows()}
ESTIMAND = {
    "population": "adults with <type 2> diabetes",
    "treatments": "as allocated",
    "variable": "change from baseline",
    "intercurrent_events": "treatment policy",
    "summary": "difference in means",
}
# Made by other programs of the run.
OTHERS = {"trace.html", "manifest.html"}


class Page(HTMLParser):
    """Collects links, images, ids, tags and headings."""

    def __init__(self, text):
        super().__init__()
        self.links, self.images, self.ids, self.tags, self.loaded = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if tag == "img":
            self.images.append(found)
        if tag in ("script", "link"):
            self.loaded.append(found.get("src") or found["href"])


def catalogue():
    """Return the slice of every output of the pages: of the study, of each endpoint, then the listings."""
    wide = [rows.output_spec(template) for template in ("key_results", "forest")]
    own = [
        rows.output_spec(template, code)
        for code in rows.ENDPOINTS
        for template in ("lsmean_profile", "model_table", "spaghetti", "descriptive_table")
    ]
    return [*wide, *own, *(rows.output_spec(template, endpoints=()) for template in LISTINGS)]


def group(heading, ids):
    outputs = (
        ReportOutput(id=i, analyses=("Primary analysis",), estimands=("Treatment policy",)) for i in ids
    )
    return ReportGroup(heading=heading, outputs=tuple(outputs))


def report_spec(**changes):
    """Return the slice of the report."""
    specs = catalogue()
    part = {code: tuple(s.id for s in specs if s.endpoint == code) for code in rows.ENDPOINTS}
    efficacy = (group("", ("t14-2-0-1", "f14-2-0-1")), *(group(code, ids) for code, ids in part.items()))
    content = {
        "study": Identity(**rows.STUDY),
        "estimands": (ReportEstimand(label="Treatment policy", analyses=("Primary analysis",), **ESTIMAND),),
        "sections": (
            ReportSection(number="14.2", name="Efficacy data", groups=efficacy),
            ReportSection(number="16.2", name="Patient data listings", groups=(group("", ("l16-2-9-1", "l16-2-9-2")),)),
        ),
        "analyses": (
            ReportAnalysis(id="PRIMARY", label="Primary analysis", method="mmrm", primary=True,
                           population="Full analysis set", estimand="Treatment policy",
                           places=(("HBA1C", "HbA1c"), ("FPG", "Glucose")),
                           settings=(("df_method", "kenward-roger"), ("seed", "7"))),
        ),
        "reading": (ReaderNote(topic="Numbers", lines=("Rounded <only> for printing.",)),),
        "shows": {"queries": "l16-2-9-1", "accounting": "l16-2-9-2"},
    }  # fmt: skip
    return ReportSpec(**content | changes)


def made(spec, change=None):
    """Return an output as its template builds it."""
    codes = [endpoint.paramcd for endpoint in spec.endpoints]
    table = rows.result_table(codes, [(arm.code, arm.label) for arm in spec.arms])
    data = {"adlb": rows.adlb_rows(spec.endpoint)} if spec.template == "spaghetti" else BOOKS
    return rows.build(spec.template, rows.context(spec, change(table) if change else table, **data))


def finding(endpoint, source, verdict, result="", **more):
    """Return one row of the numbers that were computed a second time."""
    row = dict.fromkeys(AGREEMENT, "") | {"difference": math.nan, "tolerance": math.nan}
    return row | {"endpoint": endpoint, "source": source, "verdict": verdict, "result_id": result} | more


AGREEMENT_TABLE = pd.DataFrame(
    [
        finding("HBA1C", "dense likelihood", "agrees", "a", difference=-2e-8, tolerance=1e-6),
        finding("HBA1C", "dense likelihood", "agrees", "b", difference=4e-7, tolerance=1e-6),
        finding("HBA1C", "dense likelihood", "nothing to compare", "c", reason="withheld by <rule>"),
        finding("HBA1C", "R", "not recomputed", reason="not part of this run"),
        finding("FPG", "dense likelihood", "agrees", "d", difference=0.0, tolerance=1e-6),
    ]
)


def places(folder):
    """Write the outputs of a run as the program does; pictures stand as empty files."""
    names = ("outputs", "tables", "figures", "analyses", "report")
    found = Places(*(folder / name for name in names))
    found.page.mkdir(parents=True)
    found.figures.mkdir()
    for spec in catalogue():
        output, kind = made(spec), rows.template_of(spec.template)
        if kind.kind == "figure":
            for suffix in ("svg", "png"):
                (found.figures / f"{spec.id}.{suffix}").touch()
            output.frame.to_csv(found.figures / f"{spec.id}.csv", index=False)
        else:
            output.save(found.tables / spec.id)
        save_entry(
            output_entry(output, spec, kind, rows.stamp_of(spec.study)), found.outputs / f"{spec.id}.json"
        )
    for name in ("queries", "accounting"):
        (folder / f"{name}.csv").touch()
    return found


def report(where, synthetic=True, records=None, **changes):
    """Return the files of the report by name."""
    spec = report_spec(**changes)
    stamp = rows.stamp_of(spec.study, synthetic=synthetic)
    whole = Report(
        spec=spec,
        frame=Frame(spec.study, stamp),
        places=where,
        sections=build_sections(spec, where),
        books=Books(BOOKS["queries"], BOOKS["accounting"], None),
        agreement=AGREEMENT_TABLE,
        records=records or {"PRIMARY": dict.fromkeys(("HBA1C", "FPG"), rows.fit_record())},
        links=[where.page.parent / "ard.json"],
        data=where.page.parent,
    )
    return dict(write_report(whole))


@pytest.fixture(scope="module")
def run_of_study(tmp_path_factory):
    return places(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def pages(run_of_study):
    return report(run_of_study)


def html_of(pages):
    return {name: Page(text) for name, text in pages.items() if name.endswith(".html")}


def test_the_independent_computation_is_shown_by_endpoint(pages):
    text = re.sub(r"<[^>]+>", "|", pages["data.html"].split('id="agreement"')[1].split("</section>")[0])
    cells = [part for part in text.replace("\n", "").split("|") if part]
    first = cells.index("HbA1c")
    shown = ["HbA1c", "dense likelihood", "2", "0", "1", "0", "0.40", "Withheld by &lt;rule&gt;."]
    assert cells[first : first + 8] == shown
    assert "below 0.01" in cells
    assert "3 numbers of the primary analysis agree with a second computation of them, 1 have none" in pages[
        "index.html"
    ].replace("&nbsp;", " ")


def test_every_link_and_image_leads_to_a_file_or_a_place_on_a_page(pages, run_of_study):
    read, here = html_of(pages), run_of_study.page
    (here.parent / "ard.json").touch()
    links = 0
    for name, page in read.items():
        for link in [*page.links, *page.loaded, *(image["src"] for image in page.images)]:
            file, _, place = link.partition("#")
            if file:  # pages of comparisons stand in a folder of their own
                file = posixpath.normpath(posixpath.join(posixpath.dirname(name), file))
            links += 1
            assert not re.match(r"[a-z]+:|/", link)
            assert file in pages or file in OTHERS or file == "" or (here / file).is_file(), (name, link)
            if place and file not in OTHERS:
                assert place in read[file or name].ids, (name, link)
    assert links > 1000


def test_ids_are_unique_and_every_page_has_one_main_heading(pages):
    for name, page in html_of(pages).items():
        assert len(page.ids) == len(set(page.ids)), name
        assert page.tags.count("h1") == 1, name
        assert [page.tags.count(tag) for tag in ("header", "main", "footer")] == [1, 1, 1], name


def test_the_pages_are_offline_and_load_one_style_and_one_script_of_their_own(pages):
    for name, page in html_of(pages).items():
        assert {posixpath.basename(file) for file in page.loaded} <= {"report.css", "keys.js"}, name
        assert "svg" not in page.tags  # several inline SVGs would share ids
    assert not any(re.search(r"https?:|@import|url\(", text) for text in pages.values())


def test_every_output_has_a_page_with_links_to_all_its_formats(pages, run_of_study):
    read, where = html_of(pages), run_of_study
    for spec in catalogue():
        kind = rows.template_of(spec.template).kind
        folder, suffixes = ("figures", "svg png csv") if kind == "figure" else ("tables", "html rtf csv")
        wanted = {f"../{folder}/{spec.id}.{suffix}" for suffix in suffixes.split()}
        assert wanted <= set(read[f"{spec.id}.html"].links)
    assert {path.stem for path in where.tables.iterdir()} <= {Path(name).stem for name in pages}


def test_every_figure_has_an_alternative_text_with_its_numbers(pages):
    read = html_of(pages)
    shown = {
        Path(image["src"]).stem: image["alt"]
        for page in read.values()
        for image in page.images
        if image["src"].endswith(".svg")
    }
    assert len(shown) == 2 * len(rows.ENDPOINTS) + 1
    assert shown["f14-2-1-1"] == (
        "HbA1c (%): LS mean change from baseline with 95% CI by visit, lower is better. "
        "At Month 6: BM-MNC + UC-MSC −1.35 (−1.71, −0.99); Standard medicines −0.86 (−1.22, −0.50). "
        "Difference of BM-MNC + UC-MSC to Standard medicines −0.49, 95% CI (−0.89, −0.09), p = 0.0400."
    )
    assert "geometric mean" in shown["f14-2-3-4"]
    assert all(len(text) > 80 for text in shown.values())


def key_results(arms=rows.ARMS, change=None, **changes):
    return made(rows.output_spec("key_results", "", arms, **changes), change)


def test_key_results_are_the_primary_visit_of_every_endpoint():
    table = key_results(rows.THREE_ARMS)
    assert [block.heading for block in table.blocks] == [
        "BM-MNC + UC-MSC against Standard medicines",
        "UC-MSC alone against Standard medicines",
    ]
    for block, arm in zip(table.blocks, ("CELL", "MSC"), strict=True):
        assert [row.cells[0].text for row in block.rows] == [names[1] for names in rows.ENDPOINTS.values()]
        for row, code in zip(block.rows, rows.ENDPOINTS, strict=True):
            ids = [result_id for cell in row.cells for result_id in cell.result_ids]
            assert all(result_id.startswith(f"{code}.PRIMARY.M6.{arm}-STD.") for result_id in ids)
    first = [cell.text for cell in table.blocks[0].rows[0].cells]
    assert first == ["HbA1c", "lower is better", "−0.98 percentage points", "(−1.38, −0.58)", "0.0400"]


def test_endpoints_with_primary_visits_of_their_own_are_shown_there():
    endpoints = [rows.endpoint_spec(code) for code in rows.ENDPOINTS]
    endpoints[1] = endpoints[1].model_copy(update={"primary_visit": "M3"})
    table = key_results(endpoints=tuple(endpoints))
    assert table.title.startswith("All endpoints each at its primary visit, ")
    labels = [row.cells[0].text for row in table.blocks[0].rows]
    assert labels[:2] == ["HbA1c, Month 6", "Fasting plasma glucose, Month 3"]
    visits = [{r.split(".")[2] for c in row.cells for r in c.result_ids} for row in table.blocks[0].rows]
    assert visits[:2] == [{"M6"}, {"M3"}]
    plot = made(rows.output_spec("forest", endpoints=tuple(endpoints)))
    assert set(plot.frame["p_result_id"].str.split(".").str[2][:2]) == {"M6", "M3"}


def test_warnings_of_a_model_are_marked_on_its_endpoint_in_every_block():
    table = key_results(rows.THREE_ARMS, lambda t: rows.warn_of_model(t, "IL1B", "Descriptive only."))
    marked = [row.cells[0].printed for block in table.blocks for row in block.rows if row.cells[0].marks]
    assert marked == ["IL-1β [a]", "IL-1β [a]"]
    assert "[a] Descriptive only." in [note.printed for note in table.notes]
    assert '<th scope="row" class="left">IL-1β [a]</th>' in write_html(table)


def test_key_results_name_the_kind_of_model():
    assert key_results().titles == ("All endpoints at Month 6, mixed model for repeated measures",)
    table = key_results(change=lambda t: rows.make_ancova(t, "FPG"))
    assert table.title.endswith("mixed model for repeated measures or analysis of covariance at each visit")
    marked = [row.cells[0].printed for row in table.blocks[0].rows if row.cells[0].marks]
    assert marked == ["Fasting plasma glucose [a]"]

    def all_ancova(changed):
        for code in rows.ENDPOINTS:
            changed = rows.make_ancova(changed, code)
        return changed

    title = key_results(change=all_ancova).title
    assert title == "All endpoints at Month 6, analysis of covariance at each visit"


def test_the_studys_own_title_stands_on_the_output_in_its_entry_and_in_its_alternative_text():
    for template, code in (("model_table", "HBA1C"), ("lsmean_profile", "HBA1C"), ("forest", "")):
        spec = rows.output_spec(template, code, title="A title of our own")
        output = made(spec)
        entry = output_entry(output, spec, rows.template_of(template), rows.stamp_of(spec.study))
        assert entry["title"] == output.title == "A title of our own"
        assert output.alt == "" or output.alt.startswith("A title of our own")


def test_an_entry_lists_the_results_that_are_printed():
    spec = rows.output_spec("model_table", "HBA1C")
    output = made(spec)
    entry = output_entry(output, spec, rows.template_of("model_table"), rows.stamp_of(spec.study))
    shown = [r for b in output.blocks for row in b.rows for cell in row.cells for r in cell.result_ids]
    assert set(entry["results"]) == set(shown)
    assert len(entry["results"]) == len(set(shown))
    assert {key: entry[key] for key in ("id", "kind", "endpoint", "e3", "alt", "template")} == {
        "id": "t14-2-1-2", "kind": "table", "endpoint": "HBA1C", "e3": "14.2", "alt": "", "template": "model_table",
    }  # fmt: skip
    figure = made(rows.output_spec("lsmean_profile", "HBA1C"))
    ids = figure.frame[[c for c in figure.frame if c.endswith("result_id")]].to_numpy().ravel()
    assert set(figure.result_ids) == set(ids) - {""}


def test_contents_and_gallery_have_the_titles_of_the_outputs_in_the_same_order(pages, run_of_study):
    for spec in catalogue():
        entry = json.loads((run_of_study.outputs / f"{spec.id}.json").read_text(encoding="utf-8"))
        line = f'<li><a href="{spec.id}.html">{entry["number"]}</a> {escape(entry["title"])}</li>'
        assert line in pages["index.html"]
        assert f"<b>{entry['number']}</b> {escape(entry['title'])}</span>" in pages["gallery.html"]
    read, ids = html_of(pages), [f"{spec.id}.html" for spec in catalogue()]
    for name in ("index.html", "gallery.html"):
        assert [link for link in read[name].links if link in ids] == ids
    assert '<h3 id="e3-14-2">14.2 Efficacy data</h3>' in pages["index.html"]


def test_previous_and_next_run_through_the_contents(pages):
    ids = [spec.id for spec in catalogue()]
    for before, here, after in zip([None, *ids[:-1]], ids, [*ids[1:], None], strict=True):
        found = {
            rel: file for file, rel in re.findall(r'href="([\w-]+)\.html" rel="(\w+)"', pages[f"{here}.html"])
        }
        assert (found.get("prev"), found.get("next")) == (before, after)


def test_the_first_page_is_small_for_sixty_outputs_of_eight_endpoints(run_of_study):
    """480 outputs: the first page holds their titles and nothing of what they show."""
    ids = [spec.id for spec in catalogue() if spec.endpoint == "HBA1C"]
    groups = tuple(group(f"Endpoint {e}", tuple(ids[k % len(ids)] for k in range(60))) for e in range(8))
    text = report(run_of_study, sections=(ReportSection(number="14.2", name="x", groups=groups),))[
        "index.html"
    ]
    assert text.count("<li><a") > 480
    assert "<table" not in text
    assert "<img" not in text
    assert len(text.encode()) < 100_000


def test_an_output_says_its_section_analysis_and_estimand(pages):
    text = pages["t14-2-1-2.html"]
    assert "<dd>14.2 Efficacy data</dd>" in text
    assert '<dd>Primary analysis (<a href="methods.html#analyses">' in text
    assert '<dd>Treatment policy (<a href="methods.html#estimands">' in text


def test_numbers_of_tables_are_links_to_their_trace(pages, run_of_study):
    own = (run_of_study.tables / "t14-2-1-2.html").read_text(encoding="utf-8")
    page = pages["t14-2-1-2.html"]
    cells = re.findall(r'data-result-id="([^"]*)"[^>]*>([^<\n]+)<', own)
    linked = re.findall(
        r'data-result-id="([^"]*)"[^>]*><a class="r" href="trace\.html#r=([^"]*)">([^<]+)</a></td>', page
    )
    assert [(ids, text) for ids, _, text in linked] == cells
    assert len(cells) > 10
    assert all([unquote(one) for one in address.split(",")] == ids.split() for ids, address, _ in linked)
    # What is no link is the table as in its own file.
    fragment = own.split("<!-- output begins -->")[1].split("<!-- output ends -->")[0]
    assert fragment in re.sub(r'<a class="r"[^>]*>([^<]*)</a>', r"\1", page)


def test_ids_in_addresses_are_encoded_as_a_script_would():
    text = '<td class="center" data-result-id="A&amp;B.x y,z">1 &lt; 2</td>'
    linked = make_fragment(f"<table><tbody><tr>{text}</tr></tbody></table>").text
    assert 'href="trace.html#r=A%26B.x,y%2Cz">1 &lt; 2</a>' in linked


def long_table(count):
    body = "".join(f'<tr>\n<th scope="row">{k}</th>\n</tr>\n' for k in range(count))
    return f"<table>\n<thead>\n<tr>\n<th>x</th>\n</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>\n<ul class='notes'></ul>"


def test_a_long_table_is_cut_at_a_row_and_says_so():
    whole, cut = make_fragment(long_table(MOST_ROWS)), make_fragment(long_table(MOST_ROWS + 5))
    assert (whole.shown, whole.left_out) == (MOST_ROWS, 0)
    assert (cut.shown, cut.rows, cut.left_out) == (MOST_ROWS, MOST_ROWS + 5, 5)
    assert whole.text == long_table(MOST_ROWS)
    assert cut.text == whole.text


def test_the_page_of_a_long_listing_leads_to_the_whole(run_of_study, monkeypatch):
    monkeypatch.setattr("trial.display.pages.fragments.MOST_ROWS", 3)
    text = report(run_of_study)["l16-2-9-1.html"]
    assert "This page shows the first 3 of 7 rows." in text
    assert '<a href="../tables/l16-2-9-1.html">The whole listing</a>' in text


def test_the_plotted_data_of_a_figure_are_listed_with_their_trace(pages):
    text = pages["f14-2-1-1.html"]
    assert "<summary>Plotted data: 8 rows</summary>" in text
    assert '<a class="r" href="trace.html#r=HBA1C.PRIMARY.M6.CELL.lsmean.lower">' in text
    assert '<th scope="col">estimate_result_id</th>' not in text


def test_cells_of_plotted_data_lead_to_their_own_results_or_to_those_of_the_row():
    names = ["arm", "x", "n_text", "term", "n_result_id", "result_id", "lock"]
    found = list_plotted(
        names, [["CELL", "1.5", "30 (2)", "<b>", "A.n A.m", "B", "L"], ["", "2", "", "", "", "", "L"]]
    )
    assert found.names == ("arm", "x", "n_text", "term")
    assert found.rows == (
        (("CELL", ""), ("1.5", "trace.html#r=A.n,A.m,B"), ("30 (2)", "trace.html#r=A.n,A.m"), ("<b>", "")),
        (("", ""), ("2", ""), ("", ""), ("", "")),
    )
    assert list_plotted(["x"], [["1"]] * 250).left_out == 50


def test_design_estimands_notes_and_analyses_stand_on_the_pages(pages):
    assert "<dt>Design</dt><dd>single blind, two centres</dd>" in pages["index.html"]
    methods = pages["methods.html"]
    assert "<dt>Population</dt><dd>adults with &lt;type 2&gt; diabetes</dd>" in methods
    assert "<dt>Intercurrent events</dt><dd>treatment policy</dd>" in methods
    assert "<li>Rounded &lt;only&gt; for printing.</li>" in methods
    assert "<dt>seed</dt><dd>7</dd>" in methods


def test_the_methods_page_says_what_each_fit_recorded(run_of_study):
    rung = {"structure": "us", "status": "refused", "reason": "no <minimum>"}
    ladder = [
        rung,
        {"structure": "cs", "status": "accepted", "reason": ""},
        {"structure": "ar1", "status": "not tried", "reason": "cs was accepted"},
    ]
    records = {
        "HBA1C": {"footnote": "MMRM of 10 subjects.", "ladder": ladder, "warnings": ["Few subjects."]},
        "FPG": {"footnote": "MMRM of 9 subjects.", "ladder": ladder, "warnings": []},
    }
    text = report(run_of_study, records={"PRIMARY": records})["methods.html"]
    assert "<dt>As fitted: HbA1c</dt><dd>MMRM of 10 subjects.</dd>" in text
    assert "<dt>As fitted: Glucose</dt><dd>MMRM of 9 subjects.</dd>" in text
    # True of all endpoints: once, and of none by name.
    assert (
        "<dt>Covariance structures tried</dt><dd>us: refused (no &lt;minimum&gt;); cs: accepted</dd>" in text
    )
    assert "<dt>Warning: HbA1c</dt><dd>Few subjects.</dd>" in text
    assert "not tried" not in text


def test_several_estimands_are_told_apart_by_name_with_their_analyses(run_of_study):
    second = ReportEstimand(
        label="While alive", analyses=("Second", "Third"), **ESTIMAND | {"summary": "odds ratio"}
    )
    text = report(run_of_study, estimands=(*report_spec().estimands, second))["methods.html"]
    assert "<h3>Estimand: Treatment policy</h3>" in text
    assert "<h3>Estimand: While alive</h3>" in text
    assert "<dd>Second; Third</dd>" in text
    assert "<dd>odds ratio</dd>" in text


def test_totals_of_the_intake_and_links_to_the_listings(pages):
    text = pages["index.html"]
    assert "12 = 6 used + 2 superseded + 4 quarantined" in text
    assert "Open queries</dt><dd>7 " in text
    # A hard lock and open queries are no contradiction, and the page says why.
    assert "7 queries to the site are still open: until there is an answer" in text
    data = pages["data.html"]
    assert '<th scope="row">All sources</th><td>12</td><td>6</td><td>2</td><td>4</td>' in data
    assert "7 open queries and 0 answered, by rule." in data
    assert {"l16-2-9-1.html", "l16-2-9-2.html", "../queries.csv"} <= set(Page(data).links)


def test_the_first_page_names_the_primary_endpoint_where_one_is_declared(pages, run_of_study):
    assert "Primary endpoint" not in pages["index.html"]
    text = report(run_of_study, primary="HbA1c <%> at Month 6.")["index.html"]
    assert "<dt>Primary endpoint</dt><dd>HbA1c &lt;%&gt; at Month 6.</dd>" in text


def test_a_report_without_listings_has_no_links_to_them(run_of_study):
    data = report(run_of_study, sections=report_spec().sections[:-1], shows={})["data.html"]
    assert "12</td>" in data
    assert set(Page(data).links) & {"l16-2-9-1.html", "l16-2-9-2.html"} == set()


def test_synthetic_banner_follows_the_lock(pages, run_of_study):
    real = report(run_of_study, synthetic=False)
    for name in html_of(pages):
        assert 'class="synthetic banner"' in pages[name]
        assert "(SYNTHETIC DATA)</title>" in pages[name]
        assert 'class="synthetic banner"' not in real[name]


def test_files_of_the_run_are_named_on_the_first_page(pages):
    assert (
        '<a href="../ard.json">Analysis results in the shape of CDISC ARS (JSON)</a>' in pages["index.html"]
    )


def test_a_missing_output_stops_the_report_and_is_named(tmp_path):
    where = places(tmp_path)
    (where.figures / "f14-2-3-1.png").unlink()
    with pytest.raises(DataError, match=r"f14-2-3-1\.png"):
        build_sections(report_spec(), where)
    (where.tables / "t14-2-2-1.html").unlink()
    with pytest.raises(DataError, match=r"t14-2-2-1\.html"):
        build_sections(report_spec(), where)
    (where.outputs / "t14-2-2-2.json").unlink()
    with pytest.raises(DataError, match=r"t14-2-2-2\.json"):
        build_sections(report_spec(), where)


def test_alternative_texts_say_what_is_absent():
    def drop(table):
        return table[~table["statistic"].isin(["diff.pvalue", "lsmean.upper"])]

    spec = rows.output_spec("lsmean_profile", "HBA1C")
    results = rows.results_of(spec, "model", drop(rows.result_table(["HBA1C"])))
    assert "not estimable" in comparison_text(spec, spec.only_endpoint, spec.active_arms[0], results)
    assert "BM-MNC + UC-MSC not estimable" in made(spec, drop).alt
    forest = made(rows.output_spec("forest"), drop)
    assert forest.alt.count("not estimable") == len(rows.ENDPOINTS)
    assert "median" in made(rows.output_spec("spaghetti", "HBA1C")).alt.lower()


HOSTILE = '<script>alert(1)</script> & "more"'


def test_text_of_the_study_is_text_on_every_page(run_of_study):
    study = Identity(**rows.STUDY | {"title": HOSTILE, "sponsor": HOSTILE})
    analysis = (
        report_spec()
        .analyses[0]
        .model_copy(
            update={"label": HOSTILE, "settings": ((HOSTILE, HOSTILE),), "places": (("HBA1C", HOSTILE),)}
        )
    )
    records = {"PRIMARY": {"HBA1C": {"footnote": HOSTILE}}}
    sections = report_spec().sections
    named = sections[0].model_copy(
        update={"name": HOSTILE, "groups": (group(HOSTILE, ("t14-2-1-2", "f14-2-1-1")),)}
    )
    found = report(
        run_of_study, records=records, study=study, analyses=(analysis,), sections=(named, sections[1])
    )
    for name, page in html_of(found).items():
        assert "alert(1)" not in re.sub(
            r"&lt;script&gt;alert\(1\)&lt;/script&gt; &amp; &#34;more&#34;", "", found[name]
        )
        assert {posixpath.basename(file) for file in page.loaded} <= {"report.css", "keys.js"}, name


def test_titles_of_outputs_and_labels_of_arms_are_text(tmp_path):
    where = places(tmp_path)
    spec = rows.output_spec("model_table", "HBA1C", [("CELL", HOSTILE), ("STD", "Standard")], title=HOSTILE)
    made(spec).save(where.tables / spec.id)
    save_entry(
        output_entry(made(spec), spec, rows.template_of("model_table"), rows.stamp_of(spec.study)),
        where.outputs / f"{spec.id}.json",
    )
    for name, text in report(where).items():
        if name.endswith(".html"):
            assert "<script>" not in text, name
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report(where)["t14-2-1-2.html"]


def test_a_string_of_a_style_sheet_cannot_end_itself():
    text = css_string('a"; } </style> \\ β')
    assert text.count('"') == 2
    assert not set(text[1:-1]) & set("<>;{}\n")
    assert css_string("Lock: A-1 (ab12), state hard.") == '"Lock: A-1 (ab12), state hard."'
