"""The reviewer's guide: sections of CDISC's template, what the run knows, and what a person must still write."""

import re

import pytest

from trial.display.rtf_writer import rtf_text
from trial.export import adrg
from trial.export.dependencies import GIVEN_BY, MADE_BY
from trial.export.guide import TO_WRITE, Grid, Guide, Paragraph, Section, ToWrite
from trial.export.guide_rtf import write_rtf
from unit.export.finished_export import make_export, study_of
from workflow.conftest import ROOT

HEADINGS = {
    "1": "Introduction",
    "1.1": "Purpose",
    "1.2": "Acronyms",
    "1.3": "Study Data Standards and Dictionary Inventory",
    "1.4": "Source Data Used for Analysis Dataset Creation",
    "2": "Protocol Description",
    "2.1": "Protocol Number and Title",
    "2.2": "Protocol Design in Relation to ADaM Concepts",
    "3": "Analysis Considerations Related to Multiple Analysis Datasets",
    "3.1": "Core Variables",
    "3.2": "Treatment Variables",
    "3.3": "Subject Issues that Require Special Analysis Rules",
    "3.4": "Use of Visit Windowing, Unscheduled Visits, and Record Selection",
    "3.5": "Imputation/Derivation Methods",
    "4": "Analysis Data Creation and Processing Issues",
    "4.1": "Split Datasets",
    "4.2": "Data Dependencies",
    "4.3": "Intermediate Datasets",
    "5": "Analysis Dataset Descriptions",
    "5.1": "Overview",
    "5.2": "Analysis Datasets",
    "6": "Data Conformance Summary",
    "6.1": "Conformance Inputs",
    "6.2": "Issues Summary",
    "7": "Submission of Programs",
    "7.1": "ADaM Programs",
    "7.2": "Analysis Output Programs",
    "7.3": "Macro Programs",
    "8": "Appendix",
}


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return make_export(tmp_path_factory.mktemp("an export"))


@pytest.fixture(scope="module")
def guide(export):
    return adrg.guide_of(export)


@pytest.fixture(scope="module")
def files(export, tmp_path_factory):
    folder = tmp_path_factory.mktemp("the guide")
    adrg.write(export, folder)
    return {
        name: (folder / "datasets" / name).read_text(encoding="utf-8") for name in ("adrg.rtf", "adrg.html")
    }


def section(guide, number):
    return next(one for one in guide.sections if one.number == number)


def table(guide, number, caption):
    return next(
        part
        for part in section(guide, number).parts
        if isinstance(part, Grid) and part.caption.startswith(caption)
    )


def test_sections_are_those_of_the_template_in_their_order(guide):
    found = {one.number: one.title for one in guide.sections}
    assert {number: found[number] for number in HEADINGS} == HEADINGS
    assert list(found)[:24] == [*list(HEADINGS)[:21], "5.2.1", "5.2.2", "6"]
    assert [one.level for one in guide.sections[:3]] == [1, 2, 2]


def test_what_a_person_must_write_is_marked_in_its_place_and_listed_in_front(guide, files):
    places = list(guide.unwritten())
    assert {one.number for one, _ in places} >= {"1.3", "1.4", "2.1", "2.2", "3.3", "5.1", "6.1", "8.4"}
    for name in files:
        text = files[name]
        assert text.count(TO_WRITE) == len(places)
        assert f"{len(places)} places are still to be written" in text
    front = files["adrg.rtf"].partition("Contents")[0]
    assert all(rtf_text(part.text) in front for _, part in places)


def test_conformance_findings_stand_with_rule_count_and_explanation(guide):
    rows = table(guide, "6.2", "What the checks found").rows
    assert rows[0] == (
        "ADSL", "SITEID", "S02: ADSL has SITEID", "error", "", "no such variable", "One site",
    )  # fmt: skip
    assert rows[1][-1] == "no explanation yet"
    (missing,) = [part for part in section(guide, "6.2").parts if isinstance(part, ToWrite)]
    assert missing.text.startswith("the explanation of 1 findings")


def test_facts_of_the_run_are_in_the_guide(guide):
    assert ("labs/labs.csv", "1" * 64) in table(guide, "1.4", "Raw files").rows
    assert ("HBA1C", "HbA1c (%)", "3", "3", "2") in table(guide, "5.2.2", "Parameters").rows
    members = {row[0]: row[2:] for row in table(guide, "3.3", "Members").rows}
    assert members["FASFL"] == ("2", "0")
    differs = [part.text for part in section(guide, "3.2").parts if isinstance(part, Paragraph)]
    assert "TRT01A differs from TRT01P in 1 of 2 subjects." in differs
    assert ("V1", "Week 4", "1", "30", "10 to 59") in table(guide, "2.2", "Visits").rows
    assert ("numpy", "2.0.0") in table(guide, "8.1", "Packages").rows
    assert any(
        "zlib_ng 1.0" in part.text for part in section(guide, "8.1").parts if isinstance(part, Paragraph)
    )
    checked = dict(table(guide, "8.4", "What the run checked").rows)
    assert checked["Primary analysis computed twice, by code that shares nothing with the engine"] == (
        "2 agrees; 1 not recomputed"
    )
    assert checked["Questions to the site"] == "1 open"
    assert ("PRIMARY", "HOMAIR", "Not fitted: no value.") in table(guide, "8.4", "Warnings").rows
    programs = {row[0]: row for row in table(guide, "7.1", "Programs of the data sets").rows}
    assert programs["adlb.xpt"][2] == "derive_endpoint_py.txt, collect_adlb_py.txt"
    outputs = {row[0]: row for row in table(guide, "7.2", "Outputs").rows}
    assert outputs["Table 14.2.1.2"][2:] == (
        "model_table.py",
        "PRIMARY (mmrm), OBSERVED (descriptive), POPULATION (population)",
        "FASFL TRT01P HBA1C",
    )
    assert ("mmrm", "trial-analysis-methods-mmrm_py.txt") in table(
        guide, "7.2", "Programs of the methods"
    ).rows


def test_the_programs_of_the_data_sets_are_the_rules_that_write_them():
    """Each program is a script of a rule, and the last one writes the file."""
    rules = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    )
    found = dict(re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", rules, re.M | re.S))
    common = (ROOT / "workflow" / "rules" / "common.smk").read_text(encoding="utf-8") + rules
    for made in (MADE_BY, GIVEN_BY):
        for dataset, (programs, _) in made.items():
            assert all(name.removesuffix(".py") in found for name in programs), dataset
            last = found[programs[-1].removesuffix(".py")]
            named = (
                f"{dataset.lower()}.csv" in last
                or f'"{dataset.lower()}"' in common
                or "SUBJECT_TABLES" in last
            )
            assert named, (dataset, programs)


def test_a_study_of_given_data_says_so(tmp_path):
    study = study_of("analysed")
    guide = adrg.guide_of(make_export(tmp_path, study=study))
    words = " ".join(part.text for part in section(guide, "1.4").parts if isinstance(part, Paragraph))
    assert "ADaM data sets; they are used as given" in words
    assert table(guide, "4.2", "What each").rows[1][1].startswith("read_adam.py, then take_endpoint.py")


def test_the_rtf_is_seven_bit_balanced_and_has_headings_that_lead_somewhere(files, guide):
    text = files["adrg.rtf"]
    assert text.isascii() and text.startswith("{\\rtf1") and text.rstrip().endswith("}")
    bare = re.sub(r"\\[\\{}]", "", text)
    depth = 0
    for mark in bare:
        depth += {"{": 1, "}": -1}.get(mark, 0)
        assert depth >= 0
    assert depth == 0
    marks = re.findall(r"\\bkmkstart (\w+)", text)
    links = re.findall(r'HYPERLINK \\\\l "(\w+)"', text)
    assert marks == links == [one.anchor for one in guide.sections]
    assert re.findall(r"\\outlinelevel(\d)", text) == [str(one.level - 1) for one in guide.sections]
    for row in re.findall(r"\\trowd.*?\\row", text, re.S):
        assert row.count("\\cellx") == row.count("\\cell}") + len(re.findall(r"\\cell(?!x)", row))


def test_braces_and_letters_of_any_alphabet_come_through(export):
    sections = (Section("1", "A {title}", (Grid("c", ("a", "b"), (("{x}\\", "Đ β"),)), ToWrite("ế"))),)
    text = write_rtf(Guide("T", (), sections), adrg._stamp(export))
    assert "\\{x\\}\\\\" in text and "\\u272?" in text and "\\u946?" in text and "\\u7871?" in text


def test_a_table_whose_rows_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="caption: 2 columns"):
        Grid("caption", ("a", "b"), (("x",),))


def test_the_page_has_every_section_and_no_link_out(files, guide):
    page = files["adrg.html"]
    ids = set(re.findall(r'\bid="([^"]*)"', page))
    assert {one.anchor for one in guide.sections} <= ids
    assert all(
        link.startswith("#") and link[1:] in ids for link in re.findall(r'\b(?:href|src)="([^"]*)"', page)
    )
