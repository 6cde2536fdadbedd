"""Footnotes: order, letters, warnings and reasons of absent values."""

import math

import pytest

from trial.display.notes import Marks, assemble_notes, estimate_notes, model_sentence
from trial.display.provenance import read_stamp
from trial.display.results import Results, Statistic
from trial.display.spec import parse_spec
from trial.study.errors import DataError
from unit.display import study_rows as rows

SPEC = parse_spec(rows.spec_slice("HBA1C"), "spec")
STAMP = read_stamp(rows.LOCK, SPEC.study, "scripts/x.py", "lock.json")


def statistic(value=1.0, warning="", error=""):
    return Statistic("A.b", value, warning, error)


def test_letters_follow_first_use_and_repeat_for_the_same_text():
    marks = Marks()
    assert marks.of([statistic(warning="w1")]) == ("a",)
    assert marks.of([statistic(math.nan, error="too few")]) == ("b",)
    assert marks.of([statistic(warning="w1"), statistic(math.nan, "w2", "too few")]) == ("a", "b", "c")
    assert [note.printed for note in marks.notes()] == ["[a] w1", "[b] NE: too few", "[c] w2"]


def test_letters_go_on_after_z():
    marks = Marks()
    letters = [marks.letter(str(k)) for k in range(54)]
    assert letters[25:28] == ["z", "aa", "ab"]
    assert letters[-1] == "bb"
    assert len(set(letters)) == 54


def test_a_warning_of_the_whole_output_is_printed_once_and_not_lettered():
    marks = Marks(["everywhere"])
    assert marks.of([statistic(warning="everywhere")]) == ()
    assert marks.of([statistic(warning="here")]) == ("a",)
    lines = [note.printed for note in assemble_notes(STAMP, marks=marks)]
    assert lines[:2] == ["Warning: everywhere", "[a] here"]


def test_a_value_without_number_or_reason_still_says_so():
    marks = Marks()
    marks.of([statistic(math.nan)])
    assert "no value and no reason" in marks.notes()[0].text


def test_order_of_footnotes():
    marks = Marks()
    marks.of([statistic(warning="cell warning"), statistic(math.nan, error="too few")])
    notes = assemble_notes(STAMP, ["SE", "CI"], ["Model: m."], ["n: d."], marks, ["whole output"])
    assert [note.printed for note in notes] == [
        "CI: confidence interval; NE: not estimable; SE: standard error.",
        "Model: m.",
        "n: d.",
        "Warning: whole output",
        "[a] cell warning",
        "[b] NE: too few",
        "Data cut: 2020-10-31. Lock: DEMO-1 (ab12cd34), state hard.",
        "Program: scripts/x.py",
    ]


def test_estimate_notes_say_each_text_once_with_its_places():
    table = rows.model_rows("HBA1C")
    chosen = table["result_id"].isin(["HBA1C.mmrm.M1.CELL.lsmean", "HBA1C.mmrm.M6.STD.lsmean"])
    table.loc[chosen, "warning"] = "few subjects"
    table.loc[table["result_id"] == "HBA1C.mmrm.M3.CELL-STD.diff", ["value", "error"]] = [
        math.nan,
        "singular",
    ]
    whole = (table["statistic"] == "deviance") | (table["result_id"] == "HBA1C.mmrm.M1.STD.lsmean")
    table.loc[whole, "warning"] = "second rung used"
    found = estimate_notes(SPEC, SPEC.endpoints[0], Results(table))
    assert found == [
        "second rung used",
        "few subjects (Month 1 CELL, Month 6 STD)",
        "not estimable: singular (Month 3 CELL-STD)",
    ]


def test_a_fit_without_model_sentence_is_refused():
    assert model_sentence(rows.fit_record(), "fit.json").startswith("Model: change")
    with pytest.raises(DataError, match="footnote"):
        model_sentence({"footnote": " "}, "fit.json")


def test_a_result_id_twice_is_refused():
    table = rows.model_rows("HBA1C")
    with pytest.raises(DataError, match="result_id"):
        Results(table.iloc[[0, 0, 1]])
