"""Footnotes: order, letters, warnings and reasons of absent values."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from trial.display.notes import Marks, assemble_notes, estimate_notes
from trial.display.results import Results, Statistic
from trial.display.wording import comparison_notes
from trial.study.base import Identity
from trial.study.errors import DataError
from unit.display import study_rows as rows

SPEC = rows.output_spec("lsmean_profile", "HBA1C")
CONTEXT = rows.context(SPEC)
MODEL = {"HBA1C": "PRIMARY", "FPG": "PRIMARY"}


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
    lines = [note.printed for note in assemble_notes(CONTEXT, marks=marks) if note.text]
    assert lines[:2] == ["Warning: everywhere", "[a] here"]


def test_a_value_without_number_or_reason_still_says_so():
    marks = Marks()
    marks.of([statistic(math.nan)])
    assert "no value and no reason" in marks.notes()[0].text


def test_order_of_footnotes():
    marks = Marks()
    marks.of([statistic(warning="cell warning"), statistic(math.nan, error="too few")])
    notes = assemble_notes(CONTEXT, ["SE", "CI"], ["Model: m."], ["n: d."], marks, ["whole output"])
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
    chosen = table["result_id"].isin(["HBA1C.PRIMARY.M1.CELL.lsmean", "HBA1C.PRIMARY.M6.STD.lsmean"])
    table.loc[chosen, "warning"] = "few subjects"
    table.loc[table["result_id"] == "HBA1C.PRIMARY.M3.CELL-STD.diff", ["value", "error"]] = [
        math.nan,
        "singular",
    ]
    whole = (table["statistic"] == "deviance") | (table["result_id"] == "HBA1C.PRIMARY.M1.STD.lsmean")
    table.loc[whole, "warning"] = "second rung used"
    found = estimate_notes(SPEC, SPEC.endpoints[0], Results(table, MODEL))
    assert found == [
        "second rung used",
        "few subjects (Month 1, BM-MNC + UC-MSC; Month 6, Standard medicines)",
        "not estimable: singular (Month 3, BM-MNC + UC-MSC against Standard medicines)",
    ]


def test_a_fit_without_model_sentence_is_refused():
    assert CONTEXT.specification("model").startswith("Model: change")
    with pytest.raises(DataError, match="footnote"):
        replace(CONTEXT, records={"model": ({"footnote": " "},)}).specification("model")


def test_the_studys_own_footnotes_stand_before_the_origin_of_the_output():
    own = rows.output_spec("lsmean_profile", "HBA1C", footnotes=("First.", "Second <b>."))
    marks = Marks()
    marks.of([statistic(warning="cell warning")])
    lines = [note.printed for note in assemble_notes(rows.context(own), marks=marks) if note.text]
    assert lines[:3] == ["[a] cell warning", "First.", "Second <b>."]
    assert lines[-1] == "Program: scripts/x.py"


def test_a_result_id_twice_is_refused():
    table = rows.model_rows("HBA1C")
    with pytest.raises(DataError, match="result_id"):
        Results(table.iloc[[0, 0, 1]], MODEL)


def test_an_absent_row_says_whether_its_visit_was_analysed():
    table = rows.model_rows("HBA1C")
    table = table[table["result_id"] != "HBA1C.PRIMARY.M1.CELL.lsmean"]
    results = Results(rows.drop_visit(table, "HBA1C", "M6"), MODEL)
    alone = results.get("HBA1C", "M1", "CELL", "lsmean")
    nothing = results.get("HBA1C", "M6", "CELL", "lsmean")
    of_model = Results(table.iloc[:0], MODEL).get("HBA1C", "", "", "baseline_mean")
    assert (alone.of_no_visit, nothing.of_no_visit, of_model.of_no_visit) == (False, True, False)
    assert not any(statistic.present for statistic in (alone, nothing, of_model))


def test_the_last_rung_is_read_from_the_method_of_the_model_rows():
    table = rows.make_ancova(pd.concat([rows.model_rows("HBA1C"), rows.model_rows("FPG")]), "FPG")
    results = Results(table, MODEL)
    assert (results.is_ancova("HBA1C"), results.is_ancova("FPG")) == (False, True)


def test_what_outputs_say_of_comparisons_claims_nothing_that_the_study_does_not_say():
    p_values, design = comparison_notes(SPEC)
    assert (
        p_values == "p-values are two-sided and nominal: not adjusted for several endpoints, visits or arms."
    )
    assert design == (
        "Design: single blind, two centres. Arms were not assigned at random: they may differ at baseline. "
        "Comparisons are adjusted for baseline only; other differences between the arms, known or not, remain "
        "in them as confounding, so that a difference need not be an effect of the treatment."
    )
    stopped = Identity(**rows.STUDY | {"design": rows.STUDY["design"] + "."})
    assert comparison_notes(SPEC.model_copy(update={"study": stopped})) == (p_values, design)


def test_a_randomised_design_has_no_caveat():
    study = Identity(**rows.STUDY | {"randomised": True})
    (p_values,) = comparison_notes(SPEC.model_copy(update={"study": study}))
    assert p_values.startswith("p-values are two-sided")


@pytest.mark.parametrize(
    ("covariates", "text"),
    [
        (("baseline",), "adjusted for baseline only"),
        (("baseline", "age", "Site"), "adjusted for baseline, age and Site only"),
        ((), "not adjusted for any covariate"),
    ],
)
def test_the_caveat_says_what_the_comparisons_are_adjusted_for(covariates, text):
    shown = rows.shown_analysis("model", ["HBA1C"], covariates=covariates)
    spec = SPEC.model_copy(update={"roles": SPEC.roles | {"model": (shown,)}})
    assert text in comparison_notes(spec)[1]


def test_rows_of_another_analysis_are_refused():
    table = rows.model_rows("HBA1C")
    with pytest.raises(DataError, match=r"SENS.*\n.*PRIMARY of HBA1C"):
        Results(table, {"HBA1C": "SENS"})
