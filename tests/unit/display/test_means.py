"""Observed means: marks of the drawing and of the SVG against the results, gaps, what the interval is."""

import math

import numpy as np
import pytest

from trial.display.wording import NULL_REPORT
from unit.display import study_rows as rows
from unit.display.study_figures import find, marks_in_svg, means, svg_of, value_of
from unit.display.test_below_limit import WORDS


def notes_of(figure):
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize(("code", "name"), [("HBA1C", "AVAL.mean"), ("CPEP", "AVAL.geomean")])
@pytest.mark.parametrize("arms", [rows.ARMS[1:], rows.ARMS, rows.THREE_ARMS])
def test_marks_are_the_observed_results_at_every_visit(code, name, arms):
    figure, frame, results = means(code, arms)
    svg = svg_of(figure)
    visits = [visit for visit, _, _ in rows.VISITS]
    for arm, _ in arms:
        mine = frame[frame["arm"] == arm]
        expected = [value_of(results, f"{code}.OBSERVED.{visit}.{arm}.{name}") for visit in visits]
        assert find(figure, f"profile-{arm}").get_ydata().tolist() == expected == mine["estimate"].tolist()
        ends = find(figure, f"interval-{arm}").get_segments()
        for visit, segment in zip(visits, ends, strict=True):
            place = f"{code}.OBSERVED.{visit}.{arm}.{name}"
            assert segment[:, 1] == pytest.approx(
                [value_of(results, f"{place}.{end}") for end in ("lower", "upper")]
            )
        seen = marks_in_svg(svg, figure, f"profile-{arm}")
        assert seen[:, 1] == pytest.approx(expected, abs=2e-3)
        assert mine["n"].tolist() == [value_of(results, f"{code}.OBSERVED.{v}.{arm}.AVAL.n") for v in visits]
    axis = find(figure, f"profile-{arms[0][0]}").axes
    assert axis.get_yscale() == ("log" if code == "CPEP" else "linear")


def test_the_title_and_the_notes_say_what_is_drawn():
    plain, ratio = (notes_of(means(code)[0]) for code in ("HBA1C", "CPEP"))
    assert "HbA1c (%): observed mean with 95% CI by visit" in plain
    assert "bars: 95% CI, by t with n − 1 degrees of freedom (not SE, not SD)" in plain
    assert "C-peptide (ng/mL): observed geometric mean with 95% CI by visit" in ratio
    assert "bars: 95% CI of ln values, taken back" in ratio


def test_no_line_crosses_a_visit_without_a_mark():
    def drop(table):
        place = (table["analysis"] == "OBSERVED") & (table["visit"] == "M1") & (table["group"] == "CELL")
        return table[~place]

    figure, _, _ = means("HBA1C", change=drop)
    line = find(figure, "profile-CELL")
    # The place of the visit is kept without a value: the line breaks there.
    assert np.isnan(line.get_ydata()[1]) and len(line.get_ydata()) == 4
    assert not np.isnan(find(figure, "profile-STD").get_ydata()).any()
    assert "no mark:" not in notes_of(figure)


def test_a_withheld_mean_leaves_a_gap_where_there_are_values_and_says_why():
    def hide(table):
        chosen = table["result_id"].str.startswith("TNFA.OBSERVED.M6.CELL.AVAL.geomean")
        table.loc[chosen, ["value", "error"]] = [math.nan, WORDS]
        return table

    figure, frame, _ = means("TNFA", change=hide)
    assert frame.set_index(["arm", "visit"])["estimate"].isna().sum() == 1
    assert f"Warning: no mark: {WORDS} (BM-MNC + UC-MSC, Month 6)" in notes_of(figure)
    assert "Half the limit stands for a value below" in notes_of(figure)


def test_the_warning_of_a_mean_is_said_with_its_place():
    def warn(table):
        table.loc[table["result_id"] == "HOMAB.OBSERVED.M6.STD.AVAL.geomean", "warning"] = "one is unstable."
        return table

    assert "Warning: one is unstable. (Standard medicines, Month 6)" in notes_of(
        means("HOMAB", change=warn)[0]
    )


def test_without_a_level_there_are_marks_without_bars():
    def bare(table):
        gone = table["statistic"].isin(["level", "AVAL.mean.lower", "AVAL.mean.upper"])
        return table[~((table["analysis"] == "OBSERVED") & gone)]

    figure, frame, _ = means("HBA1C", change=bare)
    assert frame["lower"].isna().all() and frame["estimate"].notna().all()
    assert "CI" not in notes_of(figure)


def test_an_endpoint_without_values_leaves_the_line_of_an_empty_output():
    def empty(table):
        chosen = (table["analysis"] == "OBSERVED") & (table["visit"] != "")
        table.loc[chosen, ["value", "error"]] = [math.nan, "no values"]
        counts = chosen & table["statistic"].str.endswith(".n")
        table.loc[counts, ["value", "error"]] = [0.0, ""]
        return table

    figure, frame, _ = means("HBA1C", change=empty)
    assert frame.empty
    assert NULL_REPORT in notes_of(figure)
