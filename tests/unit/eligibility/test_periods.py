"""Dates known in part: what is certain, what is undecided."""

from datetime import date

import pytest

from trial.eligibility.periods import (
    ANY_DAY,
    Day,
    all_of,
    any_of,
    completed_years,
    in_period,
    months_before,
    read_known,
)


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("collected", "first", "last"),
    [
        ("2019-07-03", "2019-07-03", "2019-07-03"),
        ("2019-02", "2019-02-01", "2019-02-28"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2019", "2019-01-01", "2019-12-31"),
    ],
)
def test_a_date_stands_for_every_day_it_may_be(collected, first, last):
    assert read_known("", collected) == Day(day(first), day(last))


@pytest.mark.parametrize("text", ["", "2019-13", "2019-02-30", "19", "unknown", "2019-xx", "0000"])
def test_what_is_no_date_may_be_any_day(text):
    assert read_known("", text) == ANY_DAY


def test_the_whole_day_stands_before_the_text():
    assert read_known("2019-07-03", "3/7/2019") == Day(day("2019-07-03"), day("2019-07-03"))


@pytest.mark.parametrize(
    ("of", "months", "expected"),
    [
        ("2019-07-15", 6, "2019-01-15"),
        ("2019-08-31", 6, "2019-02-28"),
        ("2020-08-31", 6, "2020-02-29"),
        ("2020-02-29", 60, "2015-02-28"),
        ("2019-01-15", 1, "2018-12-15"),
        ("2019-12-15", 12, "2018-12-15"),
    ],
)
def test_months_are_those_of_the_calendar(of, months, expected):
    assert months_before(day(of), months) == day(expected)


@pytest.mark.parametrize(
    ("born", "ages"),
    [("2001-07-15", (18, 18)), ("2001-07-16", (17, 17)), ("2001", (17, 18)), ("2001-07", (17, 18))],
)
def test_age_is_counted_in_completed_years(born, ages):
    assert completed_years(read_known("", born), day("2019-07-15")) == ages


def test_someone_born_on_the_29th_of_february_is_a_year_older_on_the_1st_of_march():
    born = read_known("2000-02-29")
    assert completed_years(born, day("2018-02-28")) == (17, 17)
    assert completed_years(born, day("2018-03-01")) == (18, 18)


def test_three_valued_logic():
    assert all_of([True, None, False]) is False and all_of([True, None]) is None and all_of([]) is True
    assert any_of([False, None, True]) is True and any_of([False, None]) is None and any_of([]) is False


def test_both_ends_of_a_period_belong_to_it():
    first, last = day("2019-07-01"), day("2019-07-15")
    for start, end, expected in (
        ("2019-07-15", "2019-08-01", True),
        ("2019-07-16", "2019-08-01", False),
        ("2019-06-01", "2019-07-01", True),
        ("2019-06-01", "2019-06-30", False),
        ("2019-06-01", "2019-07", True),
        ("2019-06", "2019", None),
    ):
        assert in_period(read_known("", start), read_known("", end), first, last) is expected
