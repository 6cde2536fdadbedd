"""Rules across outputs: a number printed twice is the same text twice."""

import math

import pandas as pd
import pytest

from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.wording import comparison_notes
from unit.analysis.build import mmrm_config, records, run
from unit.display import study_rows as rows
from unit.display.test_tables import build, printed


def of_study(template):
    """Return a study-wide output of all endpoints."""
    return rows.build(template, rows.context(rows.output_spec(template)))


@pytest.mark.parametrize("code", list(rows.ENDPOINTS))
def test_table_forest_and_key_results_print_one_interval(code):
    table, _ = build("model", code)
    is_log = rows.ENDPOINTS[code][5] == "log"
    interval = printed(table, "Month 6", "95% CI of the GMR" if is_log else "95% CI of the difference")[0]
    p_value = printed(table, "Month 6", "p-value")[0]
    row = of_study("forest").frame.set_index("endpoint").loc[code]
    assert interval in row["estimate_text"]
    assert row["p_text"] == p_value
    counts = printed(table, "Month 6", "n")
    assert row["n_text"] == " / ".join(counts)
    key = {r.cells[0].text: r for r in of_study("key_results").blocks[0].rows}[rows.ENDPOINTS[code][1]]
    assert (key.cells[3].text, key.cells[4].text) == (interval, p_value)


def test_table_forest_and_key_results_say_the_same_of_comparisons():
    table, _ = build("model", "HBA1C")
    lines = [
        {note.printed for note in table.notes},
        {note.printed for note in of_study("key_results").notes},
        set(of_study("forest").heading.notes),
    ]
    assert all(set(comparison_notes(rows.output_spec("forest"))) <= found for found in lines)


@pytest.mark.parametrize("code", ["HBA1C", "TNFA"])
def test_strip_and_table_count_the_same_subjects(code):
    table, _ = build("model", code)
    frame = rows.build("lsmean_profile", rows.context(rows.output_spec("lsmean_profile", code))).frame
    for heading, visit in (("Baseline (observed)", "BL"), ("Month 1", "M1"), ("Month 6", "M6")):
        counts = frame.loc[frame["visit"] == visit, "n"].tolist()
        assert printed(table, heading, "n") == [f"{count:.0f}" for count in counts]


@pytest.mark.parametrize("code", ["HBA1C", "TNFA"])
def test_figures_without_any_value_are_drawn_with_their_titles(code):
    nothing = rows.population_rows()
    plot = rows.build("lsmean_profile", rows.context(rows.output_spec("lsmean_profile", code), nothing))
    assert plot.frame["estimate"].map(math.isnan).all()
    spec = rows.output_spec("spaghetti", code)
    courses = rows.build("spaghetti", rows.context(spec, nothing, adlb=pd.DataFrame(columns=list(rows.ADLB))))
    with project_style():
        figure = plot.draw()
        figure.canvas.draw()
        courses.draw().canvas.draw()
    assert any("not estimated" in text.get_text() for text in figure.texts)


@pytest.mark.parametrize("rung", ["us", "ancova"])
def test_the_last_rung_as_the_analysis_writes_it_is_recognised(rung):
    outcome = run(records(), mmrm_config(covariance_ladder=[rung]))
    assert outcome.record["rung"] == rung
    (code,) = set(outcome.rows["endpoint"])
    assert Results(outcome.rows, {code: "PRIMARY"}).is_ancova(code) == (rung == "ancova")
