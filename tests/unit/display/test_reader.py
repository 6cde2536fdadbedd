"""The reader's notes are made from the configuration, and every other output names them."""

from pathlib import Path

import pytest

from studies.graft import graft
from trial.display.reader import READER
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.load import read_yaml

ROOT = Path(__file__).parents[3]
STUDIES = {
    "demo": ROOT / "config.yaml",
    "three_arm": ROOT / "tests" / "studies" / "three_arm" / "config.yaml",
    "analysed": ROOT / "tests" / "studies" / "analysed" / "config.yaml",
}


def slices(name, change=None):
    """Return the slices of the outputs of a study by id."""
    content = read_yaml(STUDIES[name])
    if name == "analysed":
        graft(content, raw=False)
    if change:
        change(content)
    found = slice_study(load_study(content))
    return {key.removeprefix("output."): one for key, one in found.items() if key.startswith("output.")}


def notes(name, change=None):
    """Return the lines of each topic."""
    (spec,) = [one for one in slices(name, change).values() if one.template == READER]
    return {note.topic: note.lines for note in spec.reading}


def test_the_demonstrations_notes_say_what_its_configuration_says():
    found = notes("demo")
    assert found["Time zero"][:2] == (
        "BM-MNC + UC-MSC: the date of infusion; where there is none, 21 days after the date of allocation.",
        "Standard medicines: 21 days after the date of allocation.",
    )
    assert "Month 6: target day 180, window 135 to 225." in found["Visits"]
    assert found["Treatment-emergent adverse events"][0].startswith(
        "BM-MNC + UC-MSC: from 1 day before the date"
    )
    assert (
        "Safety set (SAFFL): in Full analysis set; Actual Treatment for Period 01 (TRT01A) is present."
        in (found["Populations"])
    )
    assert any("unstructured; where its fit is not accepted" in line for line in found["Primary analysis"])
    assert "Kenward-Roger standard errors and degrees of freedom." in found["Primary analysis"]
    assert any("missing at random" in line for line in found["Missing data"])
    assert len(found["Intercurrent events"]) == 6
    assert any("LLOQ/2" in line for line in found["Values below the limit of quantification"])
    assert any("half away from zero" in line for line in found["Numbers"])
    assert any("<0.0001" in line for line in found["Tests and intervals"])


@pytest.mark.parametrize("study", STUDIES)
def test_every_population_visit_and_arm_is_explained(study):
    content, found = read_yaml(STUDIES[study]), notes(study)
    assert len(found["Populations"]) == len(content["populations"])
    assert len(found["Visits"]) == len(content["visits"]) + 1
    if study != "analysed":
        assert len(found["Time zero"]) == len(content["arms"]) + 1
    assert all(line.endswith(".") or line.endswith(":") for lines in found.values() for line in lines)


def test_a_changed_configuration_changes_its_note():
    def change(content):
        content["arms"][0]["index_date"] = [{"column": "ENROL_DT", "lag_days": 1}]
        content["printing"]["p_values"] = "journal3"
        content["populations"]["ENRLFL"]["conditions"].append(
            {"variable": "AGE", "at_least": 18, "if_missing": "holds", "otherwise": "too young"}
        )

    found = notes("demo", change)
    assert found["Time zero"][0] == "BM-MNC + UC-MSC: 1 day after the date of enrolment."
    assert "Age (AGE) is at least 18, or not known" in found["Populations"][0]
    assert any("<0.001." in line for line in found["Tests and intervals"])


@pytest.mark.parametrize("study", STUDIES)
def test_every_other_output_names_the_notes(study):
    found = slices(study)
    assert {one.reader for one in found.values() if one.template != READER} == {"Listing 16.0.1"}
    assert [one.reader for one in found.values() if one.template == READER] == [""]


def test_without_notes_in_the_catalogue_nothing_refers_to_them():
    def change(content):
        content["outputs"] = [row for row in content["outputs"] if row["template"] != READER]

    assert {one.reader for one in slices("demo", change).values()} == {""}
