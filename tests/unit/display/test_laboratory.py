"""Tables, figures and listings of the safety laboratory, made of the results of the analysis itself."""

import numpy as np
import pandas as pd
import pytest

from trial.display.context import Context
from trial.display.figures.frame import project_style
from trial.display.laboratory import ROLE
from trial.display.results import Results
from trial.display.spec import Population
from trial.study.ard import result_rows
from unit.analysis import test_laboratory as small
from unit.analysis.test_laboratory import BEFORE, LATER, ROWS, data_of, run, sections
from unit.display import study_rows as rows
from unit.endpoints.test_safety import RULES, section

ARMS = [("ACT", "Active"), ("REF", "Reference")]
VISITS = [("BL", "Baseline", 0), ("M1", "Month 1", 1), ("M3", "Month 3", 3)]
IDS = {
    "laboratory_values": "t14-3-4-1", "laboratory_shift": "t14-3-4-2", "laboratory_grades": "t14-3-4-3",
    "laboratory_marked": "t14-3-4-4", "liver_peaks": "f14-3-4-1", "laboratory_courses": "f14-3-4-2",
    "hys_law_listing": "l14-3-4-1", "laboratory_abnormal_listing": "l14-3-4-2", "laboratory_listing": "l16-2-8",
}  # fmt: skip
NOTHING = [("A1", "GLUC", 5.0, LATER)]  # of no parameter


def build(template, given=None, described=None, members=(3, 2), arms=ARMS):
    """Return an output of the small laboratory."""
    described = described or sections()
    given = ROWS if given is None else given
    _, outcome = run(given, described)
    shared = {
        "population": Population(flag="SAFFL", label="Safety set"),
        "treatment": "TRT01A",
        "endpoints": (),
    }
    counts = rows.shown_analysis("counts", [], id="SIZE", **shared)
    labs = rows.shown_analysis("counts", [], id="LAB", **shared)
    roles = {ROLE: (labs,)} | ({"counts": (counts,)} if "counts" in rows.template_of(template).roles else {})
    spec = rows.output_spec(template, arms=arms, visits=VISITS, id=IDS[template], roles=roles)
    sizes = result_rows(
        {"analysis": "SIZE", "group": arm, "statistic": "N", "value": float(n), "n": float(n), "method": "SAFFL"}
        for (arm, _), n in zip(arms, members, strict=False)
    )  # fmt: skip
    results = {"counts": Results(sizes, {"": "SIZE"}), ROLE: Results(outcome.rows, {"": "LAB"})}
    stamp = rows.stamp_of(spec.study)
    data = {"adlbsaf": data_of(given, described)}
    context = Context(spec, stamp, results, {}, {ROLE: (outcome.record,), "counts": ({},)}, data)
    return rows.build(template, context)


def texts(table, block):
    (found,) = [part for part in table.blocks if part.heading == block]
    return [[cell.text for cell in row.cells] for row in found.rows]


def notes(table):
    return " ".join(note.text for note in table.notes)


def test_the_shift_table_prints_every_stratum_and_every_zero():
    table = build("laboratory_shift")
    assert texts(table, "ALT (U/L), highest value after baseline: Active (N=3)") == [
        ["Low", "0", "0", "0", "0", "0"],
        ["Normal", "1", "0", "0", "1 (100%)", "0"],
        ["High", "1", "0", "0", "0", "1 (100%)"],
        ["Missing", "1", "0", "0", "1 (100%)", "0"],
    ]
    assert texts(table, "ALT (U/L), lowest value after baseline: Active (N=3)")[1] == [
        "Normal", "1", "0", "1 (100%)", "0", "0",
    ]  # fmt: skip
    assert [column.group for column in table.columns] == ["", "", *["Worst after baseline"] * 4]
    assert "% of the stratum" in notes(table)
    assert "by the study: ALT, BILI." in notes(table)
    assert "No results: AST." in notes(table)


def test_a_study_without_limits_says_so(monkeypatch):
    none = {"ANRLO": np.nan, "ANRHI": np.nan, "ANRSRC": ""}
    monkeypatch.setattr(small, "BOTH", none)
    described = section("ALT", "AST", "BILI")
    given = [("A1", "ALT", 30.0, BEFORE), ("A1", "ALT", 500.0, LATER)]
    table = build("laboratory_shift", given, described)
    assert table.is_empty
    assert "Without any limits, and not shown: ALT." in notes(table)
    assert "Results without limits: ALT 2." in notes(table)
    listing = build("laboratory_listing", given, described)
    assert [row.cells[7].text for row in listing.blocks[0].rows] == ["", ""]


def test_grades_that_a_number_does_not_decide_have_a_dash():
    table = build("laboratory_grades")
    assert texts(table, "ALT (U/L), raised: Active (N=3)") == [
        ["All", "3", "0", "1 (33.3%)", "1 (33.3%)", "–", "–", "1 (33.3%)"],
        ["Within the limit", "1", "0", "0", "1 (100%)", "–", "–", "0"],
        ["Beyond the limit", "1", "0", "0", "0", "–", "–", "1 (100%)"],
        ["Missing", "1", "0", "1 (100%)", "0", "–", "–", "0"],
    ]
    assert "Grades: a source. ALT: 1: > ULN; 2: > 3 × ULN. ALT: 1: < LLN." in notes(table)


def test_marked_bounds_print_their_own_denominators():
    table = build("laboratory_marked")
    assert texts(table, "ALT (U/L)") == [
        ["> 3 × ULN", "1/2 (50.0%)", "0/1"],
        ["> 2 × baseline", "1/1 (100%)", "0/1"],
    ]


def test_values_by_visit_leave_out_visits_without_results():
    table = build("laboratory_values")
    assert [part.heading for part in table.blocks] == [
        "ALT (U/L): Baseline", "ALT (U/L): Month 1", "ALT (U/L): Month 3", "BILI (U/L): Month 1",
    ]  # fmt: skip
    assert texts(table, "ALT (U/L): Baseline")[:2] == [
        ["n", "2", "", "1", ""],
        ["Mean (SD)", "37.50 (10.607)", "", "NE", ""],
    ]
    assert texts(table, "ALT (U/L): Month 3")[0] == ["n", "1", "1", "0", "0"]
    assert texts(table, "ALT (U/L): Month 3")[2] == ["Median", "35.00", "5.00", "", ""]


def test_the_listing_has_every_result_with_flag_limits_and_place():
    table = build("laboratory_listing")
    assert sum(len(part.rows) for part in table.blocks) == len(ROWS)
    assert [part.heading for part in table.blocks] == ["Active", "Reference"]
    found = {(row.cells[0].text, row.cells[3].text, row.cells[1].text): row for row in table.blocks[0].rows}
    cells = [cell.text for cell in found["A1", LATER, "ALT (U/L)"].cells]
    assert cells == [
        "A1", "ALT (U/L)", "Month 1", LATER, "31", "130.0", "10.0 – 40.0 †", "H", "3.25", "2", "30.0", "100.0", "f.csv, row 2",
    ]  # fmt: skip
    assert found["A1", BEFORE, "ALT (U/L)"].cells[2].text == "Baseline (B)"
    assert any(row.cells[0].text == "X1*" for row in table.blocks[1].rows)
    assert table.titles[1] == f"{len(ROWS)} results, 6 of them outside the limits of normal"


def test_a_result_without_a_value_is_listed_as_reported_with_the_reason(monkeypatch):
    monkeypatch.setattr(small, "BOTH", {"SPECIMEN": "URINE"})
    table = build("laboratory_listing", [("A1", "ALT", 50.0, LATER)])
    (row,) = table.blocks[0].rows
    assert [cell.text for cell in row.cells][2:8] == [
        "not used: SPECIMEN_EXCLUDED",
        LATER,
        "31",
        "50.0",
        "≤ 40.0 †",
        "",
    ]


def test_a_grade_of_the_other_side_is_not_shown():
    """A high glucose has no grade of hypoglycaemia, and not grade 0 of anything."""
    low = {"criteria": [small.LOW]}
    described = section("ALT", "AST", "BILI", ALT=low)
    table = build("laboratory_listing", described=described)
    grades = {row.cells[5].text: row.cells[9].text for part in table.blocks for row in part.rows}
    assert [grades[value] for value in ("130.0", "5.0", "35.0")] == ["", "1", "0"]


def test_the_listing_of_abnormal_results_holds_those_after_baseline():
    table = build("laboratory_abnormal_listing")
    found = [
        (row.cells[0].text, row.cells[5].text, row.cells[7].text)
        for part in table.blocks
        for row in part.rows
    ]
    assert found == [
        ("A1", "130.0", "H"), ("A1", "50.0", "H"), ("A3", "41.0", "H"), ("R1", "5.0", "L"), ("X1*", "900.0", "H"),
    ]  # fmt: skip


def test_counts_of_the_tables_agree_with_the_listings():
    listing, shift = build("laboratory_abnormal_listing"), build("laboratory_shift")
    for arm in ("Active", "Reference"):
        (part,) = [one for one in listing.blocks if one.heading == arm]
        high = {
            row.cells[0].text
            for row in part.rows
            if row.cells[1].text == "ALT (U/L)" and row.cells[7].text == "H"
        }
        (block,) = [
            one
            for one in shift.blocks
            if one.heading.startswith("ALT (U/L), highest") and f": {arm} (" in one.heading
        ]
        total = sum(int(row.cells[4].text.split(" ")[0]) for row in block.rows)
        assert total == len({name for name in high if not name.endswith("*")})


def test_candidates_of_hys_law_have_their_whole_course():
    table = build("hys_law_listing")
    assert table.titles[1] == "Candidates: 1"
    assert [[cell.text for cell in row.cells] for row in table.blocks[0].rows] == [
        ["A1", "Baseline (B)", BEFORE, "−29", "30.0 (0.75)", "", ""],
        ["A1", "Month 1", LATER, "31", "130.0 (3.25)*", "", "50.0 (2.50)*"],
        ["A1", "Month 3", "2020-05-15", "75", "35.0 (0.88)", "", ""],
    ]
    assert "at most 30 days apart" in notes(table)
    assert "Alkaline phosphatase is not among the tests" in notes(table)


def test_no_candidate_is_an_empty_output_with_its_rule():
    table = build("hys_law_listing", [("A1", "ALT", 119.0, LATER), ("A1", "BILI", 50.0, LATER)])
    assert table.is_empty
    assert table.titles[1] == "Candidates: 0"
    assert "at least 3 × ULN" in notes(table)


def test_a_pair_set_aside_is_counted_below_the_listing():
    rules = RULES | {"alkaline_phosphatase": "ALP"}
    described = section("ALT", "AST", "BILI", "ALP", hys_law=rules)
    day = LATER
    table = build(
        "hys_law_listing",
        [("A1", "ALT", 200.0, day), ("A1", "BILI", 50.0, day), ("A1", "ALP", 300.0, day)],
        described,
    )
    assert table.is_empty
    assert "subjects with such pairs only: Active 1, Reference 0" in notes(table)


def drawn(plot):
    with project_style():
        return plot.draw()


def lines(figure, prefix):
    """Return the marks of a figure by gid."""
    found = [line for axis in figure.axes for line in axis.lines]
    return {line.get_gid(): line for line in found if str(line.get_gid()).startswith(prefix)}


def test_the_plot_of_peaks_shows_subjects_where_their_ratios_are():
    plot = build("liver_peaks")
    figure = drawn(plot)
    marks = lines(figure, "peaks-")
    assert set(marks) == {"peaks-ALT-ACT", "peaks-ALT-REF"}
    np.testing.assert_allclose(marks["peaks-ALT-ACT"].get_xdata(), [3.25])
    np.testing.assert_allclose(marks["peaks-ALT-ACT"].get_ydata(), [2.5])
    assert [axis.get_xscale() for axis in figure.axes] == ["log", "log"]
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert sorted(float(np.ravel(line.get_data())[0]) for line in dashed)[-1] == 3.0
    counts = plot.frame[plot.frame["mark"] == "count"]
    assert counts.loc[(counts["arm"] == "ACT") & (counts["parameter"] == "ALT"), "n"].tolist() == [1, 0, 0, 0]
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "Range of Hy's law\nn: 1 / 0" in words
    assert "A1" in words  # outside the quadrant of neither
    assert "ALT, Range of Hy's law: Active 1 of 1; Reference 0 of 1" in plot.alt


def test_the_courses_show_every_result_and_the_medians_of_the_table():
    plot = build("laboratory_courses")
    figure = drawn(plot)
    courses, medians = lines(figure, "course-"), lines(figure, "median-")
    assert courses["course-ALT-A1"].get_ydata().tolist() == [30.0, 130.0, 35.0]
    assert medians["median-ALT-ACT"].get_ydata().tolist() == [37.5, 85.5, 35.0]
    limits = plot.frame[plot.frame["mark"] == "limit"]
    assert limits[["parameter", "value", "limit"]].to_numpy().tolist() == [
        ["ALT", 40.0, "ULN"], ["ALT", 10.0, "LLN"], ["BILI", 20.0, "ULN"],
    ]  # fmt: skip
    assert "X1" not in set(plot.frame["subject"])
    assert "median of Active: 37.50 at Baseline, 85.50 at Month 1, 35.00 at Month 3" in plot.alt


@pytest.mark.parametrize(
    "template", [name for name in IDS if name not in ("liver_peaks", "laboratory_courses")]
)
def test_without_any_result_the_tables_are_empty_outputs(template):
    table = build(template, NOTHING)
    assert table.is_empty
    if rows.template_of(template).kind == "table":
        assert "No results: ALT, AST, BILI." in notes(table)


@pytest.mark.parametrize("template", ["liver_peaks", "laboratory_courses"])
def test_without_any_result_the_figures_are_still_drawn(template):
    plot = build(template, NOTHING)
    assert drawn(plot).get_size_inches()[0] > 0
    assert isinstance(plot.frame, pd.DataFrame)


def test_without_rules_of_hys_law_the_plot_says_that_there_is_none():
    described = section("ALT", "AST", "BILI")
    plot = build("liver_peaks", described=described)
    assert plot.frame.empty
    assert "Null Report" in plot.alt
    assert "declares no rule" in notes(build("hys_law_listing", described=described))
