"""The individual courses: every analysed value, gaps, last values, what the legend names."""

import math

import pandas as pd

from trial.display.figures.axes import plan_visit_axis
from unit.display import study_rows as rows
from unit.display.study_figures import WEEKS, find, spaghetti, value_of


def test_spaghetti_draws_every_analysed_value():
    figure, frame, results, adlb = spaghetti("TNFA")
    subjects = frame[frame["mark"] == "subject"]
    merged = adlb.merge(subjects, left_on=["USUBJID", "AVISIT"], right_on=["subject", "visit"], how="outer")
    assert len(merged) == len(adlb) == len(subjects)
    # Below the limit: at the limit.
    assert (merged["AVAL"].where(merged["BLQFL"] == "", merged["LLOQ"]) == merged["value"]).all()
    for arm, _ in rows.ARMS:
        middle = find(figure, f"middle-{arm}").get_xydata()[:, 1]
        assert middle.tolist() == [
            value_of(results, f"TNFA.OBSERVED.{v}.{arm}.AVAL.geomean") for v, _, _ in rows.VISITS
        ]
        part = subjects[subjects["arm"] == arm]
        plain = part[(part["below_limit"] != "Y") & (part["last"] != "Y")]
        assert sorted(find(figure, f"values-{arm}").get_ydata()) == sorted(plain["value"])
        assert find(figure, f"below-{arm}").get_ydata().tolist() == [1.0]
        (last,) = find(figure, f"last-{arm}").get_xydata().tolist()
        assert last[0] == 30  # subject 2 stops after month 1


def test_spaghetti_identity_scale_has_the_median_and_a_linear_axis():
    figure, frame, results, _ = spaghetti("HBA1C")
    middle = frame[(frame["mark"] == "middle") & (frame["arm"] == "STD")]
    assert middle["value"].tolist() == [
        value_of(results, f"HBA1C.OBSERVED.{v}.STD.AVAL.median") for v, _, _ in rows.VISITS
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
    spec = rows.output_spec("spaghetti", "FPG", visits=WEEKS)
    figure = spaghetti("FPG", visits=WEEKS)[0]
    assert not plan_visit_axis(figure, spec.visits, 2.5).slanted
    assert plan_visit_axis(figure, spec.visits, 2.5, panel_gap=0.34).slanted


def test_panels_share_the_value_axis():
    figure, _, _, _ = spaghetti("HBA1C", rows.THREE_ARMS)
    limits = {find(figure, f"middle-{arm}").axes.get_ylim() for arm, _ in rows.THREE_ARMS}
    assert len(limits) == 1


def test_unused_records_are_not_drawn():
    spec = rows.output_spec("spaghetti", "HBA1C")
    adlb = rows.adlb_rows("HBA1C")
    adlb.loc[0, "ANL01FL"] = ""
    adlb.loc[5, "AVAL"] = math.nan
    adlb.loc[7, "FASFL"] = ""
    other = rows.adlb_rows("FPG")
    frame = rows.build("spaghetti", rows.context(spec, adlb=pd.concat([adlb, other]))).frame
    assert (frame["mark"] == "subject").sum() == len(adlb) - 3


def test_triangles_are_explained_only_where_some_are_drawn():
    def notes(data):
        given = rows.context(rows.output_spec("spaghetti", "TNFA"), adlb=data)
        return " ".join(rows.build("spaghetti", given).heading.notes)

    data = rows.adlb_rows("TNFA")
    assert "Open triangles: below the limit of quantification" in notes(data)
    assert "triangles" not in notes(data.assign(BLQFL=""))
