"""Rules across outputs: a number printed twice is the same text twice."""

import math

import pandas as pd
import pytest

from trial.analysis.model import fit_endpoint
from trial.display.figures.forest import forest_frame, forest_heading
from trial.display.figures.frame import project_style
from trial.display.figures.profile import draw_profile, profile_frame, profile_heading
from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading
from trial.display.key_results import build_key_table
from trial.display.provenance import read_stamp
from trial.display.results import Results
from trial.display.spec import parse_spec
from trial.display.wording import comparison_notes
from trial.endpoints.schema import ADLB
from unit.analysis.build import analysis, model_spec
from unit.display import study_rows as rows
from unit.display.test_tables import build, printed

SPEC = parse_spec(rows.spec_slice(""), "spec")
STAMP = read_stamp(rows.LOCK, SPEC.study, "scripts/x.py", "lock.json")
RESULTS = Results(pd.concat([rows.model_rows(code) for code in rows.ENDPOINTS], ignore_index=True))


@pytest.mark.parametrize("code", list(rows.ENDPOINTS))
def test_table_forest_and_key_results_print_one_interval(code):
    table, _ = build("model", code)
    is_log = rows.ENDPOINTS[code][5] == "log"
    interval = printed(table, "Month 6", "95% CI of the GMR" if is_log else "95% CI of the difference")[0]
    p_value = printed(table, "Month 6", "p-value")[0]
    row = forest_frame(SPEC, RESULTS).set_index("endpoint").loc[code]
    assert interval in row["estimate_text"]
    assert row["p_text"] == p_value
    counts = printed(table, "Month 6", "n")
    assert row["n_text"] == " / ".join(counts)
    key = {r.cells[0].text: r for r in build_key_table(SPEC, RESULTS, STAMP).blocks[0].rows}[
        rows.ENDPOINTS[code][1]
    ]
    assert (key.cells[3].text, key.cells[4].text) == (interval, p_value)


def test_table_forest_and_key_results_say_the_same_of_comparisons():
    table, _ = build("model", "HBA1C")
    lines = [
        {note.printed for note in table.notes},
        {note.printed for note in build_key_table(SPEC, RESULTS, STAMP).notes},
        set(forest_heading(SPEC, RESULTS, STAMP, "f14-2-0-1").notes),
    ]
    assert all(set(comparison_notes(SPEC)) <= found for found in lines)


@pytest.mark.parametrize("code", ["HBA1C", "TNFA"])
def test_strip_and_table_count_the_same_subjects(code):
    table, results = build("model", code)
    frame = profile_frame(SPEC, next(e for e in SPEC.endpoints if e.paramcd == code), results)
    for heading, visit in (("Baseline (observed)", "BL"), ("Month 1", "M1"), ("Month 6", "M6")):
        counts = frame.loc[frame["visit"] == visit, "n"].tolist()
        assert printed(table, heading, "n") == [f"{count:.0f}" for count in counts]


@pytest.mark.parametrize("code", ["HBA1C", "TNFA"])
def test_figures_without_any_value_are_drawn_with_their_titles(code):
    spec = parse_spec(rows.spec_slice(code), "spec")
    (endpoint,) = spec.endpoints
    results = Results(rows.population_rows())
    frame = profile_frame(spec, endpoint, results)
    assert frame["estimate"].map(math.isnan).all()
    heading = profile_heading(spec, endpoint, results, "Model.", STAMP, "f14-2-1-1")
    courses = spaghetti_frame(spec, endpoint, pd.DataFrame(columns=list(ADLB)), results)
    with project_style():
        figure = draw_profile(spec, endpoint, frame, heading)
        figure.canvas.draw()
        other = spaghetti_heading(spec, endpoint, results, STAMP, "f14-2-1-4")
        draw_spaghetti(spec, endpoint, courses, other).canvas.draw()
    assert any("not estimated" in text.get_text() for text in figure.texts)


def test_the_last_rung_as_the_analysis_writes_it_is_recognised():
    for rung in ("us", "ancova"):
        spec = model_spec(ladder=(rung,))
        fitted = fit_endpoint(analysis(), spec)
        assert fitted.record["rung"] == rung
        assert Results(fitted.rows).is_ancova(spec.paramcd) == (rung == "ancova")
