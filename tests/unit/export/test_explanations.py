"""An error that nobody explains stops the export, and so does an explanation of what is not found."""

import pytest

from trial.export.explanations import Explanation, explain, read_explanations
from trial.export.findings import Finding
from trial.study.errors import ConfigError, DataError

ERROR = Finding("S02", "ADSL has RACE", "ADSL", "RACE", "error", 0, "no such variable")
WARNING = Finding(
    "A06", "A variable has a value", "ADSL", "DISCDT", "warning", 2, "no record has a value", "ours"
)


def said(rule, variable, text="because"):
    return Explanation(rule=rule, dataset="ADSL", variable=variable, text=text)


def test_an_error_needs_an_explanation_and_a_warning_none(tmp_path):
    assert explain([WARNING], (), tmp_path) == (WARNING,)
    with pytest.raises(DataError) as refused:
        explain([ERROR, WARNING], (), tmp_path)
    text = str(refused.value)
    assert "S02 ADSL.RACE: ADSL has RACE; no such variable" in text and "export.yaml" in text
    assert "DISCDT" not in text and "{rule: S02, dataset: ADSL, variable: RACE, text: ...}" in text


def test_the_word_of_the_study_stands_before_that_of_the_pipeline(tmp_path):
    found = explain([ERROR, WARNING], (said("S02", "RACE"), said("A06", "DISCDT", "nobody left")), tmp_path)
    assert [one.explanation for one in found] == ["because", "nobody left"]


@pytest.mark.parametrize("other", [said("S02", "SITEID"), said("S01", "RACE")])
def test_an_explanation_of_what_is_not_found_is_refused(tmp_path, other):
    with pytest.raises(DataError, match="explains what it cannot"):
        explain([ERROR], (said("S02", "RACE"), other), tmp_path)


def test_what_no_file_can_hold_cannot_be_explained(tmp_path):
    long = Finding("A05", "Text fits", "ADSL", "ARM", "reject", 1, "record 1")
    for explained in ((), (said("A05", "ARM"),)):
        with pytest.raises(DataError, match="no explanation helps"):
            explain([long], explained, tmp_path)


def test_a_finding_is_explained_once(tmp_path):
    with pytest.raises(DataError, match="S02 ADSL RACE' stands 2 times"):
        explain([ERROR], (said("S02", "RACE"), said("S02", "RACE", "again")), tmp_path)


def test_the_file_is_strict_and_may_be_absent(tmp_path):
    assert read_explanations(tmp_path) == ()
    path = tmp_path / "export.yaml"
    path.write_text(
        "explanations:\n  - {rule: S02, dataset: ADSL, variable: RACE, text: None asked}\n", encoding="utf-8"
    )
    assert read_explanations(tmp_path) == (said("S02", "RACE", "None asked"),)
    path.write_text(
        "explanations:\n  - {rule: S02, dataset: ADSL, variabel: RACE, text: None asked}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="variabel"):
        read_explanations(tmp_path)
