"""The daily dose on a day: starts, ends, changes of dose, dates known in part, doses that cannot be summed."""

import math

import pandas as pd
import pytest

from trial.analysis.doses import courses, total_dose

INSULIN = {"CMCLASS": ["insulin"]}


def medicine(dose, start, end="", **changes):
    """Return one row of ADCM; dates of a whole day stand in both forms."""
    whole = {name: text if len(text) == 10 else "" for name, text in (("ASTDT", start), ("AENDT", end))}
    usual = {"USUBJID": "S1", "CMTRT": "glargine", "CMCLASS": "Insulin", "CMDOSE": float(dose), "CMDOSU": "U"}
    return usual | {"CMSTDTC": start, "CMENDTC": end} | whole | changes


def dose(rows, day, where=INSULIN):
    """Return the dose of S1 on a day."""
    found = total_dose(courses(pd.DataFrame(rows)), where, "u", pd.Series({"S1": day, "S2": day}))
    assert found["S2"] == 0 or math.isnan(found["S2"])
    return found["S1"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2020-01-09", 0), ("2020-01-10", 10), ("2020-01-20", 10), ("2020-01-21", 0)],
)
def test_first_and_last_day_belong_to_it(day, expected):
    assert dose([medicine(10, "2020-01-10", "2020-01-20")], day) == expected


@pytest.mark.parametrize(("day", "expected"), [("2020-01-31", 10), ("2020-02-01", 14), ("2020-03-01", 18)])
def test_a_change_of_dose_ends_the_row_before(day, expected):
    """Rows of one medicine without an end: 10 would become 24, then 42, if they were summed."""
    rows = [
        medicine(18, "2020-03-01"),
        medicine(10, "2020-01-10"),
        medicine(14, "2020-02-01", CMTRT="GLARGINE"),
    ]
    assert dose(rows, day) == expected


@pytest.mark.parametrize(("day", "expected"), [("2020-02-29", 10), ("2020-03-15", None), ("2020-04-01", 14)])
def test_a_change_of_which_the_month_alone_is_known(day, expected):
    """From April on the new dose alone counts, and never both."""
    found = dose([medicine(10, "2020-01-10"), medicine(14, "2020-03")], day)
    assert math.isnan(found) if expected is None else found == expected


def test_a_row_with_its_end_on_the_day_of_the_change_does_not_count_twice():
    rows = [medicine(10, "2020-01-10", "2020-02-01"), medicine(14, "2020-02-01")]
    assert dose(rows, "2020-02-01") == 14


def test_several_medicines_and_rows_that_start_together_are_summed():
    rows = [medicine(10, "2020-01-10"), medicine(4, "2020-01-10"), medicine(6, "2020-02-01", CMTRT="aspart")]
    assert dose(rows, "2020-01-31") == 14
    assert dose(rows, "2020-02-01") == 20
    assert dose(rows, "2020-02-01", {"CMCLASS": ["sulfonylurea"]}) == 0


@pytest.mark.parametrize(
    ("row", "day", "expected"),
    [
        (medicine(10, "2020-01"), "2019-12-31", 0), (medicine(10, "2020-01"), "2020-01-15", None),
        (medicine(10, "2020-01"), "2020-01-31", 10), (medicine(10, "2020"), "2020-12-30", None),
        (medicine(10, "2020-01-01", "2020-03"), "2020-02-29", 10),
        (medicine(10, "2020-01-01", "2020-03"), "2020-03-01", 10),
        (medicine(10, "2020-01-01", "2020-03"), "2020-03-02", None),
        (medicine(10, "2020-01-01", "2020-03"), "2020-04-01", 0),
        (medicine(10, ""), "2020-04-01", None), (medicine(10, "", "2020-01-01"), "2020-04-01", 0),
        (medicine(math.nan, "2020-01-01"), "2020-04-01", None), (medicine(math.nan, "2020-01-01"), "2019-04-01", 0),
        (medicine(10, "2020-01-01", CMDOSU="mg"), "2020-04-01", None),
    ],
)  # fmt: skip
def test_what_is_not_known_has_no_dose(row, day, expected):
    found = dose([row], day)
    assert math.isnan(found) if expected is None else found == expected


def test_without_a_day_there_is_no_dose():
    found = total_dose(
        courses(pd.DataFrame([medicine(10, "2020-01-01")])), INSULIN, "U", pd.Series({"S1": ""})
    )
    assert math.isnan(found["S1"])
