"""The report page: everything is shown, links lead to files, nothing comes from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from trial.display.alt_text import forest_alt, profile_alt, spaghetti_alt
from trial.display.key_results import build_key_table, comparison_text
from trial.display.listings import LISTINGS
from trial.display.pages.html_writer import write_html
from trial.display.pages.report import Places, build_sections, count_intake, write_report
from trial.display.provenance import read_stamp
from trial.display.results import Results
from trial.display.spec import parse_spec
from trial.study.errors import DataError
from unit.display import study_rows as rows
from unit.display.test_tables import build


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


def study(arms=rows.ARMS, synthetic=True):
    spec = parse_spec(rows.spec_slice("", arms), "spec")
    stamp = read_stamp(rows.LOCK | {"synthetic": synthetic}, spec.study, "scripts/x.py", "lock.json")
    parts = [rows.population_rows(arms)]
    parts += [
        make(code, arms) for code in rows.ENDPOINTS for make in (rows.descriptive_rows, rows.model_rows)
    ]
    return spec, stamp, Results(pd.concat(parts, ignore_index=True))


def places(folder):
    """Make the output folders of a run; figures stand as empty files."""
    found = Places(folder / "tables", folder / "figures", folder / "report")
    for part in (found.tables, found.figures, found.page):
        part.mkdir(parents=True)
    for code, endpoint in rows.ENDPOINTS.items():
        for number, kind in ((1, "descriptive"), (2, "model")):
            base = f"t14-2-{endpoint[0]}-{number}"
            table, _ = build(kind, code)
            text = write_html(table).replace("t14-2-1-1", base).replace("t14-2-1-2", base)
            (found.tables / f"{base}.html").write_text(text, encoding="utf-8")
            for suffix in ("rtf", "csv"):
                (found.tables / f"{base}.{suffix}").touch()
    figures = ["f14-2-0-1", *(f"f14-2-{e[0]}-{n}" for e in rows.ENDPOINTS.values() for n in (1, 4))]
    for name in figures:
        for suffix in ("svg", "png", "csv"):
            (found.figures / f"{name}.{suffix}").touch()
    for name in LISTINGS:
        for suffix in ("html", "rtf", "csv"):
            (found.tables / f"{name}.{suffix}").touch()
    return found


def report(folder, synthetic=True):
    spec, stamp, results = study(synthetic=synthetic)
    where = places(folder)
    intake = count_intake(rows.query_rows(7), rows.accounting_rows())
    return write_report(spec, results, stamp, intake, build_sections(spec, results, where), where), where


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    text, where = report(tmp_path_factory.mktemp("results"))
    return text, Page(text), where


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
        "At Month 6: BM-MNC + UC-MSC -1.35 (-1.71, -0.99); Standard medicines -0.86 (-1.22, -0.50). "
        "Difference of BM-MNC + UC-MSC to Standard medicines -0.49, 95% CI (-0.89, -0.09), p = 0.0400."
    )
    assert "geometric mean" in shown["f14-2-3-4"]
    assert all(len(text) > 80 for text in shown.values())


def test_key_results_are_the_primary_visit_of_every_endpoint():
    spec, stamp, results = study(rows.THREE_ARMS)
    table = build_key_table(spec, results, stamp)
    assert [block.heading for block in table.blocks] == [
        "BM-MNC + UC-MSC against Standard medicines",
        "UC-MSC alone against Standard medicines",
    ]
    for block, arm in zip(table.blocks, ("CELL", "MSC"), strict=True):
        assert [row.cells[0].text for row in block.rows] == [names[1] for names in rows.ENDPOINTS.values()]
        for row, code in zip(block.rows, rows.ENDPOINTS, strict=True):
            ids = [result_id for cell in row.cells for result_id in cell.result_ids]
            assert all(result_id.startswith(f"{code}.mmrm.M6.{arm}-STD.") for result_id in ids)
    first = [cell.text for cell in table.blocks[0].rows[0].cells]
    assert first == ["HbA1c", "lower is better", "-0.98 %", "(-1.38, -0.58)", "0.0400"]


def test_warnings_of_a_model_are_marked_on_its_endpoint_in_every_block():
    spec, stamp, results = study(rows.THREE_ARMS)
    results = Results(rows.warn_of_model(results.rows, "IL1B", "Descriptive only."))
    table = build_key_table(spec, results, stamp)
    marked = [row.cells[0].printed for block in table.blocks for row in block.rows if row.cells[0].marks]
    assert marked == ["IL-1β [a]", "IL-1β [a]"]
    assert "[a] Descriptive only." in [note.printed for note in table.notes]
    assert '<th scope="row" class="left">IL-1β [a]</th>' in write_html(table)


def test_key_results_name_the_kind_of_model():
    spec, stamp, results = study()
    assert build_key_table(spec, results, stamp).titles == (
        "All endpoints at Month 6, mixed model for repeated measures",
    )
    table = build_key_table(spec, Results(rows.make_ancova(results.rows, "FPG")), stamp)
    assert table.titles[0].endswith(
        "mixed model for repeated measures or analysis of covariance at each visit"
    )
    marked = [row.cells[0].printed for row in table.blocks[0].rows if row.cells[0].marks]
    assert marked == ["Fasting plasma glucose [a]"]
    changed = results.rows
    for code in rows.ENDPOINTS:
        changed = rows.make_ancova(changed, code)
    table = build_key_table(spec, Results(changed), stamp)
    assert table.titles[0] == "All endpoints at Month 6, analysis of covariance at each visit"


def test_the_entry_of_a_model_table_names_the_kind_of_model(tmp_path):
    spec, _, results = study()
    results = Results(rows.make_ancova(results.rows, "FPG"))
    sections = build_sections(spec, results, places(tmp_path))
    titles = {entry.id: entry.title for section in sections for entry in section.entries}
    assert titles["t14-2-1-2"] == "Mixed model for repeated measures"
    assert titles["t14-2-2-2"] == "Analysis of covariance at each visit"


def test_design_and_estimand_stand_on_the_page(page):
    text, _, _ = page
    head, notes = text.split('id="readers-notes"')
    assert "<dt>Design</dt><dd>single blind, two centres</dd>" in head
    assert "<dt>Population</dt><dd>adults with &lt;type 2&gt; diabetes</dd>" in notes
    assert "<dt>Intercurrent events</dt><dd>treatment policy</dd>" in notes
    assert "p-values are two-sided and nominal: not adjusted for several" in notes


def test_totals_of_the_intake_and_links_to_the_listings(page):
    text, read, _ = page
    assert "12 = 6 used + 2 superseded + 4 quarantined" in text
    assert re.search(r"Open queries</dt><dd>7 ", text)
    assert set(LISTINGS) <= set(read.ids)


def test_tables_stand_in_the_page_as_in_their_own_files(page):
    text, _, where = page
    own = (where.tables / "t14-2-1-2.html").read_text(encoding="utf-8")
    fragment = own.split("<!-- output begins -->")[1].split("<!-- output ends -->")[0]
    assert fragment in text


def test_keyboard_reaches_the_next_output_and_the_content(page):
    text, read, _ = page
    assert read.links[0] == "#content"
    following = re.findall(r'<a href="#([\w-]+)" rel="next">', text)
    assert following[:3] == ["f14-2-1-1", "t14-2-1-2", "f14-2-1-4"]
    assert len(following) == 4 * len(rows.ENDPOINTS) + len(LISTINGS)


def test_synthetic_banner_follows_the_lock(tmp_path, page):
    assert 'class="synthetic banner"' in page[0]
    assert "(SYNTHETIC DATA)</title>" in page[0]
    text, _ = report(tmp_path, synthetic=False)
    assert 'class="synthetic banner"' not in text


def test_a_missing_output_stops_the_report_and_is_named(tmp_path):
    spec, _, results = study()
    where = places(tmp_path)
    (where.figures / "f14-2-3-1.png").unlink()
    with pytest.raises(DataError, match=r"f14-2-3-1\.png"):
        build_sections(spec, results, where)
    (where.tables / "t14-2-2-1.html").unlink()
    with pytest.raises(DataError, match=r"t14-2-2-1\.html"):
        build_sections(spec, results, where)


def test_alternative_texts_say_what_is_absent():
    spec, _, results = study()
    results = Results(results.rows[~results.rows["statistic"].isin(["diff.pvalue", "lsmean.upper"])])
    endpoint = spec.endpoints[0]
    assert "not estimable" in comparison_text(spec, endpoint, spec.active_arms[0], results)
    assert "BM-MNC + UC-MSC not estimable" in profile_alt(spec, endpoint, results)
    assert forest_alt(spec, results).count("not estimable") == len(rows.ENDPOINTS)
    assert "median" in spaghetti_alt(spec, endpoint, results).lower()


def test_page_text_is_escaped(tmp_path):
    content = rows.spec_slice("")
    content["study"]["title"] = "<script>alert(1)</script> & more"
    spec = parse_spec(content, "spec")
    _, stamp, results = study()
    where = places(tmp_path)
    intake = count_intake(rows.query_rows(1), rows.accounting_rows())
    text = write_report(spec, results, stamp, intake, build_sections(spec, results, where), where)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
