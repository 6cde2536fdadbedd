"""Which visit a record is of and which one stands for it: windows, the export's visits, flags, scheduled first."""

import numpy as np
import pytest

from trial.endpoints.adlb import derive_endpoint
from trial.endpoints.collect import collect_adlb
from trial.endpoints.config_plan import CollectAdlbSpec, CollectedEndpoint
from trial.endpoints.config_visits import Selection
from unit.endpoints.build import ADSV, NOTHING_ASKED, SELECTION, adsl, homa, lab, labs, measured, spec

INDEX = "2020-01-31"
FLAG = "flag of the export"
# Days from the index date.
DAYS = {-40: "2019-12-22", -20: "2020-01-11", -1: "2020-01-30", 3: "2020-02-03", 20: "2020-02-20", 30: "2020-03-01",
        31: "2020-03-02", 65: "2020-04-05", 90: "2020-04-30", 150: "2020-06-29", 400: "2021-03-06"}  # fmt: skip


def choose(**changes):
    return SELECTION.model_copy(update=changes)


def glucose(row, day, value=8.0, **others):
    return lab(row, "GLUC", value, DAYS[day] + "T08:00", **others)


def derive(selection, *rows, source=None, code="FPG", unit="mmol/L"):
    plan = spec(source or measured(), code, unit).model_copy(update={"selection": selection})
    return derive_endpoint(labs(*rows), adsl(INDEX, INDEX), ADSV, NOTHING_ASKED, plan)


def fates(data):
    """Return (visit, ANL01FL, ABLFL, REASON) of each record by its value."""
    columns = ("AVAL", "AVISIT", "ANL01FL", "ABLFL", "REASON")
    return {value: tuple(rest) for value, *rest in data.adlb[list(columns)].to_numpy()}


def collect(*parts):
    endpoints = tuple(
        CollectedEndpoint(
            paramcd=part.adlb["PARAMCD"].iloc[0], number=at, param=f"P{at}", unit_label="mmol/L"
        )
        for at, part in enumerate(parts, 1)
    )
    plan = CollectAdlbSpec(endpoints=endpoints, flags=("ENRLFL", "FASFL", "SAFFL"), population="SAFFL")
    asked = collect_adlb(parts, adsl(INDEX, INDEX).assign(DISCDT=""), plan).queries
    return [tuple(row) for row in asked[["ANALYTE", "RULE", "FOUND", "ROW"]].to_numpy()]


def test_the_defaults_are_windows_dates_and_no_preference():
    given = {
        "after_baseline": "closest to target day",
        "tie": "later",
        "baseline": "last on or before index date",
    }
    assert Selection(**given) == choose(visit="window", scheduled_first=False) == SELECTION


# The visit that the export names.


def test_a_draw_of_the_last_visit_on_a_day_of_an_earlier_one_is_asked_about():
    """A draw labelled M3 at the day of M1: by the window not the closest of M1, and M3 is empty."""
    rows = (glucose(2, -1, VISIT="BL"), glucose(3, 30, 7.0, VISIT="M1"), glucose(4, 31, 6.0, VISIT="M3"))
    by_window = derive(SELECTION, *rows)
    assert fates(by_window)[6.0] == ("M1", "", "", "NOT_CLOSEST;VISIT_CONTRADICTED")
    assert collect(by_window) == [
        ("FPG", "VISIT_CONTRADICTED", "M3 by the export, M1 by the date (day 31)", "4")
    ]
    by_export = derive(choose(visit="export"), *rows)
    assert fates(by_export)[6.0] == ("M3", "Y", "", "VISIT_CONTRADICTED")
    assert by_export.queries["DONE"].tolist() == ["used, flagged"]
    assert by_export.adlb["VISIT"].tolist() == ["BL", "M1", "M3"]


def test_a_contradicted_draw_is_asked_about_once_not_once_per_endpoint_or_window():
    rows = (
        glucose(2, 150, VISIT="M3", ACCESSION="A"),
        lab(3, "INS", 9.0, DAYS[150] + "T08:00", "A", VISIT="M3"),
    )
    parts = [
        derive(SELECTION, *rows),
        derive(SELECTION, *rows, source=measured("INS"), code="INS", unit="u[IU]/mL"),
        derive(SELECTION, *rows, source=homa(), code="HOMAIR", unit="1"),
    ]
    asked = collect(*parts)
    assert asked == [
        ("FPG, INS, HOMAIR", "VISIT_CONTRADICTED", "M3 by the export, no visit by the date (day 150)", "2")
    ]


@pytest.mark.parametrize(
    ("visit", "raw", "reason", "question"),
    [("UNS", "UNSCHEDULED 1.1", "OTHER_VISIT", []), ("", "", "NO_VISIT_NAMED", ["NO_VISIT_NAMED"]),
     ("", "Visit ?", "UNKNOWN_VISIT", [])],
)  # fmt: skip
def test_records_of_no_analysis_visit_do_not_stand_for_one_by_the_export(visit, raw, reason, question):
    data = derive(choose(visit="export"), glucose(2, 30, VISIT=visit, VISIT_RAW=raw))
    assert fates(data)[8.0] == ("", "", "", reason)
    assert data.queries["RULE"].tolist() == question


def test_records_that_name_no_visit_are_asked_about_once_per_file():
    rows = [glucose(at, day, USUBJID=name, FILE=file) for at, (day, name, file) in
            enumerate([(-1, "S1", "a.csv"), (30, "S1", "a.csv"), (30, "S2", "a.csv"), (31, "S2", "b.csv")], 2)]  # fmt: skip
    asked = collect(derive(choose(visit="export"), *rows))
    assert asked == [
        ("FPG", "NO_VISIT_NAMED", "3 draws of 2 subjects, 2020-01-30 to 2020-03-01", "2"),
        ("FPG", "NO_VISIT_NAMED", "1 draw of 1 subject, 2020-03-02", "5"),
    ]


def test_a_baseline_named_by_the_export_never_lies_after_time_zero():
    rows = (glucose(2, -20, 8.0, VISIT="BL"), glucose(3, 3, 7.0, VISIT="BL"))
    data = derive(choose(visit="export"), *rows)
    assert fates(data) == {
        8.0: ("BL", "Y", "Y", ""),
        7.0: ("BL", "", "", "BASELINE_AFTER_INDEX_DATE;VISIT_CONTRADICTED"),
    }
    assert set(data.adlb["BASE"]) == {8.0}


def test_without_a_time_zero_the_export_names_the_visit_but_no_baseline():
    plan = spec(measured()).model_copy(update={"selection": choose(visit="export")})
    rows = (glucose(2, -1, 8.0, VISIT="BL"), glucose(3, 30, 7.0, VISIT="M1"))
    data = derive_endpoint(labs(*rows), adsl(""), ADSV, NOTHING_ASKED, plan)
    assert fates(data) == {8.0: ("BL", "", "", "NO_INDEX_DATE"), 7.0: ("M1", "Y", "", "")}
    assert data.adlb["CHG"].isna().all()


# Scheduled before unscheduled.


def test_scheduled_records_stand_before_unscheduled_ones_where_the_plan_says_so():
    rows = (
        glucose(2, -20, 8.0, VISIT="BL"), glucose(3, -1, 9.0, VISIT="UNS"),
        glucose(4, 30, 7.0, VISIT="UNS"), glucose(5, 20, 6.0, VISIT="M1"), glucose(6, 65, 5.0, VISIT="UNS"),
    )  # fmt: skip
    alike = fates(derive(SELECTION, *rows))
    assert (alike[9.0], alike[7.0]) == (("BL", "Y", "Y", ""), ("M1", "Y", "", ""))
    first = fates(derive(choose(scheduled_first=True), *rows))
    assert first == {
        8.0: ("BL", "Y", "Y", ""), 9.0: ("BL", "", "", "NOT_SCHEDULED"),
        7.0: ("M1", "", "", "NOT_SCHEDULED"), 6.0: ("M1", "Y", "", ""), 5.0: ("M3", "Y", "", ""),
    }  # fmt: skip


def test_among_scheduled_records_the_usual_choice_stands():
    rows = [glucose(at, day, float(at), VISIT=visit) for at, (day, visit) in
            enumerate([(20, "M1"), (30, "M1"), (31, "UNS"), (31, "")], 2)]  # fmt: skip
    assert fates(derive(choose(scheduled_first=True), *rows)) == {
        2.0: ("M1", "", "", "NOT_CLOSEST"), 3.0: ("M1", "Y", "", ""),
        4.0: ("M1", "", "", "NOT_SCHEDULED"), 5.0: ("M1", "", "", "NOT_SCHEDULED"),
    }  # fmt: skip


# Flags of the export.


def test_the_baseline_may_be_the_one_that_the_export_flags():
    rows = (glucose(2, -40, 8.0, BASEFL="Y"), glucose(3, -1, 9.0), glucose(4, 30, 6.0))
    assert set(derive(SELECTION, *rows).adlb["BASE"]) == {9.0}
    data = derive(choose(baseline=FLAG), *rows)
    assert fates(data) == {
        8.0: ("BL", "Y", "Y", ""), 9.0: ("BL", "", "", "NOT_FLAGGED"), 6.0: ("M1", "Y", "", ""),
    }  # fmt: skip
    assert data.adlb["CHG"].tolist()[2] == -2.0
    assert data.queries.empty


def test_a_flagged_baseline_after_time_zero_is_used_and_asked_about():
    data = derive(choose(baseline=FLAG), glucose(2, 3, 8.0, BASEFL="Y"))
    assert fates(data) == {8.0: ("BL", "Y", "Y", "BASELINE_AFTER_INDEX_DATE")}
    assert data.queries[["RULE", "FOUND", "DONE"]].to_numpy().tolist() == [
        ["BASELINE_AFTER_INDEX_DATE", "day 3", "used, flagged"]
    ]


def test_two_flagged_baselines_are_asked_about_and_one_before_time_zero_stands():
    rows = [glucose(2, -20, 8.0, BASEFL="Y"), glucose(3, -1, 9.0, BASEFL="Y"), glucose(4, 3, 7.0, BASEFL="Y")]
    data = derive(choose(baseline=FLAG), *rows)
    assert fates(data)[9.0] == ("BL", "Y", "Y", "")
    assert data.queries[["RULE", "ROW"]].to_numpy().tolist() == [
        ["FLAGGED_TWICE", "2"],
        ["FLAGGED_TWICE", "4"],
    ]


def test_records_after_baseline_may_be_those_that_the_export_flags():
    rows = (glucose(2, -1, 8.0), glucose(3, 20, 7.0, ANLFL="Y"), glucose(4, 30, 6.0), glucose(5, 65, 5.0))
    assert fates(derive(choose(after_baseline=FLAG), *rows)) == {
        8.0: ("BL", "Y", "Y", ""), 7.0: ("M1", "Y", "", ""), 6.0: ("M1", "", "", "NOT_FLAGGED"),
        5.0: ("M3", "", "", "NOT_FLAGGED"),
    }  # fmt: skip


def test_an_index_has_the_visit_and_the_flags_of_its_draw():
    rows = (
        lab(2, "GLUC", 9.0, DAYS[30] + "T08:00", "A"),
        lab(3, "INS", 10.0, DAYS[30] + "T08:00", "A", VISIT="M3", ANLFL="Y"),
    )
    plan = choose(visit="export", after_baseline=FLAG)
    data = derive(plan, *rows, source=homa(), code="HOMAIR", unit="1")
    assert data.adlb[["VISIT", "AVISIT", "ANL01FL"]].to_numpy().tolist() == [["M3", "M3", "Y"]]


def test_two_draws_of_a_day_without_times_are_not_averaged():
    rows = [
        lab(at, code, value, "2020-03-01", COLUMN=code, VISIT=visit)
        for at, visit, values in ((2, "M1", (9.0, 10.0)), (3, "UNS", (18.0, 5.0)))
        for code, value in zip(("GLUC", "INS"), values, strict=True)
    ]
    data = derive(choose(scheduled_first=True), *rows, source=homa(), code="HOMAIR", unit="1")
    assert data.adlb[["VISIT", "AVAL", "DTYPE", "REASON"]].to_numpy().tolist() == [
        ["M1", 4.0, "", ""], ["UNS", 4.0, "", "NOT_SCHEDULED"],
    ]  # fmt: skip


# Follow-up after the last window.


def test_follow_up_is_one_counted_question_per_file():
    rows = [glucose(at, 400, USUBJID=f"S{1 + at % 2}", COLUMN=str(at)) for at in range(2, 8)]
    rows = [row | {"COLLECTED": f"2021-03-0{at}T08:00"} for at, row in enumerate(rows, 1)]
    insulin = [row | {"ANALYTE": "INS"} for row in rows]
    parts = [
        derive(SELECTION, *rows),
        derive(SELECTION, *insulin, source=measured("INS"), code="INS", unit="u[IU]/mL"),
    ]
    assert set(parts[0].adlb["REASON"]) == {"AFTER_WINDOWS"}
    assert collect(*parts) == [
        ("FPG, INS", "AFTER_WINDOWS", "6 draws of 2 subjects, 2021-03-01 to 2021-03-06", "2")
    ]


@pytest.mark.parametrize("day", [3, 400])
def test_a_record_outside_the_windows_is_not_asked_about_where_the_export_names_its_visit(day):
    data = derive(SELECTION, glucose(2, day, VISIT="FU"))
    assert data.queries.empty
    assert data.adlb["VISIT"].tolist() == ["FU"]


def test_a_follow_up_record_without_a_value_raises_no_question_of_its_own():
    censored = glucose(2, 400, np.nan, CENSOR="<", LIMIT=1.0, ACCESSION="A")
    rows = (censored, lab(3, "INS", 9.0, DAYS[400] + "T08:00", "A"))
    data = derive(SELECTION, *rows, source=homa(), code="HOMAIR", unit="1")
    assert data.queries["RULE"].tolist() == ["AFTER_WINDOWS"]


def test_one_draw_that_serves_several_analytes_is_asked_about_once():
    """The same day of three analytes, and the same day at another time."""
    rows = [lab(at, code, 8.0, DAYS[3] + "T08:00") for at, code in enumerate(("GLUC", "INS", "CPEP"), 2)]
    later = lab(9, "INS", 8.0, DAYS[3] + "T11:00")
    parts = [
        derive(SELECTION, *rows, later, source=measured(code), code=code, unit="mmol/L")
        for code in ("GLUC", "INS", "CPEP")
    ]
    assert [(row[0], row[3]) for row in collect(*parts)] == [("GLUC, INS, CPEP", "2"), ("INS", "9")]
