"""Tables, figure and listings of adverse events, made of the results of the analysis itself."""

import pandas as pd
import pytest

from trial.display.adverse import ROLE
from trial.display.context import Context
from trial.display.figures import adverse as figure
from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.spec import Population
from trial.study.ard import result_rows
from trial.subjects.schema import ADAE
from unit.analysis.test_adverse_events import GUT, SKIN, event, run
from unit.display import study_rows as rows

ARMS = [("ACT", "Active"), ("REF", "Reference")]
EVENTS = [
    event("ACT1", AEDECOD="Rash", AEBODSYS=SKIN), event("ACT2", AEDECOD="Rash", AEBODSYS=SKIN),
    event("ACT2"), event("ACT2", AEDECOD="Colic", AERELPROD="Y"), event("REF1", AEDECOD="Colic", AESEV="SEVERE"),
]  # fmt: skip
IDS = {"ae_risk_differences": "f14-3-1-1", "ae_listing": "l16-2-7", "ae_serious_listing": "l14-3-2-2"}


def sizes(*counts):
    """Return the rows of N of both arms."""
    return result_rows(
        {
            "analysis": "SIZE",
            "group": arm,
            "statistic": "N",
            "value": float(n),
            "n": float(n),
            "method": "SAFFL",
        }
        for (arm, _), n in zip(ARMS, counts, strict=True)
    )


def build(template, events=EVENTS, members=(2, 2), data=None, **changes):
    """Return an output of two arms, of the results of some events."""
    _, outcome = run(events, [("ACT1", "2020-12-31", "Y"), ("REF1", "2020-12-31", "Y")], **changes)
    shared = {
        "population": Population(flag="SAFFL", label="Safety set"),
        "treatment": "TRT01A",
        "endpoints": (),
    }
    counts = rows.shown_analysis("counts", [], id="SIZE", **shared)
    adverse = rows.shown_analysis("counts", [], id="AE", level=0.95, **shared)
    roles = {"counts": (counts,)} | ({ROLE: (adverse,)} if data is None else {})
    spec = rows.output_spec(template, arms=ARMS, id=IDS.get(template, "t14-3-1-2"), roles=roles)
    results = {"counts": Results(sizes(*members), {"": "SIZE"}), ROLE: Results(outcome.rows, {"": "AE"})}
    stamp = rows.stamp_of(spec.study)
    records = {ROLE: (outcome.record,), "counts": ({},)}
    return rows.build(template, Context(spec, stamp, results, {}, records, data or {}))


def texts(table, block=None):
    """Return the texts of the rows of a table, or of one block."""
    return [
        [cell.text for cell in row.cells]
        for part in table.blocks
        if block in (None, part.heading)
        for row in part.rows
    ]


def test_classes_and_terms_stand_by_frequency_then_by_name():
    table = build("ae_terms")
    assert [block.heading for block in table.blocks] == ["", GUT, SKIN]
    assert texts(table) == [
        ["Any adverse event", "2 (100%)", "4", "1 (50.0%)", "1", "3 (75.0%)", "5"],
        ["Any term", "1 (50.0%)", "2", "1 (50.0%)", "1", "2 (50.0%)", "3"],
        ["Colic", "1 (50.0%)", "1", "1 (50.0%)", "1", "2 (50.0%)", "2"],
        ["Nausea", "1 (50.0%)", "1", "0", "0", "1 (25.0%)", "1"],
        ["Any term", "2 (100%)", "2", "0", "0", "2 (50.0%)", "2"],
        ["Rash", "2 (100%)", "2", "0", "0", "2 (50.0%)", "2"],
    ]
    assert [column.group for column in table.columns][1::2] == [
        "Active\n(N=2)", "Reference\n(N=2)", "Total\n(N=4)"
    ]  # fmt: skip


def test_the_n_of_headings_comes_from_the_population():
    groups = [column.group for column in build("ae_terms", members=(31, 29)).columns]
    assert groups[1] == "Active\n(N=31)" and groups[-1] == "Total\n(N=60)"


def test_severities_are_rows_of_each_term_and_an_unknown_one_only_where_it_occurs():
    table = build("ae_severity")
    assert texts(table, f"{GUT}: Colic") == [
        ["Any severity", "1 (50.0%)", "1 (50.0%)", "2 (50.0%)"],
        ["Mild", "1 (50.0%)", "0", "1 (25.0%)"],
        ["Moderate", "0", "0", "0"],
        ["Severe", "0", "1 (50.0%)", "1 (25.0%)"],
    ]
    table = build("ae_severity", [event("ACT1", AESEV="")])
    assert texts(table, "Any adverse event")[-1] == ["Not recorded", "1 (50.0%)", "0", "1 (25.0%)"]


def test_relations_are_two_columns_and_unrecorded_answers_are_counted_in_a_note():
    table = build("ae_relation", [event("ACT1", AERELPROD=""), event("REF1", AERELPROC="Y")])
    assert texts(table)[0] == [
        "Any adverse event",
        "1 (50.0%)",
        "0",
        "0",
        "1 (50.0%)",
        "1 (25.0%)",
        "1 (25.0%)",
    ]
    assert "1 events without an answer count as related to the product." in [n.text for n in table.notes]


def test_groups_of_interest_are_printed_where_nobody_has_one():
    item = {"code": "X", "label": "Embolism", "any_of": [{"AEDECOD": ["Embolism"]}], "onset": None}
    table = build("ae_overview", special_interest=[item])
    assert texts(table, "Events of special interest") == [["Embolism", "0", "0", "0", "0", "0", "0"]]


def test_rates_with_their_time_and_their_interval():
    table = build("ae_rates", [event("ACT1", day="2020-12-31")])
    found = texts(table, "Any adverse event")
    assert found[0] == ["First events / patient-years", "1 / 1.0", "0 / 1.0", "1 / 2.0"]
    assert found[1] == [
        "First events: rate (95% CI)",
        "99.8 (2.5, 556.0)",
        "0.0 (0.0, 368.1)",
        "49.9 (1.3, 278.0)",
    ]


@pytest.mark.parametrize("template", ["ae_terms", "ae_severity", "ae_relation"])
def test_without_an_event_the_tables_are_empty(template):
    assert build(template, []).is_empty


def test_without_an_event_the_overview_prints_zeros_and_the_figure_says_so():
    assert texts(build("ae_overview", []))[0] == ["Any adverse event", "0", "0", "0", "0", "0", "0"]
    plot = build("ae_risk_differences", [])
    assert plot.frame.empty and plot.alt.endswith(figure.NULL_REPORT)
    with project_style():
        assert any(figure.NULL_REPORT in axis.texts[0].get_text() for axis in plot.draw().axes)


def test_the_figure_draws_the_numbers_of_its_data():
    plot = build("ae_risk_differences")
    assert plot.frame["label"].tolist() == ["Any adverse event", "Colic", "Rash", "Nausea"]
    assert plot.frame["rd"].tolist() == [50, 0, 100, 50]
    with project_style():
        drawn = plot.draw()
    marks = {
        line.get_gid(): line.get_xdata()[0] for axis in drawn.axes for line in axis.lines if line.get_gid()
    }
    for row in plot.frame.itertuples():
        assert marks[f"pct-ACT-{row.key}"] == row.pct
        assert marks[f"pct-REF-{row.key}"] == row.reference_pct
        assert marks[f"rd-ACT-{row.key}"] == row.rd
    intervals = [
        sorted(point[0] for point in segment) for axis in drawn.axes for c in axis.collections
        for segment in c.get_segments()
    ]  # fmt: skip
    assert intervals == [pytest.approx([r.mn_lower, r.mn_upper]) for r in plot.frame.itertuples()]


def test_more_terms_than_a_page_holds_are_left_to_the_table_and_that_is_said():
    many = [event("ACT1", AEDECOD=f"Term {k:02d}") for k in range(figure.MOST + 2)]
    plot = build("ae_risk_differences", many)
    assert len(plot.frame) == 1 + figure.MOST
    assert f"Shown are the {figure.MOST} most frequent of {figure.MOST + 2} terms; the table has all." in (
        plot.heading.notes
    )


def listing(template, events):
    """Return a listing of events, of subjects of whom REF3 is no member and S9 was not treated."""
    values = [dict.fromkeys(ADAE, "") | {"ASTDY": 3.0, "ADURN": float("nan")} | one for one in events]
    subjects = ["ACT1", "ACT2", "REF1", "REF3", "S9"]
    adsl = pd.DataFrame(
        {
            "USUBJID": subjects, "TRT01A": ["ACT", "ACT", "REF", "REF", ""], "AGE": 51.0, "SEX": "F",
            "SAFFL": ["Y", "Y", "Y", "", ""],
        }
    )  # fmt: skip
    adae = pd.DataFrame(values, columns=list(ADAE))
    return build(template, data={"adae": adae, "adsl": adsl})


def test_the_listing_has_every_event_and_says_which_the_tables_count():
    table = listing(
        "ae_listing",
        [event("ACT1"), event("REF3"), event("S9", TRTEMFL=""), event("ACT2", AESER="", AESEV="")],
    )
    assert [block.heading for block in table.blocks] == ["Active", "Reference", "No treatment received"]
    flags = [[row[0], row[7], row[8], row[9]] for row in texts(table)]
    assert flags == [
        ["ACT1", "Y", "Mild", "N"], ["ACT2", "Y", "?", "?"], ["REF3", "Y*", "Mild", "N"], ["S9", "N*", "Mild", "N"],
    ]  # fmt: skip
    assert table.titles[1] == "4 events, 2 of them treatment-emergent in: Safety set"


def test_the_listing_of_serious_events_has_those_without_an_answer():
    table = listing("ae_serious_listing", [event("ACT1", AESER="Y"), event("ACT2", AESER=""), event("REF1")])
    assert [row[0] for row in texts(table)] == ["ACT1", "ACT2"]
    assert listing("ae_serious_listing", [event("REF1")]).is_empty
