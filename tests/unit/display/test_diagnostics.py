"""The diagnostics sheet: marks read back from the SVG against its data, and the data against the results."""

import json

import numpy as np
import pandas as pd
import pytest

from trial.display.wording import NULL_REPORT
from trial.study.files import json_text
from unit.analysis import build as small
from unit.display import appendix_outputs as outputs
from unit.display.study_figures import find, marks_in_svg, svg_of

THREE = ("ACT", "MID", "REF")


def panel(plot, name):
    return plot.frame[plot.frame["panel"] == name]


@pytest.mark.parametrize("codes", [("ACT", "REF"), THREE])
@pytest.mark.parametrize("log", [False, True])
def test_marks_are_the_residuals_of_the_record(codes, log):
    outcome = outputs.diagnosed(codes, log)
    figure, plot = outputs.figure(outcome, codes=codes, log=log)
    svg, points = svg_of(figure), pd.DataFrame(json.loads(json_text(outcome.record))["points"])
    for code in codes:
        mine = points[points["ARMCD"] == code]
        for gid, x in ((f"residuals-{code}", "fitted"), (f"quantiles-{code}", "middle")):
            found = marks_in_svg(svg, figure, gid)
            span = np.ptp(points[[x, "whitened"]].to_numpy(), axis=0)
            np.testing.assert_allclose(found / span, mine[[x, "whitened"]].to_numpy() / span, atol=1e-4)
    assert len(panel(plot, "residual")) == len(panel(plot, "quantile")) == len(points)


@pytest.mark.parametrize("by_arm", [False, True])
def test_spreads_and_bars_are_results(by_arm):
    outcome = outputs.diagnosed(sigma_by_arm=by_arm)
    figure, plot = outputs.figure(outcome)
    values = dict(zip(outcome.rows["result_id"], outcome.rows["value"], strict=True))
    rows = panel(plot, "spread")
    assert len(rows) == 4
    for row in rows.itertuples():
        ids = row.result_id.split()
        assert [row.y, row.lower, row.upper, row.x] == [values[each] for each in ids]
        mark = find(figure, f"spread-{row.arm}-{row.visit}")
        assert mark.get_ydata()[0] == row.y
        (low, high) = find(figure, f"spread-interval-{row.arm}-{row.visit}").get_segments()[0][:, 1]
        assert (low, high) == pytest.approx((row.lower, row.upper))
        assert set(find(figure, f"model-{row.arm}-{row.visit}").get_ydata()) == {row.x}
    bars = rows.groupby("visit")["x"].nunique()
    assert set(bars) == ({2} if by_arm else {1})


def test_influence_is_drawn_against_leverage_and_named():
    outcome = outputs.diagnosed()
    figure, plot = outputs.figure(outcome)
    rows = panel(plot, "influence")
    values = dict(zip(outcome.rows["result_id"], outcome.rows["value"], strict=True))
    named = rows[rows["named"] != ""]
    assert sorted(named["named"]) == sorted(outcome.record["named"]["M3"]["ACT-REF"])
    assert all(values[row.result_id] == row.y for row in named.itertuples())
    for code in ("ACT", "REF"):
        mine = rows[rows["arm"] == code]
        found = marks_in_svg(svg_of(figure), figure, f"influence-{code}")
        span = np.ptp(rows[["x", "y"]].to_numpy(float), axis=0)
        np.testing.assert_allclose(found / span, mine[["x", "y"]].to_numpy(float) / span, atol=1e-4)
    texts = {text.get_text() for axis in figure.axes for text in axis.texts}
    assert set(named["named"]) <= texts
    mean = find(figure, "mean-leverage").get_xdata()[0]
    assert mean == values["FPG.DIAGNOSTICS.all.all.leverage.mean"]
    assert rows["x"].sum() == pytest.approx(6)


def test_several_comparisons_have_marks_of_their_own():
    outcome = outputs.diagnosed(THREE)
    figure, plot = outputs.figure(outcome, codes=THREE)
    rows = panel(plot, "influence")
    assert set(rows["comparison"]) == {"ACT-REF", "MID-REF"} and len(rows) == 2 * 36
    for code in ("ACT", "MID"):
        assert len(find(figure, f"influence-{code}").get_xdata()) == 36
    assert any("compared arm" in note for note in plot.heading.notes)


def test_far_residuals_are_named_and_counted():
    data = small.records(seed=3)
    odd = (data["USUBJID"] == "ACT05") & (data["AVISIT"] == "M3")
    data.loc[odd, ["AVAL", "CHG"]] += 15.0
    outcome = outputs.diagnosed(data=data)
    figure, plot = outputs.figure(outcome)
    named = panel(plot, "residual").query("named != ''")
    assert "ACT05" in set(named["named"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("ACT05") == (named["named"] == "ACT05").sum() == 1
    summary = panel(plot, "summary").set_index("named")["y"]
    outside = int(summary["qq.outside"])
    assert outside > 0 and any(f"outside it: {outside}." in note for note in plot.heading.notes)
    assert f"{outside} of 48 residuals outside the band" in plot.alt and "(ACT05)" in plot.alt


def test_names_do_not_cover_one_another():
    figure, _ = outputs.figure(outputs.diagnosed())
    figure.canvas.draw()
    for axis in figure.axes:
        boxes = [text.get_window_extent() for text in axis.texts if text.get_text()]
        for at, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[at + 1 :])


def test_the_band_is_that_of_the_record():
    outcome = outputs.diagnosed()
    figure, _ = outputs.figure(outcome)
    (path,) = find(figure, "band").get_paths()
    points = pd.DataFrame(outcome.record["points"])
    for name in ("lower", "upper"):
        assert np.isin(points[name].round(9), path.vertices[:, 1].round(9)).all()


def test_every_named_result_exists():
    outcome = outputs.diagnosed()
    _, plot = outputs.figure(outcome)
    assert set(plot.result_ids) <= set(outcome.rows["result_id"]) and len(plot.result_ids) > 15
    assert "NE" not in plot.alt and "SD of residuals at Month 1: Active cells 1." in plot.alt


def test_an_ancova_of_each_visit_says_what_its_residuals_are():
    outcome = outputs.diagnosed(covariance_ladder=["ancova"])
    _, plot = outputs.figure(outcome)
    assert any("analyses of each visit share no covariance" in note for note in plot.heading.notes)
    assert panel(plot, "spread")["x"].notna().all()


def test_without_a_model_the_sheet_is_empty_and_says_why():
    data = small.records()
    figure, plot = outputs.figure(outputs.diagnosed(data=data[data["ABLFL"] == "Y"]))
    assert plot.frame.empty and NULL_REPORT in plot.alt
    assert any("Not fitted" in note for note in plot.heading.notes)
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == [NULL_REPORT]


def test_without_comparisons_the_panel_of_influence_says_so():
    figure, plot = outputs.figure(outputs.diagnosed(without=True))
    assert panel(plot, "influence").empty
    assert "No comparison of arms" in [text.get_text() for text in figure.axes[3].texts]


def test_subjects_without_a_change_are_named_in_a_note():
    data = small.records(per_arm=3, seed=2)
    reach = ["ACT00", "REF00", "ACT01", "REF01"]
    kept = data[(data["AVISIT"] != "M3") | data["USUBJID"].isin(reach)]
    _, plot = outputs.figure(outputs.diagnosed(data=kept, covariance_ladder=["ancova"]))
    assert set(panel(plot, "influence")["subject"]) == {"ACT02", "REF02"}
    assert any(
        note.endswith("without the subject: ACT00, ACT01, REF00, REF01.") for note in plot.heading.notes
    )
