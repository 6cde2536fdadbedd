"""Numbers of a comparison: as many digits as it takes to tell two apart."""

import pytest

from trial.compared.words import describe, parts_of, print_change, print_pair, result_link
from unit.compared.two_runs import result_row


@pytest.mark.parametrize(
    ("old", "new", "printed"),
    [
        ("-0.7137120226599194", "-0.2054905961170325", ("−0.713712", "−0.205491")),
        ("0.12345678", "0.12345679", ("0.12345678", "0.12345679")),
        ("0.1234567890123", "0.1234567890124", ("0.1234567890123", "0.1234567890124")),
        ("30.0", "29.0", ("30", "29")),
        ("-0.0", "0.0", ("0", "0")),
        ("1e-12", "2e-12", ("1e−12", "2e−12")),
        ("", "5.5", ("", "5.5")),
        ("us", "csh", ("us", "csh")),
    ],
)
def test_two_numbers_that_differ_print_differently(old, new, printed):
    assert print_pair(old, new) == printed


@pytest.mark.parametrize(
    ("text", "printed"), [("0.508221", "+0.508"), ("-1.0", "−1.00"), ("", ""), ("9.5e-13", "+9.50e−13")]
)
def test_a_difference_has_its_sign(text, printed):
    assert print_change(text) == printed


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"old": 1.5, "new": 2.0, "delta": 0.5}, ("1.5", "2", "+0.500")),
        ({"change": "n", "old": 1.5, "new": 1.5, "old_n": 12, "new_n": 11}, ("1.5 (n 12)", "1.5 (n 11)", "subjects behind it")),
        ({"change": "appeared", "new": 2.0}, ("none", "2", "appeared")),
        ({"change": "gone", "old": 2.0, "new_note": "no values"}, ("2", "no values", "gone")),
        ({"change": "note", "old": 2.0, "new": 2.0, "new_note": "few values"}, ("2", "few values", "note only")),
    ],
)  # fmt: skip
def test_each_kind_of_change_says_what_it_is(row, expected):
    assert describe(result_row("A.1", **row)) == expected


def test_a_result_that_is_gone_leads_to_no_trace():
    assert result_link(result_row("A.x y", change="gone"), "../../") == ""
    assert result_link(result_row("A.x y"), "../../") == "../../trace.html#r=A.x%20y"


def test_parts_have_every_row_once():
    rows = [result_row(str(k)) for k in range(7)]
    parts = parts_of(rows, 3)
    assert [len(part) for part in parts] == [3, 3, 1]
    assert [row for part in parts for row in part] == rows
    assert parts_of([], 3) == [[]]
