"""Timeline, deaths, discontinuation, hypoglycaemia, history, medicines, exposure: made of their own analyses."""

import math

import pandas as pd
import pytest

from trial.display.context import Context
from trial.display.figures import timeline
from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.spec import Population
from trial.study.ard import result_rows
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.schema import ADAE
from unit.analysis import test_background as background
from unit.analysis import test_hypoglycaemia as hypoglycaemia
from unit.analysis.test_adverse_events import event, run
from unit.display import study_rows as rows

ARMS = [("ACT", "Active"), ("REF", "Reference")]
KINDS = {"adex": dict(next(file.dataset for file in RECORD_FILES if file.table == "adex"))}


def context(template, role, outcome, data=None, arms=ARMS, name="AE", sizes=2):
    """Return the context of an output of the safety set, with the results of one analysis."""
    shared = {
        "population": Population(flag="SAFFL", label="Safety set"),
        "treatment": "TRT01A",
        "endpoints": (),
    }
    counts = rows.shown_analysis("counts", [], id="SIZE", **shared)
    roles = {"counts": (counts,)}
    results = {"counts": Results(size_rows(arms, sizes), {"": "SIZE"})}
    records = {"counts": ({},)}
    if role:
        roles[role] = (
            rows.shown_analysis("counts", [], id=name, level=0.95 if role == "adverse" else None, **shared),
        )
        results[role], records[role] = Results(outcome.rows, {"": name}), (outcome.record,)
    kind = {"table": "t", "listing": "l", "figure": "f"}[rows.template_of(template).kind]
    spec = rows.output_spec(template, arms=arms, id=f"{kind}14-3-9", roles=roles, columns=KINDS)
    stamp = rows.stamp_of(spec.study)
    return Context(spec, stamp, results, {}, records, data or {})


def size_rows(arms, number):
    return result_rows(
        {"analysis": "SIZE", "group": arm, "statistic": "N", "value": float(number), "n": float(number)}
        for arm, _ in arms
    )


def texts(table, block=None):
    return [
        [cell.text for cell in row.cells]
        for part in table.blocks
        if block in (None, part.heading)
        for row in part.rows
    ]


def notes(output):
    return " ".join(note.text for note in output.notes)


# --- deaths, and events that led to discontinuation ---

SUBJECTS = {
    "USUBJID": ["ACT1", "ACT2", "REF1", "REF3", "S9"], "TRT01A": ["ACT", "ACT", "REF", "REF", ""], "AGE": 51.0,
    "SEX": "F", "SAFFL": ["Y", "Y", "Y", "", ""], "DSDECOD": "", "DISCDT": "", "INDEXDT": "2020-01-10",
    "TRTEMDT": "2020-01-09", "TRTSDT": "", "RESCDT": "", "WEIGHT": 50.0,
}  # fmt: skip


def adae(events):
    values = [dict.fromkeys(ADAE, "") | {"ASTDY": 1.0, "ADURN": math.nan} | one for one in events]
    return pd.DataFrame(values, columns=list(ADAE)).astype({"ASTDY": float, "ADURN": float})


def listing(template, events, **subjects):
    _, outcome = run([], adsl={"DSDECOD": ""}, death={"DSDECOD": ["DEATH"]})
    data = {"adae": adae(events), "adsl": pd.DataFrame(SUBJECTS | subjects)}
    return rows.build(template, context(template, "adverse", outcome, data))


def test_deaths_are_fatal_events_and_subjects_who_died_without_one():
    events = [event("ACT1", AEOUT="Fatal"), event("ACT2"), event("REF3", AEOUT="FATAL", TRTEMFL="")]
    died = ["DEATH", "Death", "", "", ""]
    table = listing("ae_deaths_listing", events, DSDECOD=died, DISCDT=["", "2020-03-01", "", "", ""])
    found = [[row[0], row[2], row[3], row[7], row[8], row[11]] for row in texts(table)]
    assert found == [
        ["ACT1", "Gut: Nausea ()", "2020-01-11", "Y", "Mild", "Fatal"],
        ["ACT2", "Death on record; no adverse event with fatal outcome", "2020-03-01", "", "", ""],
        ["REF3", "Gut: Nausea ()", "2020-01-11", "N*", "Mild", "Fatal"],
    ]
    assert table.titles[1] == "2 events, 1 of them treatment-emergent in: Safety set"


def test_events_that_led_to_discontinuation_are_those_that_the_overview_counts():
    table = listing("ae_discontinuation_listing", [event("ACT1", AEACN="Drug withdrawn"), event("REF1")])
    assert [row[0] for row in texts(table)] == ["ACT1"]


@pytest.mark.parametrize("template", ["ae_deaths_listing", "ae_discontinuation_listing"])
def test_without_any_such_event_the_listings_are_empty(template):
    assert listing(template, [event("REF1")]).is_empty
    assert listing(template, []).is_empty


def test_deaths_have_their_row_in_the_overview_only_where_they_are_declared():
    for death, shown in ((None, False), ({"DSDECOD": ["DEATH"]}, True)):
        _, outcome = run([], adsl={"DSDECOD": ["DEATH", "", "", "", ""]}, death=death)
        table = rows.build("ae_overview", context("ae_overview", "adverse", outcome))
        found = [row for row in texts(table) if row[0].startswith("Death")]
        assert found == (
            [["Death, with or without an event", "1 (50.0%)", "", "0", "", "1 (25.0%)", ""]] * shown
        )


# --- timeline ---

EVENTS = [
    event("ACT1", AESER="Y", AESEV="SEVERE", AENDT="2020-01-15", AEDECOD="Fracture"),
    event("ACT1", day="2020-02-01", AEDECOD="Cough"), event("REF1", AESEV="", AEENDTC="x"),
    event("REF1", ASTDT="", AESTDTC="2020", AEDECOD="Rash"), event("REF3"), event("ACT2", TRTEMFL=""),
]  # fmt: skip
VISITS = pd.DataFrame(
    [("ACT1", "2020-06-01", "Y"), ("ACT1", "2020-09-01", "N"), ("REF1", "2020-05-01", "Y")],
    columns=["USUBJID", "SVDT", "DONE"],
)


def plot(events=EVENTS, **subjects):
    _, outcome = run(events)
    given = {"TRTSDT": ["2020-01-10", "2020-01-10", "", "", ""], "RESCDT": ["", "", "2020-03-01", "", ""]}
    adsl = pd.DataFrame(SUBJECTS | given | {"DISCDT": ["", "", "2020-07-01", "", ""]} | subjects)
    data = {"adae": adae(events), "adsl": adsl, "adsv": VISITS}
    return rows.build("ae_timeline", context("ae_timeline", "adverse", outcome, data))


def marks(found, subject, mark):
    mine = found.frame[(found.frame["subject"] == subject) & (found.frame["mark"] == mark)]
    return mine[["day", "end"]].fillna(-99).to_numpy().tolist()


def test_the_timeline_counts_days_from_time_zero():
    """Day 0 is 10 January: the fracture of the 11th lasted to the 15th; the last visit done is 1 June."""
    found = plot()
    assert list(dict.fromkeys(found.frame["subject"])) == ["ACT1", "REF1"]
    assert marks(found, "ACT1", "event") == [[1, 5], [22, -99]]
    assert marks(found, "ACT1", "observed") == [[-1, 143]]
    assert marks(found, "ACT1", "infusion") == [[0, -99]] and marks(found, "REF1", "infusion") == []
    assert marks(found, "REF1", "rescue") == [[51, -99]]
    assert marks(found, "REF1", "discontinued") == [[173, -99]]
    assert marks(found, "REF1", "observed") == [[-1, 173]]
    assert marks(found, "REF1", "event") == [[-99, -99], [1, -99]]


def test_an_event_without_a_whole_date_has_no_mark_and_that_is_said():
    found = plot()
    assert "1 events without a whole start date have no mark; the listing has them." in found.heading.notes


def test_the_timeline_says_in_words_what_it_shows():
    text = plot().alt
    assert "Active: 2 events in 1 subjects, 1 mild, 0 moderate, 1 severe, 0 not recorded, 1 serious" in text
    assert (
        "Reference: 2 events in 1 subjects, 1 mild, 0 moderate, 0 severe, 1 not recorded, 0 serious" in text
    )
    assert "1 with start of rescue medicine, 1 with discontinuation." in text


def test_the_marks_stand_where_the_data_say():
    found = plot()
    with project_style():
        drawn = found.draw()
    placed = {
        line.get_gid(): line.get_xdata()[0] for axis in drawn.axes for line in axis.lines
        if line.get_gid() and len(line.get_xdata())
    }  # fmt: skip
    assert placed["event-ACT1-0"] == 1 and placed["event-ACT1-1"] == 22
    assert placed["infusion-ACT1"] == 0 and placed["rescue-REF1"] == 51 and placed["discontinued-REF1"] == 173
    assert "event-REF1-1" not in placed
    lanes = [line.get_ydata()[0] for line in drawn.axes[0].lines if line.get_gid() == "event-ACT1-0"]
    assert lanes == [1]  # below the heading of the arm


def test_severities_differ_without_colour():
    _, outcome = run(EVENTS)
    looks = timeline._severity_looks(context("ae_timeline", "adverse", outcome))
    shades = [float(looks[code]["markerfacecolor"]) for code in ("MILD", "MODERATE", "SEVERE")]
    sizes = [looks[code]["markersize"] for code in ("MILD", "MODERATE", "SEVERE")]
    assert shades == [1.0, 0.5, 0.0] and sizes == sorted(sizes) and len(set(sizes)) == 3


def test_more_subjects_than_a_page_holds_are_left_to_the_listing():
    subjects = [f"ACT{number}" for number in range(100, 100 + timeline.MOST + 5)]
    adsl = {name: [values[0] if isinstance(values, list) else values] * len(subjects)
            for name, values in SUBJECTS.items()} | {"USUBJID": subjects}  # fmt: skip
    _, outcome = run([])
    data = {
        "adae": adae([event(subject) for subject in subjects]),
        "adsl": pd.DataFrame(adsl),
        "adsv": VISITS,
    }
    found = rows.build("ae_timeline", context("ae_timeline", "adverse", outcome, data))
    assert found.frame["subject"].nunique() == timeline.MOST + 5
    assert any(f"Drawn are the first {timeline.MOST} of {timeline.MOST + 5} subjects" in note
               for note in found.heading.notes)  # fmt: skip
    with project_style():
        gids = {line.get_gid() for line in found.draw().axes[0].lines}
    assert len([gid for gid in gids if gid and gid.startswith("event-")]) == timeline.MOST


def test_without_an_event_the_timeline_says_so():
    found = plot([])
    assert found.frame.empty and found.alt.endswith(timeline.NULL_REPORT)
    with project_style():
        assert found.draw().axes[0].texts[0].get_text() == timeline.NULL_REPORT


# --- hypoglycaemia ---


def test_hypoglycaemia_prints_every_level_from_events_and_from_values():
    events = [hypoglycaemia.event("ACT1"), hypoglycaemia.event("REF1", AESEV="SEVERE")]
    values = [
        hypoglycaemia.value("ACT1", 3.5),
        hypoglycaemia.value("ACT1", 3.6),
        hypoglycaemia.value("REF2", 2.5, ""),
    ]
    _, outcome = hypoglycaemia.run(events, values)
    table = rows.build(
        "hypoglycaemia_table", context("hypoglycaemia_table", "hypoglycaemia", outcome, name="HYPO")
    )
    assert [row[:5] for row in texts(table)] == [
        ["Any event", "1 (50.0%)", "1", "1 (50.0%)", "1"],
        ["Level 3", "0", "0", "1 (50.0%)", "1"],
        ["Level not known: no glucose at the event", "1 (50.0%)", "1", "0", "0"],
        ["Any value of glucose", "1 (50.0%)", "2", "1 (50.0%)", "1"],
        ["Level 1", "1 (50.0%)", "2", "0", "0"],
        ["Level 2", "0", "0", "1 (50.0%)", "1"],
        ["Level 3", "0", "", "1 (50.0%)", ""],
        ["Level 2", "0", "", "1 (50.0%)", ""],
        ["Level 1", "1 (50.0%)", "", "0", ""],
        ["Level not known: no glucose at the event", "0", "", "0", ""],
    ]
    assert "1 values without a day count." in notes(table)
    assert "Neither self-measured nor continuous glucose is among them" in notes(table)


# --- history, medicines, exposure ---


def built(template, role, outcome, data=None):
    return rows.build(template, context(template, role, outcome, data, name="X"))


def test_history_stands_by_frequency_and_a_study_without_any_is_empty():
    conditions = [background.condition("ACT1", "Gout"), background.condition("ACT2", "Obesity", ongoing="N"),
                  background.condition("REF1", "Obesity"), background.condition("REF2", "Asthma", "Lung")]  # fmt: skip
    _, outcome = background.run(background.history, {}, {"admh": pd.DataFrame(conditions)})
    table = built("history_table", "history", outcome)
    assert [block.heading for block in table.blocks] == ["", "Metabolism", "Lung"]
    assert texts(table, "Metabolism")[1] == ["Obesity", "1 (50.0%)", "0", "1 (50.0%)", "1 (50.0%)", "2 (50.0%)",
                                             "1 (25.0%)"]  # fmt: skip
    _, outcome = background.run(background.history, {}, {"admh": pd.DataFrame(columns=list(conditions[0]))})
    assert built("history_table", "history", outcome).is_empty


def test_medicines_print_classes_that_nobody_takes_and_name_those_left_out():
    given = [background.medicine(5, "2019", USUBJID="ACT1", CMCLASS="biguanide", CMTRT="metformin"),
             background.medicine(5, "2020-03-01", USUBJID="REF1", CMCLASS="statin")]  # fmt: skip
    _, outcome = background.medicated(given)
    table = built("medicines_table", "medicines", outcome)
    assert texts(table, "Prior: Insulin") == [["Any of the class", "0", "0", "0"]]
    assert texts(table, "Concomitant: Biguanides") == [
        ["Any of the class", "1 (50.0%)", "0", "1 (25.0%)"], ["metformin", "1 (50.0%)", "0", "1 (25.0%)"],
    ]  # fmt: skip
    assert "Left out are medicines of other classes: statin." in notes(table)
    _, outcome = background.medicated(pd.DataFrame(columns=list(given[0])))
    assert built("medicines_table", "medicines", outcome).is_empty


def test_the_dose_of_nobody_is_a_dash_and_an_unknown_one_has_a_row():
    given = [background.medicine(10, "2020-01-20", USUBJID="ACT1"), background.medicine(math.nan, "2020-01-20",
             USUBJID="REF1"), background.medicine(20, "2020-01-20", USUBJID="ACT2")]  # fmt: skip
    visits = pd.DataFrame([(one, "2020-02-09", "Y") for one in ("ACT1", "ACT2", "REF1")],
                          columns=["USUBJID", "SVDT", "DONE"])  # fmt: skip
    _, outcome = background.medicated(given, visits)
    table = built("dose_table", "medicines", outcome)
    # The visits of the output are those of the study: Month 6 is none of the analysis.
    found = texts(table, "Month 1")
    assert found == [
        ["Subjects with a visit", "2 (100%)", "1 (50.0%)", "3 (75.0%)"],
        ["On insulin", "2 (100%)", "0", "2 (66.7%)"],
        ["Dose not known", "0", "1 (100%)", "1 (33.3%)"],
        ["Dose (U): n", "2", "0", "2"],
        ["Dose (U): mean (SD)", "15.0 (7.07)", "–", "15.0 (7.07)"],
        ["Dose (U): median", "15.0", "–", "15.0"],
        ["Dose (U): Min, Max", "10, 20", "–", "10, 20"],
    ]


def test_exposure_prints_products_that_nobody_had():
    _, outcome = background.exposed(
        [background.infusion("ACT1", dose=120.0), background.infusion("ACT2", "Oil")]
    )
    table = built("exposure_table", "exposure", outcome)
    marrow, cord = texts(table, "Marrow"), texts(table, "Cord")
    assert marrow[0] == ["Subjects: n (%)", "1 (50.0%)", "0", "1 (25.0%)"]
    assert ["Dose (10^6 cells/kg): Min, Max", "2.4, 2.4", "–", "2.4, 2.4"] in marrow
    assert ["Route, iv: n (%)", "1 (50.0%)", "0", "1 (25.0%)"] in marrow
    assert [row[1:] for row in cord[:2]] == [["0", "0", "0"], ["0", "0", "0"]]
    assert "Left out are products that are not declared: Oil." in notes(table)


def test_the_listing_of_exposure_has_every_infusion_and_who_had_none():
    columns = list(KINDS["adex"])
    given = [background.infusion("ACT1") | {"EXSTDTC": "2020-01-11", "ASTDT": "2020-01-11", "EXLOT": "L1"},
             background.infusion("REF3", dose=1.5) | {"EXSTDTC": "2020", "ASTDT": ""}]  # fmt: skip
    blank = {name: math.nan if kind == "number" else "" for name, kind in KINDS["adex"].items()}
    adex = pd.DataFrame([blank | one for one in given], columns=columns)
    data = {"adex": adex, "adsl": pd.DataFrame(SUBJECTS)}
    table = rows.build("exposure_listing", context("exposure_listing", "", None, data))
    assert [block.heading for block in table.blocks] == ["Active", "Reference", "No treatment received"]
    found = texts(table)
    assert found[0] == [
        "ACT1",
        "50",
        "Marrow",
        "100 10^6 cells",
        "90",
        "iv",
        "L1",
        "2020-01-11",
        "",
        "1",
        "N",
    ]
    assert (found[1][0], found[1][3], found[1][9]) == ("REF3*", "1.5 10^6 cells", "")
    assert found[2] == ["S9*", "50", "no infusion on record", *[""] * 8]
    empty = {"adex": adex.iloc[:0], "adsl": pd.DataFrame(SUBJECTS).iloc[:2]}
    assert rows.build("exposure_listing", context("exposure_listing", "", None, empty)).is_empty


# --- individual efficacy ---


def record(subject, visit="M1", value=7.0, **changes):
    usual = {
        "USUBJID": subject, "PARAMCD": "HBA1C", "TRT01P": "CELL", "FASFL": "Y", "VISIT": "", "AVISIT": visit,
        "ADT": "2020-02-01", "ADY": 22.0, "AVAL": value, "AVALC": str(value), "CHG": -0.25, "ABLFL": "",
        "ANL01FL": "Y", "BLQFL": "", "CENSOR": "", "REASON": "",
    }  # fmt: skip
    return usual | changes


def efficacy(*records):
    data = pd.DataFrame(list(records), columns=list(record("")))
    roles = {"observed": (rows.shown_analysis("observed", ["HBA1C", "IL1B"]),)}
    spec = rows.output_spec("efficacy_listing", id="l16-2-6", roles=roles)
    spec = spec.model_copy(
        update={
            "endpoints": tuple(one for one in spec.endpoints if one.paramcd in ("HBA1C", "IL1B")),
            "visits": tuple(one.model_copy(update={"window": (15, 59)}) for one in spec.visits[:2]),
        }
    )
    stamp = rows.stamp_of(spec.study)
    return rows.build("efficacy_listing", Context(spec, stamp, {}, {}, {}, {"adlb": data}))


def test_every_visit_of_every_endpoint_has_a_row():
    baseline = record("S1", "BL", 8.26, ABLFL="Y", CHG=math.nan, ADY=-3.0, ADT="2020-01-07")
    table = efficacy(baseline, record("S1", value=8.04, CHG=-0.22))
    assert [block.heading for block in table.blocks] == ["S1, BM-MNC + UC-MSC"]
    assert texts(table) == [
        ["HbA1c (%)", "Baseline", "2020-01-07", "−3", "8.3", "", "baseline"],
        ["HbA1c (%)", "Month 1", "2020-02-01", "22", "8.0", "−0.2", ""],
        ["IL-1β (pg/mL)", "Baseline", "", "", "", "", "no analysed value"],
        ["IL-1β (pg/mL)", "Month 1", "", "", "", "", "no analysed value"],
    ]
    assert "Windows in days: Baseline 15 to 59; Month 1 15 to 59." in notes(table)
    assert table.titles[1] == "1 subjects, 2 analysed records, 0 others"


def test_records_that_are_not_analysed_follow_with_their_reasons():
    later = record("S1", "M1", 9.0, ANL01FL="", REASON="NOT_CLOSEST;NOT_FASTING", ADT="2020-02-05")
    outside = record("S1", "", 9.1, ANL01FL="", REASON="OUT_OF_WINDOW", ADT="2020-01-20", VISIT="UNS")
    found = texts(efficacy(later, outside, record("S1")))
    assert [[row[1], row[2], row[6]] for row in found[2:4]] == [
        ["UNS", "2020-01-20", "not analysed: OUT_OF_WINDOW"],
        ["Month 1", "2020-02-05", "not analysed: NOT_CLOSEST, NOT_FASTING"],
    ]


def test_a_value_beyond_its_limit_is_printed_as_reported_and_has_no_change():
    low = {"PARAMCD": "IL1B", "AVAL": 0.5, "AVALC": "<1.00", "BLQFL": "Y", "CENSOR": "<"}
    found = texts(
        efficacy(
            record("S1", **low), record("S2", "BL", **low | {"ABLFL": "Y"}), record("S2", PARAMCD="IL1B")
        )
    )
    one = [row for row in found if row[4]]
    assert [[row[4], row[5], row[6]] for row in one] == [
        ["<1.00", "", "below limit"], ["<1.00", "", "baseline, below limit"], ["7.0", "", ""],
    ]  # fmt: skip


def test_subjects_of_no_arm_or_of_no_population_are_listed_and_marked():
    table = efficacy(record("S2", TRT01P=""), record("S1", FASFL=""), record("S3", TRT01P="STD"))
    assert [block.heading for block in table.blocks] == [
        "S1*, BM-MNC + UC-MSC", "S3, Standard medicines", "S2, No treatment"
    ]  # fmt: skip
