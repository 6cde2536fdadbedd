"""The LS-mean profile: marks of the drawing and of the SVG against the data file and the results."""

import math

import numpy as np
import pytest

from unit.display import study_rows as rows
from unit.display.study_figures import find, marks_in_svg, profile, spaghetti, svg_of, value_of


@pytest.mark.parametrize("code", ["HBA1C", "CPEP"])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_profile_marks_are_the_estimates_of_the_results(code, arms):
    figure, frame, results = profile(code, arms)
    svg = svg_of(figure)
    name = "ratio" if code == "CPEP" else "lsmean"
    for arm, _ in arms:
        later = frame[(frame["arm"] == arm) & (frame["visit"] != "BL")]
        expected = [value_of(results, f"{code}.PRIMARY.{visit}.{arm}.{name}") for visit in later["visit"]]
        drawn = find(figure, f"profile-{arm}").get_xydata()
        assert drawn[:, 1].tolist() == expected == later["estimate"].tolist()
        assert drawn[:, 0].tolist() == later["x"].tolist()
        segments = find(figure, f"interval-{arm}").get_segments()
        for visit, segment in zip(later["visit"], segments, strict=True):
            ends = [
                value_of(results, f"{code}.PRIMARY.{visit}.{arm}.{name}.{end}") for end in ("lower", "upper")
            ]
            assert segment[:, 1] == pytest.approx(ends)
        seen = marks_in_svg(svg, figure, f"profile-{arm}")
        assert seen[:, 1] == pytest.approx(expected, abs=1e-4)
        assert seen[:, 0] == pytest.approx(later["x"].to_numpy(), abs=0.01)


def test_profile_data_name_the_result_of_every_number():
    _, frame, results = profile("CPEP")
    for column in ("estimate", "lower", "upper", "n"):
        for value, result_id in zip(frame[column], frame[f"{column}_result_id"], strict=True):
            assert math.isnan(value) if result_id == "" else value == value_of(results, result_id)
    assert frame["estimate_result_id"].ne("").sum() == 6
    assert frame["n_result_id"].ne("").all()


@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
@pytest.mark.parametrize("visits", [rows.VISITS, rows.MANY_VISITS])
def test_strip_counts_stand_under_their_visits(arms, visits):
    figure, frame, _ = profile("HBA1C", arms, visits)
    axis = find(figure, f"profile-{arms[0][0]}").axes
    strip = find(figure, "strip")
    assert strip.get_xlim() == axis.get_xlim()
    assert np.allclose(strip.get_position().intervalx, axis.get_position().intervalx)
    for arm, _ in arms:
        texts = [artist for artist in figure.findobj() if artist.get_gid() == f"n-{arm}"]
        part = frame[frame["arm"] == arm]
        assert [text.get_text() for text in texts] == [f"{n:.0f}" for n in part["n"]]
        assert [text.get_position()[0] for text in texts] == part["day"].tolist()


def test_visits_stand_at_their_target_days_and_marks_of_a_visit_do_not_share_a_place():
    figure, frame, _ = profile("HBA1C", rows.THREE_ARMS)
    axis = find(figure, "profile-CELL").axes
    assert axis.get_xticks().tolist() == [0, 30, 90, 180]
    places = frame.groupby("visit")["x"].nunique()
    assert (places == 3).all()
    assert np.allclose(frame.groupby("visit")["x"].mean(), frame.groupby("visit")["day"].first())


def test_ratio_axis_is_logarithmic_with_a_line_at_one():
    figure, _, _ = profile("CPEP")
    axis = find(figure, "profile-CELL").axes
    assert axis.get_yscale() == "log"
    assert any(np.allclose(line.get_ydata(), 1.0) for line in axis.lines)
    identity = find(profile("HBA1C")[0], "profile-CELL").axes
    assert identity.get_yscale() == "linear"
    assert any(np.allclose(line.get_ydata(), 0.0) for line in identity.lines)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HBA1C", "← lower is better"),
        ("CPEP", "higher is better →"),
        ("INS", "no direction of benefit declared"),
    ],
)
def test_direction_of_benefit_stands_on_the_value_axis(code, text):
    figure, _, _ = profile(code)
    assert text in find(figure, "profile-CELL").axes.get_ylabel()
    drawn, _, _, _ = spaghetti(code)
    assert text in find(drawn, "middle-CELL").axes.get_ylabel()


def test_an_absent_estimate_leaves_a_gap_and_a_note():
    def spoil(table):
        table = table.reset_index(drop=True)
        chosen = table["result_id"].str.startswith("HBA1C.PRIMARY.M3.CELL.lsmean")
        table.loc[chosen, "value"] = math.nan
        table.loc[chosen, "error"] = "no observations"
        return table

    figure, frame, _ = profile("HBA1C", change=spoil)
    drawn = find(figure, "profile-CELL").get_xydata()
    assert np.isnan(drawn[1, 1])
    assert not np.isnan(drawn[[0, 2], 1]).any()
    assert frame["estimate"].isna().sum() == 3  # two baselines and the absent one
    texts = " ".join(text.get_text() for text in figure.texts)
    assert "not estimable: no observations (Month 3, BM-MNC + UC-MSC)" in texts


def test_warnings_of_the_whole_model_stand_under_the_profile():
    text = "Most values lie below the limit."
    figure, _, _ = profile("TNFA", change=lambda table: rows.warn_of_model(table, "TNFA", text))
    lines = [text.get_text() for text in figure.texts]
    assert lines.count(f"Warning: {text}") == 1


def test_a_visit_without_data_is_said_once_for_all_arms():
    figure, frame, _ = profile("HBA1C", change=lambda table: rows.drop_visit(table, "HBA1C", "M3"))
    assert frame.loc[frame["visit"] == "M3", ["estimate", "n"]].isna().all(axis=None)
    texts = [text.get_text() for text in figure.texts]
    assert [text for text in texts if "not estimated" in text] == [
        "Warning: not estimated: the results hold nothing at this visit (no data there to analyse) (Month 3)"
    ]
