"""Flow, populations and baseline as tables and a figure, made of the results of the analyses themselves."""

from itertools import pairwise

import pandas as pd
import pytest

from trial.display.context import Context
from trial.display.figures.flow import draw_flow, flow_frame
from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.spec import Population
from trial.study.ard import result_rows
from trial.study.base import Allocation
from unit.analysis.test_baseline import described
from unit.analysis.test_disposition import counted
from unit.display import study_rows as rows

ARMS = [("ACT", "Active"), ("REF", "Reference")]
VISITS = [("BL", "Baseline", 0), ("M1", "Month 1", 1), ("M3", "Month 3", 3)]
IDS = {"flow_figure": "f14-1-1", "baseline_table": "t14-1-5"}
POPULATIONS = [("ENRLFL", "Enrolled"), ("FASFL", "Full analysis set"), ("SAFFL", "Safety set")]
HOW = Allocation(unit="patient", method="chosen by the physician", against_bias="weights")


def sizes(*counts):
    """Return the rows of N of both arms."""
    return result_rows(
        {"analysis": "SIZE", "group": arm, "statistic": "N", "value": float(n), "n": float(n), "method": "X"}
        for (arm, _), n in zip(ARMS, counts, strict=True)
    )


def context(template, role, outcome, n=(4, 2), code="FPG", **changes):
    """Return what a template is given: the outcome of an analysis, and the sizes of its population."""
    shared = {
        "population": Population(flag="ENRLFL", label="Enrolled"),
        "treatment": "TRT01P",
        "endpoints": (),
    }
    shown = {
        name: rows.shown_analysis("counts", [], id=id, **shared)
        for name, id in (("counts", "SIZE"), (role, "DISP"))
    }
    labels = tuple(Population(flag=flag, label=label) for flag, label in POPULATIONS)
    spec = rows.output_spec(
        template, code, arms=ARMS, visits=VISITS, id=IDS.get(template, "t14-1-1"), populations=labels,
        roles={name: (one,) for name, one in shown.items()}, reader="Listing 16.0.1",
    ).model_copy(update={"endpoint": None} | changes)  # fmt: skip
    found = outcome.rows.assign(analysis="DISP")
    results = {"counts": Results(sizes(*n), {"": "SIZE"}), role: Results(found, {"": "DISP"})}
    stamp = rows.stamp_of(spec.study)
    return Context(spec, stamp, results, {}, {role: (outcome.record,), "counts": ({},)},
                   {"accounting": rows.accounting_rows()})  # fmt: skip


def flow(facts=None, allocation=HOW, **changes):
    """Return the context of the flow of six subjects."""
    _, outcome = counted(facts, **changes)
    given = context("flow_figure", "disposition", outcome)
    return Context(**{**vars(given), "spec": given.spec.model_copy(
        update={"study": given.spec.study.model_copy(update={"allocation": allocation})})})  # fmt: skip


def test_the_boxes_of_the_flow_in_order():
    frame = flow_frame(flow())
    active = frame[frame["arm"] != "REF"]
    assert active["head"].tolist() == [
        "Screened (n=8)", "Enrolled (n=6)", "Allocation", "Active: allocated (n=3)", "Treated (n=2)",
        "Baseline: seen (n=3)", "Month 1: seen (n=1)", "Month 3: seen (n=0)", "Completed (n=1)", "Analysed",
    ]  # fmt: skip
    details = dict(zip(active["head"], active["details"], strict=True))
    assert details["Screened (n=8)"] == "Screening failures: 2"
    assert details["Allocation"] == "Unit: patient\nMethod: chosen by the physician"
    assert details["Active: allocated (n=3)"] == "Not allocated: 1 (not allocated 1; no time zero 1)"
    assert details["Month 1: seen (n=1)"] == (
        "Discontinued before: 1 (death 1)\nNot seen: 1 (did not come 1)"
    )
    assert details["Completed (n=1)"] == "Discontinued: 2\n– death: 1\n– reason not recorded: 1"
    assert details["Analysed"] == "Fasting plasma glucose: 1"


def test_a_box_that_the_data_cannot_fill_is_not_drawn():
    given = flow({"screened": False, "discontinued": False}, allocation=None, visit_forms=False)
    assert flow_frame(given)["head"].drop_duplicates().tolist() == [
        "Enrolled (n=6)", "Active: allocated (n=3)", "Reference: allocated (n=2)", "Treated (n=2)", "Analysed",
    ]  # fmt: skip


def test_the_figure_holds_every_box_inside_its_edges_in_large_letters():
    given = flow()
    plot = rows.build("flow_figure", given)
    assert "Active: allocated (n=3)" in plot.alt and "Reference, Treated (n=2)" in plot.alt
    with project_style():
        figure = draw_flow(given.spec, plot.frame, plot.heading)
        figure.canvas.draw()
    (axis,) = figure.axes
    boxes = [patch for patch in axis.patches if str(patch.get_gid()).startswith("box-")]
    assert len(boxes) == len(plot.frame)
    frame, renderer = axis.get_window_extent(), figure.canvas.get_renderer()
    for text in axis.texts:
        inside = text.get_window_extent(renderer)
        assert frame.x0 <= inside.x0 and inside.x1 <= frame.x1 and frame.y0 <= inside.y0
        # 350 of the 390 points of a telephone show 9.6 inches: letters of 15 points are above 7 there.
        assert text.get_size() >= 15
    tops = sorted({(box.get_y(), box.get_y() + box.get_height()) for box in boxes})
    assert all(lower[0] > upper[1] for upper, lower in pairwise(tops))


def texts(table, block):
    """Return the texts of the rows of a block."""
    return [
        [cell.text for cell in row.cells]
        for part in table.blocks
        if part.heading == block
        for row in part.rows
    ]


def test_the_table_of_the_flow_prints_zeros_and_sets_reasons_in():
    table = rows.build("flow_table", flow())
    first = texts(table, "Enrolment, allocation, treatment")
    assert first[0] == ["Screened", "", "", "8"]
    assert first[2] == ["Enrolled", "", "", "6 (100%)"]
    assert ["Allocated", "3 (75.0%)", "2 (100%)", "5 (83.3%)"] in first
    assert ["\u2003\u2003No time zero", "1 (25.0%)", "0", "1 (16.7%)"] in first
    assert table.columns[1].heading == "Active\n(N=4)"
    notes = [note.text for note in table.notes]
    assert "Allocation: unit: patient. Method: chosen by the physician. Against bias: weights." in notes
    assert notes[-3] == "Definitions and conventions: Listing 16.0.1."


def test_populations_by_received_treatment_and_their_reasons():
    table = rows.build("populations_table", flow())
    assert texts(table, "Safety set")[:3] == [
        ["Members", "2 (50.0%)", "2 (100%)", "4 (66.7%)"],
        ["\u2003Received Active", "1 (25.0%)", "0", "1 (16.7%)"],
        ["\u2003Received Reference", "1 (25.0%)", "2 (100%)", "3 (50.0%)"],
    ]
    assert texts(table, "Analysed for Fasting plasma glucose")[0][0] == "Analysed"


def test_baseline_has_differences_and_no_test():
    _, _, outcome = described([("ACT0", 8.0, "", None), ("REF0", 9.0, "", None)])
    table = rows.build("baseline_table", context("baseline_table", "baseline", outcome))
    assert texts(table, "Age")[:2] == [
        ["n", "3", "2", "5", "−1.155"], ["Mean (SD)", "50.0 (10.00)", "60.0 (7.07)", "54.0 (9.62)", ""],
    ]  # fmt: skip
    assert texts(table, "Age")[-1] == ["Missing", "1", "0", "1", ""]
    assert texts(table, "Sex")[1:3] == [
        ["Male", "1 (33.3%)", "2 (100%)", "3 (60.0%)", ""], ["Female", "2 (66.7%)", "0", "2 (40.0%)", ""],
    ]  # fmt: skip
    assert texts(table, "Baseline: Fasting plasma glucose (mmol/L)")[0][:4] == ["n", "1", "1", "2"]
    assert not [note for note in table.notes if "p-value" in note.text]
    assert any(
        note.text.startswith("SMD: (weighted) mean of Active minus that of Reference") for note in table.notes
    )


@pytest.mark.parametrize("template", ["discontinued_listing", "excluded_listing", "intercurrent_listing"])
def test_a_listing_of_nobody_is_an_empty_output(template):
    _, outcome = counted()
    given = context(template, "disposition", outcome, code="FPG")
    adsl = pd.DataFrame({"USUBJID": ["A1"], "TRT01P": ["ACT"], "TRT01A": ["ACT"], "INDEXDT": ["2020-01-01"],
                         "DISCDT": [""], "DSDECOD": [""]})  # fmt: skip
    data = {
        "adsl": adsl,
        "adsv": pd.DataFrame(columns=["USUBJID", "VISIT", "SVDT", "DONE"], dtype=str),
        "adlb": pd.DataFrame(columns=["USUBJID", "AVISIT", "ANL01FL"], dtype=str),
        "adice": pd.DataFrame(columns=["USUBJID", "EVENT", "ICEDT", "EARLYFL", "FILE", "ROW"], dtype=str),
        "populations": pd.DataFrame(columns=["USUBJID", "POPULATION", "MEMBER", "REASON"], dtype=str),
    }
    table = rows.build(template, Context(**{**vars(given), "data": data}))
    assert table.is_empty
