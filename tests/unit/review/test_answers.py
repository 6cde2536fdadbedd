"""Answers of the site: what closes a query, what opens it again, what is asked about an answer."""

import hashlib

import pandas as pd
import pytest

from trial.review.answers import COLUMNS, read_answers, settle
from trial.study.books import QUERY_BOOK
from trial.study.errors import DataError
from trial.study.raw_files import RawFile

NAME = "queries/answers.csv"
HEADER = ",".join(COLUMNS)


def answers_of(tmp_path, *lines, header=HEADER):
    data = "\n".join([header, *lines, ""]).encode()
    (tmp_path / "queries").mkdir(exist_ok=True)
    (tmp_path / NAME).write_bytes(data)
    return read_answers(RawFile(NAME, tmp_path, hashlib.sha256(data).hexdigest(), "DBL-2"))


def book(**fingerprints):
    """Return a book of open queries by number and fingerprint."""
    rows = [
        dict.fromkeys(QUERY_BOOK, "")
        | {"QUERYID": f"Q-{number}", "STATUS": "open", "FINGERPRINT": digits, "FOUND": "f", "RULE": "ODD"}
        for number, digits in fingerprints.items()
    ]
    return pd.DataFrame(rows, columns=list(QUERY_BOOK))


def states(settled):
    return dict(zip(settled.queries["QUERYID"], settled.queries["STATUS"], strict=True))


def fates(settled):
    return [(fate["ROW"], fate["FATE"], fate["RULE"]) for fate in settled.fates]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("Q-aa,value confirmed,2021-02-01,investigator,,1111", "answered"),
        ("q-AA,Value  Confirmed,2021-02-01,investigator,,1111", "answered"),
        ("Q-aa,no further information,2021-02-01,monitor,lost,1111", "answered"),
        # Given for other data than there are now.
        ("Q-aa,value confirmed,2021-02-01,investigator,,2222", "reopened"),
        # Said to be corrected, and as it was.
        ("Q-aa,corrected in the export,2021-02-01,investigator,,1111", "reopened"),
        ("Q-aa,corrected in the export,2021-02-01,investigator,,2222", "reopened"),
        # Without a fingerprint it counts for the data of its lock.
        ("Q-aa,value confirmed,2021-02-01,investigator,,", "answered"),
        ("Q-aa,corrected in the export,2021-02-01,investigator,,", "answered"),
    ],
)
def test_an_answer_closes_its_query_for_the_data_it_was_given_for(tmp_path, answer, state):
    settled = settle(book(aa="1111", bb="3333"), answers_of(tmp_path, answer), NAME, None)
    assert states(settled) == {"Q-aa": state, "Q-bb": "open"}
    assert settled.queries["ANSWER"].iloc[0] == " ".join(answer.split(",")[1].lower().split())
    assert (settled.asked, fates(settled)) == ([], [("2", "used", "")])


@pytest.mark.parametrize(
    ("digits", "status", "state"),
    [("1111", "answered", "answered"), ("0000", "answered", "reopened"), ("0000", "open", "answered")],
)
def test_an_answer_without_a_fingerprint_is_compared_with_the_lock_that_had_it(
    tmp_path, digits, status, state
):
    earlier = book(aa=digits).assign(STATUS=status)
    given = answers_of(tmp_path, "Q-aa,value confirmed,2021-02-01,monitor,,")
    assert states(settle(book(aa="1111"), given, NAME, earlier))["Q-aa"] == state


def test_an_answer_to_no_query_and_an_unknown_word_are_asked_about(tmp_path):
    given = answers_of(
        tmp_path, "Q-zz,value confirmed,2021-02-01,monitor,,1111", "Q-aa,yes,2021-02-01,monitor,,1111"
    )
    settled = settle(book(aa="1111"), given, NAME, None)
    assert states(settled) == {"Q-aa": "open"}
    assert [(one["RULE"], one["FOUND"], one["ROW"]) for one in settled.asked] == [
        ("UNKNOWN_ANSWER", "ANSWER = 'yes'", "3"),
        ("ANSWER_WITHOUT_QUERY", "QUERYID = 'q-zz'".replace("q-", "Q-"), "2"),
    ]
    assert sorted(fates(settled)) == [
        ("2", "quarantined", "ANSWER_WITHOUT_QUERY"),
        ("3", "quarantined", "UNKNOWN_ANSWER"),
    ]


def test_a_query_that_was_corrected_away_is_listed_as_answered(tmp_path):
    given = answers_of(
        tmp_path,
        "Q-aa,corrected in the export,2021-02-01,monitor,,1111",
        "Q-bb,value confirmed,2021-02-01,monitor,,1111",
    )
    # Only the earlier lock knows that there was a query whose value the site confirmed.
    settled = settle(book(), given, NAME, book(bb="1111").assign(QUESTION="Is it right?"))
    assert settled.queries[["QUERYID", "STATUS", "ANSWER", "QUESTION", "DONE"]].to_numpy().tolist() == [
        ["Q-aa", "answered", "corrected in the export", "no longer asked", "no longer asked"],
        ["Q-bb", "answered", "value confirmed", "Is it right?", "no longer asked"],
    ]
    assert settled.asked == []


def test_of_several_answers_the_one_for_the_present_data_counts(tmp_path):
    given = answers_of(
        tmp_path,
        "Q-aa,corrected in the export,2021-01-01,monitor,,0000",
        "Q-aa,value confirmed,2021-02-01,monitor,,1111",
        "Q-aa,value confirmed,2021-03-01,monitor,,2222",
    )
    settled = settle(book(aa="1111"), given, NAME, None)
    assert (states(settled), settled.asked) == ({"Q-aa": "answered"}, [])
    assert fates(settled) == [
        ("3", "used", ""),
        ("2", "superseded", "LATER_ANSWER"),
        ("4", "superseded", "LATER_ANSWER"),
    ]


def test_two_answers_for_the_same_data_are_asked_about(tmp_path):
    given = answers_of(
        tmp_path,
        "Q-aa,no further information,2021-02-02,monitor,,1111",
        "Q-aa,value confirmed,2021-02-01,monitor,,1111",
    )
    settled = settle(book(aa="1111"), given, NAME, None)
    assert settled.queries["ANSWER"].tolist() == ["no further information"]
    assert [(one["RULE"], one["ROW"]) for one in settled.asked] == [("ANSWERED_TWICE", "3")]


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        ("QUERYID,ANSWER", [], "expected the columns QUERYID,ANSWER,DATE"),
        (HEADER, ["Q-aa,value confirmed"], "expected 6 cells in each row"),
        (HEADER, ['Q-aa,"value confirmed,,,,'], "a cell is not closed"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path, header, lines, message):
    with pytest.raises(DataError, match=message) as error:
        answers_of(tmp_path, *lines, header=header)
    assert "data/raw/queries/answers.csv" in error.value.text()


def test_comments_of_the_site_stay_in_the_file(tmp_path):
    given = answers_of(
        tmp_path,
        "Q-aa,value confirmed,2021-02-01,Nguyễn Văn An,call Nguyễn Văn An,1111",
        "Nguyễn Văn An,x,,,,",
    )
    settled = settle(book(aa="1111"), given, NAME, None)
    shown = settled.queries.to_csv() + str(settled.asked) + str(settled.fates)
    assert "Nguyễn" not in shown
