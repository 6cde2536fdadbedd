"""Dates as exports write them: month names, two-digit years, AM/PM, 24:00, zones, two columns; wrong patterns."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trial.labs.config import Dates
from trial.labs.dates import DateReader
from trial.study.date_formats import MONTHS, TOKENS, check_pattern, month_of
from unit.labs.one_row import COLUMNS, clean_rows, outcome


def dates(*formats, zone="+07:00", first_year=None):
    return Dates(
        formats=formats,
        zone=zone,
        first_year=first_year,
        earliest=date(1950, 1, 1),
        latest=date(2049, 12, 31),
    )


def read(text, *formats, **entries):
    return DateReader(dates(*formats, **entries)).read(text)


@pytest.mark.parametrize(
    ("formats", "text", "moment"),
    [
        # Month names: SAS and central laboratories; German, French, Vietnamese.
        (["dd-mmm-yyyy"], "03-JAN-2020", "2020-01-03"), (["ddmmmyyyy"], "03JAN2020", "2020-01-03"),
        (["ddmmmyyyy:HH:MM:SS"], "03JAN2020:08:30:00", "2020-01-03T08:30"), (["dd. mmm yyyy"], "3. März 2020", "2020-03-03"),
        (["dd mmm yyyy"], "3 févr. 2020", "2020-02-03"), (["dd mmm yyyy"], "03 août 2020", "2020-08-03"),
        (["dd mmm yyyy"], "03 tháng 12 2020", "2020-12-03"), (["dd mmm, yyyy"], "03 Thg 5, 2020", "2020-05-03"),
        (["mmm dd, yyyy"], "December 31, 2019", "2019-12-31"),
        # AM/PM: laboratory systems of the United States and Excel.
        (["mm/dd/yyyy hh:MM AM"], "1/3/2020 8:30 PM", "2020-01-03T20:30"),
        (["mm/dd/yyyy hh:MM AM"], "1/3/2020 12:05 a.m.", "2020-01-03T00:05"),
        (["mm/dd/yyyy hh:MM:SS AM"], "01/03/2020 12:05:59 PM", "2020-01-03T12:05"),
        (["dd/mm/yyyy hh:MM AM"], "3/1/2020 8:30 CH", "2020-01-03T20:30"),
        # The end of the day (ISO 8601).
        (["HH:MM dd/mm/yyyy"], "24:00 31/12/2019", "2020-01-01T00:00"), (["ISO"], "2020-02-28T24:00", "2020-02-29T00:00"),
        (["yyyymmddHHMM"], "202001032400", "2020-01-04T00:00"), (["excel"], "2020-01-03T24:00", "2020-01-04T00:00"),
        # HL7: any precision from the day on, fraction, zone.
        (["HL7"], "20200103", "2020-01-03"), (["HL7"], "202001030830", "2020-01-03T08:30"),
        (["HL7"], "20200103083000.1234", "2020-01-03T08:30"), (["HL7"], "20200103083000-0500", "2020-01-03T20:30"),
        (["HL7"], "20200103083000.123+0700", "2020-01-03T08:30"),
        # ISO without padding, short zones.
        (["ISO"], "2020-1-3", "2020-01-03"), (["ISO"], "2020-01-03 8:00", "2020-01-03T08:00"),
        (["ISO"], "2020-01-03T08:00+07", "2020-01-03T08:00"), (["ISO"], "2020-01-03T08:00:01.5Z", "2020-01-03T15:00"),
        # Text of its own; a declared zone.
        (["dd/mm/yyyy HH'h'MM"], "03/01/2020 8h30", "2020-01-03T08:30"),
        (["yyyy年mm月dd日"], "2020年1月3日", "2020-01-03"),
        (["dd/mm/yyyy HH:MM zzz"], "03/01/2020 23:30 -05:00", "2020-01-04T11:30"),
        (["yyyymmddHHMMSS.fff"], "20200103083000.25", "2020-01-03T08:30"),
        # A typed cell never has a zone: the text with one is left to the next format.
        (["excel", "ISO"], "2020-01-03T23:30:00Z", "2020-01-04T06:30"), (["ISO", "excel"], "2020-01-03T23:30:00Z", "2020-01-04T06:30"),
        # Date and time in two cells, typed or as serial numbers.
        (["excel"], "2020-01-03T00:00:00 08:30:00", "2020-01-03T08:30"), (["excel"], "43833 0.354166666666667", "2020-01-03T08:30"),
        (["excel"], "43833 08:30", "2020-01-03T08:30"), (["excel"], "2020-01-03 00:00:00", "2020-01-03T00:00"),
    ],
)  # fmt: skip
def test_what_is_written_is_read(formats, text, moment):
    assert read(text, *formats).text == moment


@pytest.mark.parametrize(
    ("formats", "text", "rule"),
    [
        (["dd-mmm-yyyy"], "03-FOO-2020", "DATE_FORMAT"), (["dd-mmm-yyyy"], "31-FEB-2020", "IMPOSSIBLE_DATE"),
        (["mm/dd/yyyy hh:MM AM"], "1/3/2020 13:30 PM", "DATE_FORMAT"), (["mm/dd/yyyy hh:MM AM"], "1/3/2020 8:30", "DATE_FORMAT"),
        (["HL7"], "202001", "PARTIAL_DATE"), (["HL7"], "202013", "DATE_FORMAT"), (["HL7"], "20200132", "IMPOSSIBLE_DATE"),
        (["ISO"], "2020-01", "PARTIAL_DATE"), (["ISO"], "2020", "PARTIAL_DATE"), (["dd/mm/yyyy"], "2020-01", "DATE_FORMAT"), (["ISO"], "2020-01-03T25:61", "IMPOSSIBLE_DATE"),
        # A text that only looks like a typed cell is judged to its last second.
        (["excel"], "2020-01-03T25:61", "IMPOSSIBLE_DATE"), (["excel"], "2020-01-03T08:00:75", "IMPOSSIBLE_DATE"),
        (["excel"], "2020-01-03T24:01", "IMPOSSIBLE_DATE"), (["excel"], "2020-01-03T23:30:00Z", "DATE_FORMAT"),
        (["excel"], "43833 25:00", "IMPOSSIBLE_DATE"), (["dd mmm yyyy"], "03 tháng 13 2020", "DATE_FORMAT"),
        (["dd/mm/yyyy HH:MM zzz"], "03/01/2020 23:30 +99:00", "IMPOSSIBLE_DATE"),
    ],
)  # fmt: skip
def test_what_is_no_date_breaks_a_rule(formats, text, rule):
    assert read(text, *formats).rule == rule


@pytest.mark.parametrize(
    ("first_year", "text", "year"),
    [(1950, "03/01/20", 2020), (1950, "03/01/50", 1950), (1950, "03/01/49", 2049), (1921, "03/01/20", 2020), (1920, "03/01/20", 1920)],
)  # fmt: skip
def test_two_digits_of_a_year_stand_for_the_declared_hundred_years(first_year, text, year):
    assert read(text, "dd/mm/yy", first_year=first_year).text == f"{year}-01-03"
    named = text.replace("03/01/", "3-Jan-")
    assert read(named, "dd-mmm-yy", first_year=first_year).text == f"{year}-01-03"


@pytest.mark.parametrize(
    ("zone", "text", "moment"),
    [
        # Summer time: a fixed offset of -05:00 would move the first one to 3 July.
        ("America/New_York", "2020-07-04T00:15:00-04:00", "2020-07-04T00:15"),
        ("America/New_York", "2020-01-04T00:15:00-05:00", "2020-01-04T00:15"),
        ("Europe/Berlin", "2020-07-04T22:30:00Z", "2020-07-05T00:30"),
        ("Europe/Berlin", "2020-12-04T22:30:00Z", "2020-12-04T23:30"),
        ("Asia/Ho_Chi_Minh", "2020-01-03T23:30:00Z", "2020-01-04T06:30"),
        ("-05:00", "2020-07-04T00:15:00-04:00", "2020-07-03T23:15"),
    ],
)
def test_zones_of_the_time_zone_database_know_summer_time(zone, text, moment):
    assert read(text, "ISO", zone=zone).text == moment


def test_month_names_have_one_meaning_each():
    assert {month_of(name.upper()) for name in MONTHS} == set(range(1, 13))
    assert [month_of(name) for name in ("März", "déc.", "Thg 1", "Mai", "juil", "hello", "")] == [
        3,
        12,
        1,
        5,
        7,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("MM mm/dd/yyyy HH", "MM are minutes"), ("dd/MM/yyyy HH:mm", "MM are minutes and stand behind the hour (the month is mm)"),
        ("dd/MM/yyyy", "no month (MM are minutes)"), ("yyyy-mm-dd HH:mm", "two tokens of the month"),
        ("dd-MMM-yyyy", "'M' is no token"), ("yyyy-mm", "no day"), ("yyyy yyyy", "two tokens of the year"),
        ("d/m/yyyy", "'d' is no token"), ("dd/mm/yyyy MM", "a minute, but no hour"), ("dd/mm/yyyy hh:MM", "hh and AM"),
        ("dd/mm/yyyy HH:MM AM", "hh and AM"), ("dd/mm/yyyy'", "not closed"), ("", "no year"), ("%d/%m/%Y", "'%' is no token"),
        ("dd/mm/yyyy\x00", "is no token"), ("iso", "'i' is no token"), ("dd/mm/yyyy HH:MM:SS SS", "two tokens of the second"),
        ("dd/mm/yyyyzzz", "a zone, but no hour"),
    ],
)  # fmt: skip
def test_a_wrong_pattern_is_answered_with_the_tokens(pattern, words):
    with pytest.raises(ValidationError) as caught:
        dates(pattern)
    message = str(caught.value)
    assert words in message
    assert "yyyy or yy" in message


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"formats": ("dd/mm/yy",)}, "first_year: required"), ({"first_year": 1950}, "no format has a year of two digits"),
        ({"zone": "Asia/Saigonn"}, "time zone database"), ({"zone": "+7"}, "time zone database"), ({"zone": "../etc/passwd"}, "time zone database"),
        ({"zone": ""}, "time zone database"), ({"earliest": date(2050, 1, 1)}, "is after latest"),
    ],
)  # fmt: skip
def test_contradictions_of_dates_are_configuration_errors(entries, words):
    entries_ = {
        "formats": ("ISO",),
        "zone": "+07:00",
        "earliest": date(2019, 1, 1),
        "latest": date(2020, 1, 1),
    }
    with pytest.raises(ValidationError) as caught:
        Dates(**(entries_ | entries))
    assert words in str(caught.value)


@settings(derandomize=True, max_examples=300)
@given(
    st.lists(st.sampled_from([*TOKENS, " ", "/", ":", "-", "T", "'h'", "."]), max_size=9).map("".join),
    st.text(max_size=20),
)
def test_a_pattern_that_passes_the_check_reads_or_refuses_any_text(pattern, text):
    """What the configuration accepts never fails on the data."""
    if not check_pattern(pattern):
        first_year = 1950 if "yy" in pattern.replace("yyyy", "") else None
        moment = read(text, pattern, first_year=first_year)
        assert moment.text or moment.rule or not text.strip()


@settings(derandomize=True, max_examples=100)
@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31)))
def test_every_minute_comes_back_from_every_pattern(moment):
    for pattern, written in (
        ("ddmmmyyyy:HH:MM", f"{moment:%d%b%Y:%H:%M}"), ("mm/dd/yy hh:MM AM", f"{moment:%m/%d/%y %I:%M %p}"),
        ("dd. mmm yyyy HH:MM", f"{moment.day}. {moment:%B %Y %H:%M}"), ("HL7", f"{moment:%Y%m%d%H%M%S}.5+0700"),
    ):  # fmt: skip
        first_year = 1950 if "yy " in pattern and "yyyy" not in pattern else None
        assert read(written, pattern, first_year=first_year).text == f"{moment:%Y-%m-%dT%H:%M}"


def test_date_and_time_in_two_columns_are_one_moment(tmp_path):
    """08:30 and 10:30 of one day were one conflict, and the second glucose was lost."""
    columns = COLUMNS | {"collected": "Ngày nhận mẫu", "collected_time": "Ngày trả kết quả"}
    for role in ("received", "resulted"):
        del columns[role]
    rows = [
        {"received": "20/05/2019", "resulted": "08:30", "result": "5,6"},
        {"received": "20/05/2019", "resulted": "10:30", "result": "11,2"},
        {"received": "20/05/2019", "resulted": "", "result": "7,1", "subject": "0017000002"},
        {"received": "", "resulted": "10:30", "result": "7,2", "subject": "0017000003"},
    ]
    entries_ = {
        "formats": ["dd/mm/yyyy HH:MM", "dd/mm/yyyy"],
        "zone": "+07:00",
        "earliest": date(2019, 1, 1),
        "latest": date(2020, 1, 1),
    }
    cleaned = clean_rows(tmp_path, *rows, columns=columns, dates=entries_)
    assert list(cleaned.labs["COLLECTED"]) == ["2019-05-20T08:30", "2019-05-20T10:30", "2019-05-20"]
    assert outcome(cleaned, 3) == ("quarantined", "NO_DATE", {"NO_DATE"})
