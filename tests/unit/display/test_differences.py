"""Differences by visit: marks of the drawing and of the SVG against the results, sides, what is absent."""

import math

import pytest
from matplotlib.colors import to_rgb

from trial.display.figures.frame import QUIET
from trial.display.spec import Average
from trial.display.wording import NULL_REPORT
from unit.display import study_rows as rows
from unit.display.study_figures import differences, find, marks_in_svg, svg_of, value_of
from unit.display.test_below_limit import WORDS, withheld

LATER = ("M1", "M3", "M6")


def texts_of(figure):
    found = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in found]


@pytest.mark.parametrize(("code", "name"), [("HBA1C", "diff"), ("CPEP", "gmr")])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_every_mark_is_its_result_on_the_printed_scale(code, name, arms):
    figure, frame, results = differences(code, arms)
    svg = svg_of(figure)
    assert len(frame) == len(LATER) * (len(arms) - 1)
    for arm, _ in arms[:-1]:
        for visit in LATER:
            place = f"{code}.PRIMARY.{visit}.{arm}-STD.{name}"
            value, lower, upper = (value_of(results, f"{place}{end}") for end in ("", ".lower", ".upper"))
            mark = find(figure, f"difference-{visit}-{arm}")
            assert mark.get_xdata()[0] == value
            (segment,) = find(figure, f"interval-{visit}-{arm}").get_segments()
            assert segment[:, 0] == pytest.approx([lower, upper])
            seen = marks_in_svg(svg, figure, f"difference-{visit}-{arm}")
            assert seen[0, 0] == pytest.approx(value, abs=1e-3)
            row = frame[(frame["arm"] == arm) & (frame["visit"] == visit)].iloc[0]
            assert (row["x"], row["lower"], row["upper"]) == (value, lower, upper)
            assert row["estimate_result_id"].split() == [place, f"{place}.lower", f"{place}.upper"]
            assert mark.get_marker() == ("s" if visit == "M6" else "o")
    axis = find(figure, "difference-M6-CELL").axes
    assert axis.get_xscale() == ("log" if name == "gmr" else "linear")
    null = [line for line in axis.lines if set(line.get_xdata()) == {1.0 if name == "gmr" else 0.0}]
    assert len(null) == 1


def test_texts_of_a_visit_stand_beside_its_mark():
    figure, frame, _ = differences("HBA1C")
    axis = find(figure, "difference-M1-CELL").axes
    row = frame.set_index("visit").loc["M1"]
    assert row["estimate_text"] == "−0.20 (−0.60, 0.20)"
    assert row["n_text"] == "29 / 30"
    y = find(figure, "difference-M1-CELL").get_ydata()[0]
    beside = {text.get_text() for text in axis.texts if text.get_position()[1] == pytest.approx(y)}
    assert {"Month 1", row["estimate_text"], row["p_text"], row["n_text"]} <= beside


@pytest.mark.parametrize(
    ("code", "left", "right"),
    [("HBA1C", "BM-MNC + UC-MSC", "Standard medicines"), ("CPEP", "Standard medicines", "BM-MNC + UC-MSC")],
)
def test_each_side_names_the_arm_that_it_favours(code, left, right):
    found = texts_of(differences(code)[0])
    assert f"← favours {left}" in found
    assert f"favours {right} →" in found
    assert not [text for text in texts_of(differences("INS")[0]) if "favours" in text]


def test_averages_stand_below_the_visits_as_diamonds():
    average = Average(code="LATE", label="Months 3 and 6", visits=("M3", "M6"))
    model = rows.shown_analysis("model", ["HBA1C"], averages=(average,))

    def add(table):
        more = table[(table["analysis"] == "PRIMARY") & (table["visit"] == "M6")].assign(visit="LATE")
        more["result_id"] = more["result_id"].str.replace(".M6.", ".LATE.", regex=False)
        return rows.pd.concat([table, more], ignore_index=True)

    figure, frame, _ = differences("HBA1C", change=add, roles={"model": (model,)})
    assert frame["visit"].tolist() == [*LATER, "LATE"]
    assert find(figure, "difference-LATE-CELL").get_marker() == "D"
    notes = " ".join(texts_of(figure))
    assert "diamonds for averages over visits" in notes
    assert "Months 3 and 6: mean over Month 3, Month 6" in notes
    assert "diamonds" not in " ".join(texts_of(differences("HBA1C")[0]))


def test_an_endpoint_that_is_detectability_only_has_open_grey_marks_and_no_p_value():
    figure, frame, _ = differences("IL1B", change=withheld("IL1B"))
    for visit in LATER:
        mark = find(figure, f"difference-{visit}-CELL")
        assert to_rgb(mark.get_markerfacecolor()) == (1, 1, 1)
        assert to_rgb(mark.get_markeredgecolor()) == to_rgb(QUIET)
    assert set(frame["p_text"]) == {"withheld"}
    notes = " ".join(texts_of(figure))
    assert notes.count(WORDS) == 1
    assert "Open grey marks" in notes and "Open grey" not in " ".join(texts_of(differences("IL1B")[0]))


def test_an_absent_estimate_has_no_mark_and_its_reason():
    def spoil(table):
        chosen = table["result_id"].str.startswith("HBA1C.PRIMARY.M3.CELL-STD")
        table.loc[chosen, ["value", "error"]] = [math.nan, "no rung is accepted"]
        return table

    figure, frame, _ = differences("HBA1C", change=spoil)
    assert frame.set_index("visit").loc["M3", ["estimate_text", "p_text"]].tolist() == ["NE", "NE"]
    assert not [one for one in figure.findobj() if one.get_gid() == "difference-M3-CELL"]
    notes = " ".join(texts_of(figure))
    assert "not estimable: no rung is accepted" in notes and "NE: not estimable" in notes


def test_one_arm_or_no_model_leaves_the_line_of_an_empty_output_with_the_reason():
    alone, frame, _ = differences("HBA1C", rows.ARMS[1:])
    assert frame.empty and NULL_REPORT in texts_of(alone)
    assert any("the study has one arm" in text for text in texts_of(alone))

    def unfitted(table):
        kept = table[(table["analysis"] != "PRIMARY") | (table["statistic"] == "n_obs")].copy()
        kept.loc[kept["statistic"] == "n_obs", ["value", "warning"]] = [0.0, "No record to analyse."]
        return kept

    figure, frame, _ = differences("HBA1C", change=unfitted)
    assert frame.empty and NULL_REPORT in texts_of(figure)
    assert any("No record to analyse." in text for text in texts_of(figure))
