"""The report page: everything is shown, links lead to files, nothing comes from elsewhere."""

import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from trial.display.comparisons import comparison_text
from trial.display.entry import output_entry
from trial.display.files import save_entry
from trial.display.pages.html_writer import write_html
from trial.display.pages.report import Places, build_sections, count_intake, write_report
from trial.display.provenance import read_stamp
from trial.display.spec import ReportEstimand, ReportSection, ReportSpec
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


class Page(HTMLParser):
    """Collects links, images and ids."""

    def __init__(self, text):
        super().__init__()
        self.links, self.images, self.ids, self.tags = [], [], [], []
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


def catalogue():
    """Return the slice of every output of the page: of the study, of each endpoint, then the listings."""
    wide = [rows.output_spec(template) for template in ("key_results", "forest")]
    own = [
        rows.output_spec(template, code)
        for code in rows.ENDPOINTS
        for template in ("lsmean_profile", "model_table", "spaghetti", "descriptive_table")
    ]
    return [*wide, *own, *(rows.output_spec(template, endpoints=()) for template in LISTINGS)]


def report_spec(**changes):
    """Return the slice of the report."""
    specs = catalogue()
    part = {code: tuple(s.id for s in specs if s.endpoint == code) for code in rows.ENDPOINTS}
    sections = [
        ReportSection(anchor="all-endpoints", heading="All endpoints", outputs=("t14-2-0-1", "f14-2-0-1")),
        *(ReportSection(anchor=code.lower(), heading=code, outputs=ids) for code, ids in part.items()),
        ReportSection(anchor="listings", heading="Listings", outputs=("l16-2-9-1", "l16-2-9-2")),
    ]
    content = {
        "study": Identity(**rows.STUDY),
        "estimands": (ReportEstimand(label="Treatment policy", analyses=("Primary analysis",), **ESTIMAND),),
        "sections": tuple(sections),
        "shows": {"queries": "l16-2-9-1", "accounting": "l16-2-9-2"},
        "p_values": "sas4",
    }
    return ReportSpec(**content | changes)


def made(spec, change=None):
    """Return an output as its template builds it."""
    codes = [endpoint.paramcd for endpoint in spec.endpoints]
    table = rows.result_table(codes, [(arm.code, arm.label) for arm in spec.arms])
    data = {"adlb": rows.adlb_rows(spec.endpoint)} if spec.template == "spaghetti" else BOOKS
    return rows.build(spec.template, rows.context(spec, change(table) if change else table, **data))


def places(folder):
    """Write the outputs of a run as the program does; pictures stand as empty files."""
    found = Places(folder / "outputs", folder / "tables", folder / "figures", folder / "report")
    found.page.mkdir(parents=True)
    found.figures.mkdir()
    for spec in catalogue():
        output, kind = made(spec), rows.template_of(spec.template)
        if kind.kind == "figure":
            for suffix in ("svg", "png", "csv"):
                (found.figures / f"{spec.id}.{suffix}").touch()
        else:
            output.save(found.tables / spec.id)
        save_entry(output_entry(output, spec, kind), found.outputs / f"{spec.id}.json")
    return found


def report(where, synthetic=True, **changes):
    spec = report_spec(**changes)
    stamp = read_stamp(rows.LOCK | {"synthetic": synthetic}, spec.study, "scripts/x.py", "lock.json")
    return write_report(spec, stamp, count_intake(*BOOKS.values()), build_sections(spec, where), where)


@pytest.fixture(scope="module")
def run_of_study(tmp_path_factory):
    return places(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(run_of_study):
    text = report(run_of_study)
    return text, Page(text), run_of_study


def test_every_link_and_image_leads_to_a_file_or_a_place_on_the_page(page):
    _, read, where = page
    assert len(read.links) > 100
    for link in read.links + [image["src"] for image in read.images]:
        if link.startswith("#"):
            assert link[1:] in read.ids
        else:
            assert not re.match(r"[a-z]+:|/", link)
            assert (where.page / link).is_file(), link


def test_ids_are_unique(page):
    _, read, _ = page
    assert len(read.ids) == len(set(read.ids))


def test_the_page_is_offline_and_has_no_script(page):
    text, read, _ = page
    assert "script" not in read.tags
    assert "svg" not in read.tags  # several inline SVGs would share ids
    assert not re.search(r"https?:|@import|url\(", text)


def test_every_output_is_linked_in_all_its_formats(page):
    _, read, where = page
    files = {path.name for folder in (where.tables, where.figures) for path in folder.iterdir()}
    assert files == {Path(link).name for link in read.links if not link.startswith("#")}


def test_every_figure_has_an_alternative_text_with_its_numbers(page):
    _, read, _ = page
    shown = {Path(image["src"]).stem: image["alt"] for image in read.images if image["src"].endswith(".svg")}
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


def test_titles_of_the_index_are_those_of_the_outputs(page):
    text, _, where = page
    index = text.split('id="index"')[1].split('id="readers-notes"')[0]
    for spec in catalogue():
        entry = json.loads((where.outputs / f"{spec.id}.json").read_text(encoding="utf-8"))
        assert f"<b>{entry['number']}</b> {escape(entry['title'])}</span>" in index


def test_the_studys_own_title_stands_on_the_output_in_its_entry_and_in_its_alternative_text():
    for template, code in (("model_table", "HBA1C"), ("lsmean_profile", "HBA1C"), ("forest", "")):
        spec = rows.output_spec(template, code, title="A title of our own")
        output = made(spec)
        entry = output_entry(output, spec, rows.template_of(template))
        assert entry["title"] == output.title == "A title of our own"
        assert output.alt == "" or output.alt.startswith("A title of our own")


def test_an_entry_lists_the_results_that_are_printed():
    spec = rows.output_spec("model_table", "HBA1C")
    output = made(spec)
    entry = output_entry(output, spec, rows.template_of("model_table"))
    shown = [r for b in output.blocks for row in b.rows for cell in row.cells for r in cell.result_ids]
    assert set(entry["results"]) == set(shown)
    assert len(entry["results"]) == len(set(shown))
    assert {key: entry[key] for key in ("id", "kind", "endpoint", "e3", "alt", "template")} == {
        "id": "t14-2-1-2", "kind": "table", "endpoint": "HBA1C", "e3": "14.2", "alt": "", "template": "model_table",
    }  # fmt: skip
    figure = made(rows.output_spec("lsmean_profile", "HBA1C"))
    ids = figure.frame[[c for c in figure.frame if c.endswith("result_id")]].to_numpy().ravel()
    assert set(figure.result_ids) == set(ids) - {""}


def test_design_and_estimand_stand_on_the_page(page):
    text, _, _ = page
    head, notes = text.split('id="readers-notes"')
    assert "<dt>Design</dt><dd>single blind, two centres</dd>" in head
    assert "<dt>Population</dt><dd>adults with &lt;type 2&gt; diabetes</dd>" in notes
    assert "<dt>Intercurrent events</dt><dd>treatment policy</dd>" in notes
    assert "They are nominal, not adjusted for several endpoints, visits or arms; the notes" in notes


def test_totals_of_the_intake_and_links_to_the_listings(page):
    text, read, _ = page
    assert "12 = 6 used + 2 superseded + 4 quarantined" in text
    assert re.search(r"Open queries</dt><dd>7 ", text)
    assert {"l16-2-9-1", "l16-2-9-2"} <= set(read.ids)
    assert 'quarantined (<a href="#l16-2-9-2">' in text


def test_tables_stand_in_the_page_as_in_their_own_files(page):
    text, _, where = page
    own = (where.tables / "t14-2-1-2.html").read_text(encoding="utf-8")
    fragment = own.split("<!-- output begins -->")[1].split("<!-- output ends -->")[0]
    assert fragment in text


def test_keyboard_reaches_the_next_output_and_the_content(page):
    text, read, _ = page
    assert read.links[0] == "#content"
    following = re.findall(r'<a href="#([\w-]+)" rel="next">', text)
    assert following[:4] == ["f14-2-0-1", "f14-2-1-1", "t14-2-1-2", "f14-2-1-4"]
    assert len(following) == len(catalogue()) - 1


def test_synthetic_banner_follows_the_lock(page):
    text, _, where = page
    assert 'class="synthetic banner"' in text
    assert "(SYNTHETIC DATA)</title>" in text
    assert 'class="synthetic banner"' not in report(where, synthetic=False)


def test_a_report_without_listings_has_no_links_to_them(run_of_study):
    shorter = report_spec().sections[:-1]
    text = report(run_of_study, sections=shorter, shows={})
    assert "4 quarantined</dd>" in text
    assert set(Page(text).links) & {"#l16-2-9-1", "#l16-2-9-2"} == set()


def test_the_readers_notes_say_how_p_values_are_printed(run_of_study):
    assert "p-values have four decimals; smaller ones print as &lt;0.0001." in report(run_of_study)
    text = report(run_of_study, p_values="journal3")
    assert "p-values have three decimals; smaller ones print as &lt;0.001." in text


def test_several_estimands_are_told_apart_by_name_with_their_analyses(run_of_study):
    second = ReportEstimand(
        label="While alive", analyses=("Second", "Third"), **ESTIMAND | {"summary": "odds ratio"}
    )
    text = report(run_of_study, estimands=(*report_spec().estimands, second))
    assert "<h3>Estimand: Treatment policy</h3>" in text
    assert "<h3>Estimand: While alive</h3>" in text
    assert "<dd>Second; Third</dd>" in text
    assert "<dd>odds ratio</dd>" in text


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


def test_page_text_is_escaped(run_of_study):
    study = Identity(**rows.STUDY | {"title": "<script>alert(1)</script> & more"})
    text = report(run_of_study, study=study)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
