"""The figures: marks read back from the drawing and from the SVG, against the data file and the results."""

import io
import math
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from trial.display.figures.arms import COLOURS, LINES, MARKERS, arm_style, dodge
from trial.display.figures.axes import log_ticks, plan_visit_axis
from trial.display.figures.forest import draw_forest, forest_frame, forest_heading
from trial.display.figures.frame import project_style, render_png, render_svg
from trial.display.figures.profile import draw_profile, profile_frame, profile_heading
from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading
from trial.display.provenance import SYNTHETIC_MARK, read_stamp
from trial.display.results import Results
from trial.display.spec import parse_spec
from unit.display import study_rows as rows

MODEL = rows.fit_record()["footnote"]
LONG_ARMS = [
    (
        "CELL",
        "Autologous bone-marrow mononuclear cells and umbilical-cord mesenchymal stem cells, 2 × 10⁶/kg",
    ),
    ("MSC", "Umbilical-cord mesenchymal stem cells alone, two infusions"),
    ("STD", "Standard medicines according to the national guideline"),
]
WEEKS = [("SCR", "Screening", 0), ("W4", "Week 4", 1), ("W12", "Week 12", 3)]
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


def tell(code="", arms=rows.ARMS, visits=rows.VISITS, synthetic=True):
    spec = parse_spec(rows.spec_slice(code, arms, visits), "spec")
    stamp = read_stamp(rows.LOCK | {"synthetic": synthetic}, spec.study, "scripts/x.py", "lock.json")
    return spec, stamp


def profile(code, arms=rows.ARMS, visits=rows.VISITS, change=None, synthetic=True):
    spec, stamp = tell(code, arms, visits, synthetic)
    table = pd.concat([rows.descriptive_rows(code, arms, visits), rows.model_rows(code, arms, visits)])
    results = Results(table if change is None else change(table))
    (endpoint,) = spec.endpoints
    frame = profile_frame(spec, endpoint, results)
    heading = profile_heading(spec, endpoint, results, MODEL, stamp, "f14-2-1-1")
    with project_style():
        return draw_profile(spec, endpoint, frame, heading), frame, results


def spaghetti(code, arms=rows.ARMS, visits=rows.VISITS):
    spec, stamp = tell(code, arms, visits)
    results = Results(rows.descriptive_rows(code, arms, visits))
    adlb = rows.adlb_rows(code, arms, visits)
    (endpoint,) = spec.endpoints
    frame = spaghetti_frame(spec, endpoint, adlb, results)
    heading = spaghetti_heading(spec, endpoint, results, stamp, "f14-2-1-4")
    with project_style():
        figure = draw_spaghetti(spec, endpoint, frame, heading)
        return figure, frame, results, adlb


def forest(arms=rows.ARMS, change=None):
    spec, stamp = tell("", arms)
    table = pd.concat([rows.model_rows(code, arms) for code in rows.ENDPOINTS], ignore_index=True)
    results = Results(table if change is None else change(table))
    frame = forest_frame(spec, results)
    heading = forest_heading(spec, results, stamp, "f14-2-0-1")
    with project_style():
        return draw_forest(spec, frame, heading), frame, results


def find(figure, gid):
    """Return the one artist with that gid."""
    (found,) = [artist for artist in figure.findobj() if artist.get_gid() == gid]
    return found


def value_of(results, result_id):
    table = results.rows
    return float(table.loc[table["result_id"] == result_id, "value"].iloc[0])


def svg_of(figure):
    with project_style():
        return render_svg(figure, "title")


def marks_in_svg(svg, figure, gid):
    """Return the data coordinates of the marks of one group of the SVG."""
    root = ET.fromstring(svg)
    (group,) = [g for g in root.iter(f"{SVG}g") if g.get("id") == gid]
    points = [(float(use.get("x")), float(use.get("y"))) for use in group.iter(f"{SVG}use")]
    height = figure.get_size_inches()[1] * 72
    axis = find(figure, gid).axes
    before, figure.dpi = figure.dpi, 72
    data = axis.transData.inverted().transform([(x, height - y) for x, y in points])
    figure.dpi = before
    return data


@pytest.mark.parametrize("code", ["HBA1C", "CPEP"])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_profile_marks_are_the_estimates_of_the_results(code, arms):
    figure, frame, results = profile(code, arms)
    svg = svg_of(figure)
    name = "ratio" if code == "CPEP" else "lsmean"
    for arm, _ in arms:
        later = frame[(frame["arm"] == arm) & (frame["visit"] != "BL")]
        expected = [value_of(results, f"{code}.mmrm.{visit}.{arm}.{name}") for visit in later["visit"]]
        drawn = find(figure, f"profile-{arm}").get_xydata()
        assert drawn[:, 1].tolist() == expected == later["estimate"].tolist()
        assert drawn[:, 0].tolist() == later["x"].tolist()
        segments = find(figure, f"interval-{arm}").get_segments()
        for visit, segment in zip(later["visit"], segments, strict=True):
            ends = [
                value_of(results, f"{code}.mmrm.{visit}.{arm}.{name}.{end}") for end in ("lower", "upper")
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
        chosen = table["result_id"].str.startswith("HBA1C.mmrm.M3.CELL.lsmean")
        table.loc[chosen, "value"] = math.nan
        table.loc[chosen, "error"] = "no observations"
        return table

    figure, frame, _ = profile("HBA1C", change=spoil)
    drawn = find(figure, "profile-CELL").get_xydata()
    assert np.isnan(drawn[1, 1])
    assert not np.isnan(drawn[[0, 2], 1]).any()
    assert frame["estimate"].isna().sum() == 3  # two baselines and the absent one
    texts = " ".join(text.get_text() for text in figure.texts)
    assert "not estimable: no observations (Month 3 CELL)" in texts


def test_spaghetti_draws_every_analysed_value():
    figure, frame, results, adlb = spaghetti("TNFA")
    subjects = frame[frame["mark"] == "subject"]
    merged = adlb.merge(subjects, left_on=["USUBJID", "AVISIT"], right_on=["subject", "visit"], how="outer")
    assert len(merged) == len(adlb) == len(subjects)
    assert (merged["AVAL"] == merged["value"]).all()
    for arm, _ in rows.ARMS:
        middle = find(figure, f"middle-{arm}").get_xydata()[:, 1]
        assert middle.tolist() == [
            value_of(results, f"TNFA.descriptive.{v}.{arm}.AVAL.geomean") for v, _, _ in rows.VISITS
        ]
        part = subjects[subjects["arm"] == arm]
        plain = part[(part["below_limit"] != "Y") & (part["last"] != "Y")]
        assert sorted(find(figure, f"values-{arm}").get_ydata()) == sorted(plain["value"])
        assert find(figure, f"below-{arm}").get_ydata().tolist() == [0.5]
        (last,) = find(figure, f"last-{arm}").get_xydata().tolist()
        assert last[0] == 30  # subject 2 stops after month 1


def test_spaghetti_identity_scale_has_the_median_and_a_linear_axis():
    figure, frame, results, _ = spaghetti("HBA1C")
    middle = frame[(frame["mark"] == "middle") & (frame["arm"] == "STD")]
    assert middle["value"].tolist() == [
        value_of(results, f"HBA1C.descriptive.{v}.STD.AVAL.median") for v, _, _ in rows.VISITS
    ]
    assert find(figure, "middle-STD").axes.get_yscale() == "linear"
    assert find(spaghetti("CPEP")[0], "middle-STD").axes.get_yscale() == "log"


def test_lines_over_a_missing_visit_are_dotted_and_others_are_not():
    figure, frame, _, _ = spaghetti("HBA1C")
    gaps = frame[frame["line"] == "dotted"]
    assert gaps["subject"].tolist() == ["VH-103", "VH-203"]  # subject 3 of each arm misses month 1
    assert gaps["visit"].tolist() == ["M3", "M3"]
    axis = find(figure, "middle-CELL").axes
    drawn = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert [line.get_xdata().tolist() for line in drawn] == [[0, 90]]
    solid = [
        line.get_xdata().tolist()
        for line in axis.lines
        if line.get_linestyle() == "-" and len(line.get_xdata()) == 2
    ]
    days = [0, 30, 90, 180]
    assert all(days.index(b) - days.index(a) == 1 for a, b in solid)


def test_legend_names_what_is_drawn_and_nothing_else():
    def labels(figure):
        (legend,) = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
        return [text.get_text() for text in legend.get_texts()]

    ends = ["one subject", "over a missing visit", "last value, nothing later"]
    assert labels(spaghetti("TNFA")[0]) == [*ends, "below the limit", "geometric mean"]
    assert labels(spaghetti("HBA1C")[0]) == [*ends, "median"]
    two_visits = [rows.VISITS[0], rows.VISITS[3]]
    assert labels(spaghetti("HBA1C", visits=two_visits)[0]) == [
        "one subject",
        "last value, nothing later",
        "median",
    ]


def test_visit_labels_are_slanted_where_they_would_touch_those_of_the_next_panel():
    spec, _ = tell("FPG", visits=WEEKS)
    figure = spaghetti("FPG", visits=WEEKS)[0]
    assert not plan_visit_axis(figure, spec.visits, 2.5).slanted
    assert plan_visit_axis(figure, spec.visits, 2.5, panel_gap=0.34).slanted


def test_panels_share_the_value_axis():
    figure, _, _, _ = spaghetti("HBA1C", rows.THREE_ARMS)
    limits = {find(figure, f"middle-{arm}").axes.get_ylim() for arm, _ in rows.THREE_ARMS}
    assert len(limits) == 1


def test_unused_records_are_not_drawn():
    spec, _ = tell("HBA1C")
    adlb = rows.adlb_rows("HBA1C")
    adlb.loc[0, "ANL01FL"] = ""
    adlb.loc[5, "AVAL"] = math.nan
    adlb.loc[7, "FASFL"] = ""
    other = rows.adlb_rows("FPG")
    frame = spaghetti_frame(
        spec, spec.endpoints[0], pd.concat([adlb, other]), Results(rows.descriptive_rows("HBA1C"))
    )
    assert (frame["mark"] == "subject").sum() == len(adlb) - 3


@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_forest_marks_are_turned_so_that_right_is_better(arms):
    figure, frame, results = forest(arms)
    svg = svg_of(figure)
    assert len(frame) == len(rows.ENDPOINTS) * (len(arms) - 1)
    for code, endpoint in rows.ENDPOINTS.items():
        sign = -1 if endpoint[6] == "lower" else 1
        for arm, _ in arms[:-1]:
            native = [
                value_of(results, f"{code}.mmrm.M6.{arm}-STD.stddiff{end}")
                for end in ("", ".lower", ".upper")
            ]
            line = find(figure, f"forest-{code}-{arm}")
            assert line.get_xdata()[0] == sign * native[0]
            (segment,) = find(figure, f"interval-{code}-{arm}").get_segments()
            assert segment[:, 0] == pytest.approx(sorted(sign * end for end in native[1:]))
            row = frame[(frame["endpoint"] == code) & (frame["arm"] == arm)].iloc[0]
            assert (row["x"], row["turned"]) == (sign * native[0], sign)
            assert marks_in_svg(svg, figure, f"forest-{code}-{arm}")[0, 0] == pytest.approx(
                sign * native[0], abs=1e-3
            )
            # The demonstration effect is beneficial everywhere but for the endpoint without direction.
            assert (line.get_xdata()[0] > 0) == (endpoint[6] != "neutral")
            hollow = to_rgb(line.get_markerfacecolor()) == (1, 1, 1)
            assert hollow == (endpoint[6] == "neutral")


def test_forest_texts_are_native_estimates_beside_their_marks():
    figure, frame, _ = forest()
    row = frame.set_index("endpoint").loc["HBA1C"]
    assert (row["estimate_text"], row["p_text"], row["n_text"]) == (
        "-0.49 (-0.89, -0.09) %",
        "0.0400",
        "27 / 28",
    )
    assert frame.set_index("endpoint").loc["CPEP", "estimate_text"] == "GMR 1.05 (1.01, 1.09)"
    axis = find(figure, "forest-HBA1C-CELL").axes
    for _, row in frame.iterrows():
        y = find(figure, f"forest-{row['endpoint']}-{row['arm']}").get_ydata()[0]
        beside = {text.get_text() for text in axis.texts if text.get_position()[1] == y}
        assert {row["estimate_text"], row["p_text"], row["n_text"]} <= beside


def test_forest_without_an_estimate_prints_ne_and_draws_nothing():
    def spoil(table):
        chosen = table["result_id"].str.startswith("FPG.mmrm.M6.CELL-STD")
        table.loc[chosen, "value"] = math.nan
        table.loc[chosen, "error"] = "not fitted"
        return table

    figure, frame, _ = forest(change=spoil)
    assert frame.set_index("endpoint").loc["FPG", ["estimate_text", "p_text"]].tolist() == ["NE", "NE"]
    assert not [artist for artist in figure.findobj() if artist.get_gid() == "forest-FPG-CELL"]
    assert "not estimable: not fitted" in " ".join(text.get_text() for text in figure.texts)


def test_forest_says_which_side_favours_whom():
    figure, _, _ = forest()
    texts = {text.get_text(): text for text in find(figure, "forest-HBA1C-CELL").axes.texts}
    assert texts["← favours Standard medicines"].get_position()[0] == 0
    assert texts["favours BM-MNC + UC-MSC →"].get_position()[0] == 1


ALL = {
    "profile two": lambda: profile("HBA1C")[0],
    "profile glucose": lambda: profile("FPG")[0],
    "profile three": lambda: profile("CPEP", rows.THREE_ARMS)[0],
    "profile long": lambda: profile("TNFA", LONG_ARMS)[0],
    "profile many": lambda: profile("HBA1C", visits=rows.MANY_VISITS)[0],
    "spaghetti two": lambda: spaghetti("TNFA")[0],
    "spaghetti three": lambda: spaghetti("FPG", rows.THREE_ARMS)[0],
    "spaghetti wide labels": lambda: spaghetti("FPG", rows.THREE_ARMS, WEEKS)[0],
    "spaghetti long": lambda: spaghetti("TNFA", LONG_ARMS)[0],
    "spaghetti many": lambda: spaghetti("HBA1C", visits=rows.MANY_VISITS)[0],
    "forest two": lambda: forest()[0],
    "forest three": lambda: forest(rows.THREE_ARMS)[0],
    "forest long": lambda: forest(LONG_ARMS)[0],
}


def beyond(figure):
    """Return the labels of ticks outside the limits of their axis, which are not drawn."""
    hidden = []
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            hidden += [tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
    return hidden


@pytest.mark.parametrize("name", ALL)
def test_no_text_is_cut_off_and_none_lies_on_another(name):
    with project_style():
        figure = ALL[name]()
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        hidden = set(beyond(figure))
        texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text() and t not in hidden]
        boxes = [(text.get_text(), text.get_window_extent(renderer), text.get_rotation()) for text in texts]
    width, height = figure.get_size_inches() * figure.dpi
    for text, box, _ in boxes:
        assert box.x0 >= -1 and box.x1 <= width + 1, f"{text!r} leaves the picture sideways"
        assert box.y0 >= -1 and box.y1 <= height + 1, f"{text!r} leaves the picture"
    upright = [(text, box) for text, box, rotation in boxes if rotation in (0, 90)]
    for (one, a), (two, b) in combinations(upright, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 3, f"{one!r} and {two!r} overlap by {wide:.1f} x {high:.1f} pixels"


def test_the_same_figure_gives_the_same_bytes():
    first, second = profile("HBA1C"), profile("HBA1C")
    assert svg_of(first[0]) == svg_of(second[0])
    with project_style():
        assert render_png(first[0]) == render_png(second[0])


def test_svg_has_no_clock_and_no_text_that_needs_a_font():
    svg = svg_of(profile("HBA1C")[0]).decode("utf-8")
    assert "<dc:date>" not in svg
    assert "dc:creator" not in svg
    assert "https://matplotlib.org" not in svg
    assert "<text" not in svg


def test_png_names_no_software():
    image = pytest.importorskip("PIL.Image")
    with project_style():
        png = render_png(profile("HBA1C")[0])
    opened = image.open(io.BytesIO(png))
    assert "Software" not in opened.info
    assert opened.size == (1440, 1050)


def test_synthetic_is_written_into_the_picture_only_when_it_is():
    for synthetic in (True, False):
        figure = profile("HBA1C", synthetic=synthetic)[0]
        assert (SYNTHETIC_MARK in [text.get_text() for text in figure.texts]) == synthetic


def test_titles_notes_and_lock_stand_in_the_picture():
    texts = " ".join(text.get_text() for text in profile("HBA1C")[0].texts)
    for part in (
        "Figure 14.2.1.1",
        "full analysis set",
        "95% CI",
        "Kenward–Roger",
        "DEMO-1 (ab12cd34), state hard",
    ):
        assert part in texts


def test_arms_differ_by_colour_marker_and_line():
    assert len(set(COLOURS)) == len(set(MARKERS)) == len({str(line) for line in LINES}) == 6
    spec, _ = tell("HBA1C", rows.THREE_ARMS)
    styles = [arm_style(spec, arm) for arm in spec.arms]
    for one, two in combinations(styles, 2):
        assert one.colour != two.colour and one.marker != two.marker and one.line != two.line


def test_dodge_is_symmetric_and_stays_between_visits():
    for count in (1, 2, 3, 6):
        shifts = dodge(count, gap=30, span=360)
        assert sum(shifts) == pytest.approx(0)
        assert max(shifts) < 15


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.78, 1.12, [0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1]), (0.4, 30, [0.5, 1, 2, 5, 10, 20])],
)
def test_log_ticks_are_round(low, high, expected):
    assert log_ticks(low, high) == pytest.approx(expected)
