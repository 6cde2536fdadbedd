"""Figures of single subjects: slopes, waterfall and distribution against the records and the results."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from trial.display.wording import NULL_REPORT
from trial.study.rules import UNSTABLE_INDEX
from unit.display import study_rows as rows
from unit.display.study_figures import changes_plot, drawn, find, marks_in_svg, svg_of
from unit.display.test_below_limit import WORDS

INDIVIDUAL, DISTRIBUTION = "individual_changes", "change_distribution"


def gids(figure):
    return {artist.get_gid() for artist in figure.findobj() if artist.get_gid()}


def expected(adlb, arm, is_log):
    """Return baseline, value and change of each subject of an arm with both, by plain look-up."""
    found = {}
    for subject, own in adlb[adlb["TRT01P"] == arm].groupby("USUBJID"):
        at = dict(zip(own["AVISIT"], own["AVAL"], strict=True))
        if "M6" in at:
            found[subject] = (at["BL"], at["M6"], at["M6"] / at["BL"] if is_log else at["M6"] - at["BL"])
    return found


@pytest.mark.parametrize("code", ["HBA1C", "CPEP"])
@pytest.mark.parametrize("arms", [rows.ARMS[1:], rows.ARMS, rows.THREE_ARMS])
def test_slopes_and_bars_are_the_analysed_records(code, arms):
    adlb, is_log = rows.adlb_rows(code, arms), code == "CPEP"
    plot = changes_plot(INDIVIDUAL, code, arms)
    figure = drawn(plot)
    for arm, label in arms:
        found = expected(adlb, arm, is_log)
        assert len(found) == 11  # subject 2 stops after month 1
        ends = [segment[:, 1].tolist() for segment in find(figure, f"slopes-{arm}").get_segments()]
        assert sorted(ends) == sorted([base, value] for base, value, _ in found.values())
        bars = [find(figure, f"bar-{subject}") for subject in found]
        null = 1.0 if is_log else 0.0
        tops = {bar.get_gid(): bar.get_y() + bar.get_height() for bar in bars}
        assert tops == {f"bar-{s}": pytest.approx(change) for s, (_, _, change) in found.items()}
        assert {bar.get_y() for bar in bars} == {null}
        # Sorted from the highest change to the lowest, one bar beside the other.
        places = sorted((bar.get_x(), bar.get_y() + bar.get_height()) for bar in bars)
        heights = [height for _, height in places]
        assert heights == sorted(heights, reverse=True)
        absent = find(figure, f"absent-{arm}")
        (lost,) = adlb[(adlb["TRT01P"] == arm) & (adlb["AVISIT"] == "BL")]["AVAL"][1:2]
        assert absent.get_xydata().tolist() == [[0.0, lost]]
        titles = " ".join(axes.get_title().replace("\n", " ") for axes in figure.axes)
        place = [one for one, _ in arms].index(arm)
        assert f"{label} (n=11 of N={30 + place})" in titles
    assert {axes.get_yscale() for axes in figure.axes} == {"log" if is_log else "linear"}


def test_the_data_name_the_record_of_every_mark_and_the_results_of_every_count():
    plot = changes_plot(INDIVIDUAL, "HBA1C")
    subject = plot.frame[plot.frame["subject"] == "VH-101"].iloc[0]
    assert (subject["record"], subject["base_record"]) == ("HBA1C!VH-101!4", "HBA1C!VH-101!1")
    assert sorted(plot.result_ids) == sorted([
        "HBA1C.OBSERVED.M6.CELL.CHG.n", "all.POPULATION.all.CELL.N",
        "HBA1C.OBSERVED.M6.STD.CHG.n", "all.POPULATION.all.STD.N",
        "HBA1C.OBSERVED.M6.CELL.CHG.median", "HBA1C.OBSERVED.M6.STD.CHG.median",
    ])  # fmt: skip
    assert "BM-MNC + UC-MSC: 11 of 30 subjects, median change" in plot.alt


def test_unused_records_are_not_drawn():
    adlb = rows.adlb_rows("HBA1C")
    adlb.loc[(adlb["USUBJID"] == "VH-101") & (adlb["AVISIT"] == "M6"), "ANL01FL"] = ""
    adlb.loc[adlb["USUBJID"] == "VH-104", "FASFL"] = ""
    frame = changes_plot(INDIVIDUAL, "HBA1C", adlb=pd.concat([adlb, rows.adlb_rows("FPG")])).frame
    marks = frame.set_index("subject")["mark"]
    assert marks["VH-101"] == "baseline only"
    assert "VH-104" not in marks
    assert (frame["mark"] == "subject").sum() == 20


def test_a_value_below_its_limit_is_drawn_at_the_limit_and_its_bar_is_open():
    plot = changes_plot(INDIVIDUAL, "TNFA")
    row = plot.frame.set_index("subject").loc["VH-104"]  # 0.5 for a value below 1.0
    assert (row["value"], row["below_limit"], row["low"]) == (1.0, "value", 0.0)
    assert row["change"] == pytest.approx(0.5 / row["base"])
    assert row["high"] == pytest.approx(1.0 / row["base"])
    figure = drawn(plot)
    assert find(figure, "below-value-CELL").get_xydata().tolist() == [[1.0, 1.0]]
    open_bar, other = find(figure, "bar-VH-104"), find(figure, "bar-VH-101")
    assert to_rgb(open_bar.get_facecolor()[:3]) == (1, 1, 1) != to_rgb(other.get_facecolor()[:3])
    assert any("Open bars: one value lies below its limit" in note for note in plot.heading.notes)
    assert "Triangles" not in " ".join(changes_plot(INDIVIDUAL, "CPEP").heading.notes)


def test_both_values_below_the_limit_leave_a_change_of_which_nothing_is_known():
    adlb = rows.adlb_rows("TNFA")
    first = (adlb["USUBJID"] == "VH-104") & (adlb["AVISIT"] == "BL")
    adlb.loc[first, ["AVAL", "BLQFL", "LLOQ"]] = [0.5, "Y", 1.0]
    plot = changes_plot(INDIVIDUAL, "TNFA", adlb=adlb)
    row = plot.frame.set_index("subject").loc["VH-104"]
    assert (row["below_limit"], row["low"], row["high"], row["change"]) == ("both", 0.0, math.inf, 1.0)
    # A bar of no length would look like no subject.
    assert find(drawn(plot), "bar-below-CELL").get_ydata().tolist() == [1.0]


def events(code, **counts):
    """Return result rows of the intercurrent events at the last visit, and their record."""
    found = [
        rows._row(code, "EVENTS", "M6", arm, "", f"{name}.values", float(number))
        for name, numbers in counts.items()
        for (arm, _), number in zip(rows.ARMS, numbers, strict=True)
    ]
    return rows._frame(found)


def test_values_after_an_intercurrent_event_are_marked_and_counted():
    record = {"acted_on": {"RESCUE": {"M3": ["VH-105"], "M6": ["VH-103", "VH-207"]}, "DEATH": {}}}
    plot = changes_plot(
        INDIVIDUAL, "HBA1C", events=events("HBA1C", RESCUE=(1, 1), DEATH=(0, 0)), records=[("events", record)]
    )
    marked = plot.frame.loc[plot.frame["event"] != "", ["subject", "event"]].to_numpy().tolist()
    assert marked == [["VH-103", "RESCUE"], ["VH-207", "RESCUE"]]
    figure = drawn(plot)
    value = plot.frame.set_index("subject").loc["VH-103"]
    assert find(figure, "event-CELL").get_xydata().tolist() == [[1.0, value["value"]]]
    assert find(figure, "bar-event-CELL").get_ydata().tolist() == [value["change"]]
    (note,) = [note for note in plot.heading.notes if "intercurrent event" in note]
    assert "(BM-MNC + UC-MSC / Standard medicines): Rescue 1 / 1. They are drawn as observed." in note
    assert "HBA1C.EVENTS.M6.STD.RESCUE.values" in plot.result_ids
    plain = changes_plot(INDIVIDUAL, "HBA1C")
    assert not [gid for gid in gids(drawn(plain)) if "event" in gid]
    assert not [note for note in plain.heading.notes if "intercurrent" in note]


@pytest.mark.parametrize("template", [INDIVIDUAL, DISTRIBUTION])
def test_unstable_values_of_an_index_are_ringed(template):
    adlb = rows.adlb_rows("HOMAB")
    adlb.loc[(adlb["USUBJID"] == "VH-101") & (adlb["AVISIT"] == "M6"), "REASON"] = UNSTABLE_INDEX
    plot = changes_plot(template, "HOMAB", adlb=adlb)
    row = plot.frame.set_index("subject").loc["VH-101"]
    assert row["unstable"] == "value"
    figure = drawn(plot)
    ring = find(figure, "bar-unstable-CELL" if template == INDIVIDUAL else "unstable-CELL")
    at = ring.get_ydata() if template == INDIVIDUAL else ring.get_xdata()
    assert at.tolist() == [row["change"]]
    assert any(note.startswith("Rings: the index is unstable") for note in plot.heading.notes)
    assert not any("Rings" in note for note in changes_plot(template, "HOMAB").heading.notes)


@pytest.mark.parametrize("template", [INDIVIDUAL, DISTRIBUTION])
def test_other_numbers_than_the_observed_results_count_are_said(template):
    def wrong(code):
        table = rows.result_table([code])  # they count 27 and 28
        return changes_plot(template, code, table=table)

    (text, other) = [note for note in wrong("HBA1C").heading.notes if note.startswith("Warning")]
    assert "BM-MNC + UC-MSC: 11 subjects have both values, the observed results count 27" in text
    assert "Standard medicines: 11 subjects" in other
    assert not any(note.startswith("Warning") for note in changes_plot(template, "HBA1C").heading.notes)


def test_a_value_that_is_not_positive_has_no_ratio_and_stays_in_the_data():
    adlb = rows.adlb_rows("CPEP")
    adlb.loc[(adlb["USUBJID"] == "VH-101") & (adlb["AVISIT"] == "M6"), "AVAL"] = 0.0
    plot = changes_plot(INDIVIDUAL, "CPEP", adlb=adlb)
    row = plot.frame.set_index("subject").loc["VH-101"]
    assert (row["mark"], row["value"]) == ("no ratio", 0.0) and math.isnan(row["change"])
    assert "bar-VH-101" not in gids(drawn(plot))
    assert any("1 of n not drawn: a value that is not positive" in note for note in plot.heading.notes)


@pytest.mark.parametrize("template", [INDIVIDUAL, DISTRIBUTION])
def test_the_rule_of_detectability_is_said_where_it_holds(template):
    table = rows.result_table(["TNFA"])
    chosen = table["result_id"] == "TNFA.OBSERVED.M6.CELL.RATIO.geomean"
    table.loc[chosen, ["value", "error"]] = [math.nan, WORDS]
    plot = changes_plot(template, "TNFA", table=table)
    assert f"Warning: BM-MNC + UC-MSC: {WORDS}" in plot.heading.notes
    if template == INDIVIDUAL:
        assert "geometric mean ratio to baseline withheld" in plot.alt


@pytest.mark.parametrize("template", [INDIVIDUAL, DISTRIBUTION])
def test_without_any_change_there_is_the_line_of_an_empty_output(template):
    adlb = rows.adlb_rows("HBA1C")
    plot = changes_plot(template, "HBA1C", adlb=adlb[adlb["AVISIT"] != "M6"])
    assert plot.frame.empty and plot.result_ids == []
    assert NULL_REPORT in [text.get_text() for text in drawn(plot).texts]
    assert NULL_REPORT in plot.alt


# ---- the distribution -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["HBA1C", "CPEP"])
@pytest.mark.parametrize("arms", [rows.ARMS[1:], rows.ARMS, rows.THREE_ARMS])
def test_each_curve_is_the_share_of_subjects_with_at_most_the_change(code, arms):
    adlb, is_log = rows.adlb_rows(code, arms), code == "CPEP"
    plot = changes_plot(DISTRIBUTION, code, arms)
    figure = drawn(plot)
    svg = svg_of(figure)
    for arm, _ in arms:
        changes = [change for _, _, change in expected(adlb, arm, is_log).values()]
        points = find(figure, f"points-{arm}").get_xydata()
        assert points[:, 0] == pytest.approx(sorted(changes))
        for x, y in points:  # of equal changes each has a mark of its own, one above the other
            less, most = (sum(change <= x + end for change in changes) for end in (-1e-9, 1e-9))
            assert 100 * less / len(changes) < y <= 100 * most / len(changes) + 1e-9
        curve = find(figure, f"ecdf-{arm}")
        assert curve.get_drawstyle() == "steps-post"
        assert (curve.get_ydata()[0], curve.get_ydata()[-1]) == (0.0, 100.0)
        seen = marks_in_svg(svg, figure, f"points-{arm}")
        assert seen[:, 1] == pytest.approx(points[:, 1], abs=0.02)
    assert find(figure, f"ecdf-{arms[0][0]}").axes.get_xscale() == ("log" if is_log else "linear")


DEFINITIONS = [
    {"code": "BELOW7", "label": "HbA1c below 7.0 %", "kind": "below", "amount": 7.0},
    {"code": "FALL45", "label": "Fall of at least 0.45 points", "kind": "fall", "amount": 0.45},
]


def responders(code, adlb):
    """Return rows of responders among those with a value, counted by hand."""
    found = []
    for arm, _ in rows.ARMS:
        changes = [change for _, _, change in expected(adlb, arm, False).values()]
        number = sum(change <= -0.45 for change in changes)
        values = {"responders": number, "N": len(changes), "pct": 100 * number / len(changes)}
        found += [
            rows._row(code, "RESPONDERS", "M6", arm, "", f"FALL45.observed.{name}", value)
            for name, value in values.items()
        ]
    return rows._frame(found)


def test_declared_falls_are_lines_that_the_curves_cross_at_the_share_of_responders():
    adlb = rows.adlb_rows("HBA1C")
    table = responders("HBA1C", adlb)
    plot = changes_plot(
        DISTRIBUTION, "HBA1C", responders=table, records=[("responders", {"definitions": DEFINITIONS})]
    )
    figure = drawn(plot)
    assert find(figure, "threshold-A").get_xdata() == [-0.45, -0.45]
    assert "threshold-B" not in gids(figure)  # one definition is of the value, not of the change
    for arm, label in rows.ARMS:
        curve = find(figure, f"ecdf-{arm}").get_xydata()
        at = curve[curve[:, 0] <= -0.45, 1].max()
        percent = table.set_index("result_id")["value"][f"HBA1C.RESPONDERS.M6.{arm}.FALL45.observed.pct"]
        assert at == pytest.approx(percent) and 0 < percent < 100
        assert f"{label} {round(percent * 11 / 100)} ({percent:.1f}%) of 11" in plot.alt
    lines = [text.get_text() for text in figure.texts if text.get_text().startswith("A Fall of")]
    assert len(lines) == 1
    assert "HBA1C.RESPONDERS.M6.STD.FALL45.observed.pct" in plot.result_ids


def test_a_fall_in_units_has_no_place_on_a_ratio_axis():
    table = responders("CPEP", rows.adlb_rows("CPEP"))
    plot = changes_plot(
        DISTRIBUTION, "CPEP", responders=table, records=[("responders", {"definitions": DEFINITIONS})]
    )
    assert "threshold" not in set(plot.frame["mark"])
    assert "Dotted lines" not in " ".join(plot.heading.notes)


def test_a_rule_that_was_not_counted_prints_no_number():
    empty = rows._frame([])
    plot = changes_plot(
        DISTRIBUTION, "HBA1C", responders=empty, records=[("responders", {"definitions": DEFINITIONS})]
    )
    assert set(plot.frame.loc[plot.frame["mark"] == "threshold", "n_text"]) == {"not counted"}


def test_the_band_holds_every_curve_that_the_values_below_the_limit_allow():
    plot = changes_plot(DISTRIBUTION, "TNFA")
    figure = drawn(plot)
    mine = plot.frame[(plot.frame["arm"] == "CELL") & (plot.frame["mark"] == "subject")]
    (band,) = find(figure, "band-CELL").get_paths()
    low, high = find(figure, "ecdf-CELL").axes.get_xlim()
    open_places = 0
    for x in np.exp(np.linspace(np.log(low * 1.01), np.log(high / 1.01), 23)):
        least, most = (100 * (mine[name] <= x).sum() / len(mine) for name in ("high", "low"))
        assert least <= 100 * (mine["change"] <= x).sum() / len(mine) <= most
        if least < most:
            open_places += 1
            assert band.contains_point((x, (least + most) / 2))
        assert not band.contains_point((x, most + 0.5)) and not band.contains_point((x, least - 0.5))
    assert open_places > 3
    assert any("Bands between thin lines" in note for note in plot.heading.notes)
    assert "band-CELL" not in gids(drawn(changes_plot(DISTRIBUTION, "CPEP")))
