"""Conventions of print: one minus sign, units of differences, abbreviations and notes of what stands there."""

import re

import pandas as pd
import pytest

from trial.display.abbreviations import ABBREVIATIONS, used_in
from trial.display.comparisons import baseline_notes, observed_baseline, stable_notes
from trial.display.figures.axes import log_ticks
from trial.display.notes import Marks, Note, assemble_notes
from trial.display.numbers import format_number, format_plain, print_minus, read_number
from trial.display.results import NO_VISIT, Results
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import design_caveat, lock_meaning, population_line, primary_notes
from unit.display import study_rows as rows

HYPHEN = re.compile(r"(?<![\w.\-/)])-(?=\d)")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("from -28 to 0", "from −28 to 0"), ("(-0.5, 0.3)", "(−0.5, 0.3)"), ("1e-08", "1e−08"), ("-2 log L", "−2 log L"),
        ("2020-03-04", "2020-03-04"), ("IL-1β", "IL-1β"), ("VH-026", "VH-026"), ("Table 14-2", "Table 14-2"),
        ("t14-2-1", "t14-2-1"), ("a - b", "a - b"),
    ],
)  # fmt: skip
def test_the_hyphen_of_a_number_is_a_minus_and_that_of_a_name_stays(text, printed):
    assert print_minus(text) == printed


def test_every_writer_of_numbers_prints_the_same_minus_and_it_reads_back():
    assert format_number(-1.25, 1) == "−1.3" and format_plain(-0.5) == "−0.5"
    assert read_number("−1.3") == -1.3


def test_what_analyses_write_is_printed_with_that_minus_too():
    table = rows.warn_of_model(rows.model_rows("HBA1C"), "HBA1C", "shifted by -0.3")
    assert Results(table, {"HBA1C": "PRIMARY"}).warnings("HBA1C") == ["shifted by −0.3"]
    assert Note("at day -3", "a").printed == "[a] at day −3"


@pytest.mark.parametrize("template", ["descriptive_table", "model_table", "comparison_table", "key_results"])
def test_no_hyphen_stands_as_a_minus_in_a_table(template):
    code = "" if template == "key_results" else "HBA1C"
    table = rows.build(template, rows.context(rows.output_spec(template, code)))
    texts = [cell.printed for block in table.blocks for row in block.rows for cell in row.cells]
    assert not [text for text in (*texts, *(note.printed for note in table.notes)) if HYPHEN.search(text)]


def test_differences_of_percentages_are_in_percentage_points():
    of_percent, other = rows.endpoint_spec("HBA1C"), rows.endpoint_spec("FPG")
    assert (of_percent.difference_unit, other.difference_unit) == ("percentage points", "mmol/L")
    for template in ("descriptive_table", "model_table", "comparison_table"):
        table = rows.build(template, rows.context(rows.output_spec(template, "HBA1C")))
        words = " ".join([*table.titles, *(note.printed for note in table.notes)])
        assert "percentage points" in words, template
    table = rows.build("comparison_table", rows.context(rows.output_spec("comparison_table", "FPG")))
    assert "percentage points" not in " ".join(note.printed for note in table.notes)
    forest = rows.build("forest", rows.context(rows.output_spec("forest")))
    texts = forest.frame.set_index("endpoint")["estimate_text"]
    assert texts["HBA1C"].endswith(" pp") and texts["FPG"].endswith(" mmol/L")
    assert "pp: percentage points" in forest.heading.notes[0]


def a_table(*texts, notes, spec=None):
    cells = tuple(Row((Cell(text),)) for text in texts)
    given = rows.context(spec or rows.output_spec("model_table", "FPG"))
    return Table("t1", "Table 1", ("Title",), "", (Column("Label"),), (Block("", cells),),
                 assemble_notes(given, **notes), given.stamp)  # fmt: skip


def test_a_table_names_the_abbreviations_that_stand_in_it_and_no_other():
    table = a_table("LS mean", "SDs", "CIRCLE", notes={"denominators": ("REML.",), "abbreviations": ["GMR"]})
    assert table.notes[0].printed == (
        "LS: least squares; REML: restricted maximum likelihood; SD: standard deviation."
    )
    plain = a_table("Sex", notes={})
    assert not any(note.glossary for note in plain.notes) and all(note.text for note in plain.notes)


def test_the_studys_own_abbreviations_are_named_where_they_stand():
    spec = rows.output_spec(
        "model_table", "TNFA", abbreviations={"TNF-α": "tumour necrosis factor", "IL-1β": "x"}
    )
    assert a_table("TNF-α (pg/mL)", notes={}, spec=spec).notes[0].printed == "TNF-α: tumour necrosis factor."
    figure = rows.build("lsmean_profile", rows.context(rows.output_spec(
        "lsmean_profile", "TNFA", abbreviations={"TNF-α": "tumour necrosis factor", "IL-1β": "x"})))  # fmt: skip
    assert (
        "TNF-α: tumour necrosis factor" in figure.heading.notes[0] and "IL-1β" not in figure.heading.notes[0]
    )


def test_abbreviations_are_whole_words():
    assert used_in(["95% CI", "MINIMUM", "LSmean", "Q1, Q3", "SEs"], ABBREVIATIONS) == {
        "CI",
        "Q1",
        "Q3",
        "SE",
    }


def test_a_note_whose_letter_no_cell_carries_is_not_printed():
    marks = Marks()
    letter = marks.letter("said of a cell")
    marks.letter("said of a cell that was not printed")
    given = rows.context(rows.output_spec("model_table", "FPG"))
    row = Row((Cell("x", marks=(letter,)),))
    table = Table("t1", "Table 1", ("T",), "", (Column("L"),), (Block("", (row,)),),
                  assemble_notes(given, marks=marks), given.stamp)  # fmt: skip
    assert [note.printed for note in table.notes if note.mark] == ["[a] said of a cell"]


def test_the_lock_beside_open_queries_says_what_it_means():
    text = lock_meaning("hard", 48)
    assert text.startswith("State hard: the files are sealed by their checksums and do not change any more.")
    assert "48 queries to the site are still open: until there is an answer, results stand on" in text
    assert "1 query to the site is still open" in lock_meaning("soft", 1)
    assert lock_meaning("hard", 0).endswith("No query is open.")
    from unit.display.test_writers import listing

    table = listing("queries_listing", queries=rows.query_rows(3))
    assert any("3 queries to the site are still open" in note.printed for note in table.notes)


def test_outputs_of_a_primary_endpoint_say_so():
    spec = rows.output_spec("model_table", "HBA1C")
    assert "Primary endpoint" not in population_line(spec)
    primary = rows.endpoint_spec("HBA1C").model_copy(update={"primary": True})
    of_one = spec.model_copy(update={"endpoints": (primary,)})
    assert (
        population_line(of_one) == "Population: Full analysis set. Primary endpoint (primary visit: Month 6)"
    )
    of_all = rows.output_spec("key_results")
    assert primary_notes(of_all) == ()
    of_all = of_all.model_copy(update={"endpoints": (primary, *of_all.endpoints[1:])})
    assert primary_notes(of_all) == ("Primary endpoint: HbA1c at Month 6.",)
    table = rows.build("key_results", rows.context(of_all))
    assert any(note.printed == "Primary endpoint: HbA1c at Month 6." for note in table.notes)


def test_the_caveat_of_the_design_names_where_the_reader_sees_more():
    spec = rows.output_spec(
        "model_table", "HBA1C", see={"balance_table": "Table 14.1.6", "evalue_table": "Table 14.2.9.5"}
    )
    text = design_caveat(spec, "Comparisons are adjusted for baseline only")
    assert "they differ at baseline (Table 14.1.6)" in text
    assert text.endswith("Table 14.2.9.5 says how strong such a cause would have to be (E-value).")


def test_a_visit_of_nobody_prints_none_and_the_rest_as_not_estimable():
    table = rows.drop_visit(rows.result_table(["HBA1C"]), "HBA1C", "M3")
    nobody = table[table["statistic"] == "n"].iloc[:1]
    added = pd.concat(
        [nobody.assign(visit="M3", group=arm, value=0.0, n=0.0, result_id=f"HBA1C.PRIMARY.M3.{arm}.n")
         for arm in ("CELL", "STD")]
    )  # fmt: skip
    given = rows.context(
        rows.output_spec("model_table", "HBA1C"), pd.concat([table, added], ignore_index=True)
    )
    made = rows.build("model_table", given)
    (block,) = [one for one in made.blocks if one.heading == "Month 3"]
    assert [cell.text for cell in block.rows[0].cells] == ["n", "0", "0"]
    assert [cell.text for cell in block.rows[1].cells[1:]] == ["NE", "NE"]
    assert any(NO_VISIT in note.text for note in made.notes)


def test_the_profile_says_at_which_baseline_it_stands_and_from_which_means_it_counts():
    given = rows.context(rows.output_spec("lsmean_profile", "HBA1C"))
    spec, endpoint = given.spec, given.endpoint
    model, observed = given.results["model"], given.results["observed"]
    figure = rows.build("lsmean_profile", given)
    (point,), (means,) = baseline_notes(spec, endpoint, model), observed_baseline(spec, endpoint, observed)
    assert point == "Baseline at which LS means stand (mean in the model): 8.60 %."
    assert means == "Observed mean at baseline: BM-MNC + UC-MSC 8.50 %; Standard medicines 8.75 %."
    assert point in figure.heading.notes and means in figure.heading.notes


def test_the_effect_of_unstable_values_stands_under_the_model():
    table = rows.result_table(["HOMAB"])
    extra = [
        rows._row("HOMAB", "PRIMARY", "M6", "", "CELL-STD", f"stable.gmr{part}", value)
        for part, value in (("", 1.234), (".lower", 0.987), (".upper", 1.567))
    ]
    table = pd.concat([table, rows._frame(extra)], ignore_index=True)
    given = rows.context(rows.output_spec("model_table", "HOMAB"), table)
    text = (
        "The same model without the unstable values, GMR at Month 6: BM-MNC + UC-MSC to Standard medicines 1.23, "
        "95% CI (0.99, 1.57)."
    )
    assert stable_notes(given.spec, given.endpoint, given.results["model"]) == (text,)
    assert text in [note.text for note in rows.build("model_table", given).notes]
    assert stable_notes(*(lambda g: (g.spec, g.endpoint, g.results["model"]))(rows.context(given.spec))) == ()


def test_a_log_axis_has_three_ticks_at_least():
    assert len(log_ticks(0.35, 1.9)) >= 3
    assert log_ticks(0.35, 1.9) == pytest.approx([0.5, 0.7, 1.0, 1.5])
